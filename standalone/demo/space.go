package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
)

// screen is what an organisation of Apollo Space shows its admins. Nobody else sees
// it: the story's people read it off and upload it.
type screen struct {
	mu    sync.Mutex
	rows  []spaceRow
	acts  []string  // what people did there, in its order
	since time.Time // of a change that nobody has read off yet; zero is none
}

type spaceRow struct {
	email, role string
	pending     bool
}

func space() Scenario {
	b := &screen{rows: []spaceRow{{email: priya, role: "Owner"}, {email: sam, role: "Admin"}, {email: eli, role: "Member"}, {email: dana, role: "Member"}}}
	return Scenario{Name: "space", About: "Apollo Space has no interface for programs: people invite, promote and remove, notes first, and member lists read off its screen prove it",
		Kept: true,
		Policy: func(p *PolicyText) {
			p.Apps = `
  space:
    kind: apollo.space
    owner: priya.nair@example.com
    second: sam.okafor@example.com
    approval: handover
    joining: {check: 1s}
    space: {owners: [priya.nair@example.com]}`
		},
		Robot: func(r *Robot) { r.Do, r.Second = b.does, b.wasRead },
		Play:  b.play,
		Check: b.check}
}

// play has Nora join and become an Admin, and Dana leave.
func (b *screen) play(ctx context.Context, s *Stage) ([]string, error) {
	if err := b.upload(ctx, s); err != nil {
		return nil, err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go b.readOff(reading, s)
	joining, err := s.start(ctx, "/invites", api.OnboardBody{Email: nora, Name: "Nora Lind", Manager: eli, App: "space", Reason: "joins the field team"})
	if err != nil {
		return nil, err
	}
	if _, err := s.awaitInvite(ctx, 1); err != nil {
		return nil, err
	}
	b.accept(s)
	if _, err := s.follow(ctx, []string{joining}); err != nil {
		return nil, err
	}
	change, err := s.start(ctx, "/roles", api.RoleBody{Email: nora, App: "space", Role: "Admin", Reason: "looks after the members from now on"})
	if err != nil {
		return nil, err
	}
	if _, err := s.follow(ctx, []string{change}); err != nil {
		return nil, err
	}
	leaving, err := s.offboard(ctx, priya, dana, 2*time.Second, func(b *api.OffboardBody) { b.Apps = []string{"space"} })
	if err != nil {
		return nil, err
	}
	_, err = s.follow(ctx, []string{leaving})
	return []string{joining, change, leaving}, err
}

// start asks for something as Priya.
func (s *Stage) start(ctx context.Context, path string, body any) (string, error) {
	started, err := client.Post[api.Started](ctx, s.People[priya], path, body)
	if err == nil {
		s.Say("  person   priya asks: %s (%s)", path, started.Run.ID)
	}
	return started.Run.ID, err
}

// does is what the app's people do there; of other apps nothing is asked.
func (b *screen) does(t api.Task) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, step := range t.Steps {
		b.acts = append(b.acts, step)
		switch step {
		case "invite":
			b.rows = append(b.rows, spaceRow{email: t.Subject.Email, role: roleNamed(t), pending: true})
		case "role":
			for i := range b.rows {
				if b.rows[i].email == t.Subject.Email {
					b.rows[i].role = roleNamed(t)
				}
			}
		case "deactivate":
			b.rows = slices.DeleteFunc(b.rows, func(r spaceRow) bool { return r.email == t.Subject.Email })
		}
	}
	b.since = time.Now()
	return true
}

// wasRead has the second person wait for the lists: what they prove needs nobody.
func (b *screen) wasRead(api.Task) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since.IsZero()
}

func roleNamed(t api.Task) string {
	for _, line := range t.Instructions {
		if name, ok := strings.CutPrefix(line, "Role: "); ok {
			return name
		}
	}
	return ""
}

func (b *screen) accept(s *Stage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.rows {
		b.rows[i].pending = false
	}
	b.since = time.Now()
	s.Say("  person   Nora accepts")
}

// readAfter is how long after an act somebody reads the screen: they say first that
// it is done, because a list proves what was done before it was read.
const readAfter = 1500 * time.Millisecond

// readOff uploads what the screen shows, some time after each change of it, until
// the context ends.
func (b *screen) readOff(ctx context.Context, s *Stage) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		b.mu.Lock()
		due := !b.since.IsZero() && time.Since(b.since) > readAfter
		b.mu.Unlock()
		if !due {
			continue
		}
		if err := b.upload(ctx, s); err != nil && ctx.Err() == nil {
			s.Say("  person   priya could not upload the lists: %v", err)
		}
	}
}

func (b *screen) upload(ctx context.Context, s *Stage) error {
	body := b.read()
	lists, err := client.Post[api.MemberLists](ctx, s.People[priya], "/apps/space/members", body)
	if err != nil {
		return err
	}
	s.Say("  person   priya uploads the lists: %d members, %d pending", body.Members, body.Pending)
	for _, c := range lists.Changes {
		s.Say("           %s %s -> %s, explained: %t", c.Kind, orNobody(c.From), orNobody(c.To), c.Explained)
		if !c.Explained {
			return errors.New("a change that the story made is explained by nothing")
		}
	}
	return nil
}

func orNobody(role string) string {
	if role == "" {
		return "nobody"
	}
	return role
}

// read reads the two lists off the screen, with the numbers that it shows.
func (b *screen) read() api.MemberBody {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.since = time.Time{}
	body, csv := api.MemberBody{}, &strings.Builder{}
	csv.WriteString("email,role,state\n")
	for _, r := range b.rows {
		state := "member"
		if r.pending {
			state = "pending"
			body.Pending++
		} else {
			body.Members++
		}
		_, _ = fmt.Fprintf(csv, "%s,%s,%s\n", r.email, r.role, state)
	}
	body.CSV = csv.String()
	return body
}

// check wants the notes before the removal, the end that the screen shows, and the
// record of it.
func (b *screen) check(ctx context.Context, s *Stage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	notes, removal := slices.Index(b.acts, string(domain.StepNotes)), slices.Index(b.acts, string(domain.StepDeactivate))
	if notes < 0 || removal < notes {
		return fmt.Errorf("the notes were not retrieved before the removal: %v", b.acts)
	}
	if !slices.Contains(b.rows, spaceRow{email: nora, role: "Admin"}) || slices.ContainsFunc(b.rows, func(r spaceRow) bool { return r.email == dana }) {
		return errors.New("the organisation does not have Nora as an Admin and no Dana")
	}
	run, err := s.ended(ctx, s.runs[2])
	if err != nil {
		return err
	}
	for _, step := range run.Steps {
		if step.Step == string(domain.StepDeactivate) && step.State != string(domain.StepVerified) {
			return fmt.Errorf("the removal is %s although a list shows it", step.State)
		}
	}
	for who, kinds := range map[string][]domain.EventKind{nora: {domain.EventInviteSent, domain.EventInviteAccepted, domain.EventRoleChanged}, dana: {domain.EventMemberRemoved}} {
		for _, kind := range kinds {
			events, err := client.Get[[]api.Event](ctx, s.People[ruth], "/audit", url.Values{"subject": {who}, "kind": {string(kind)}})
			if err != nil {
				return err
			}
			if len(events) == 0 {
				return fmt.Errorf("the record has no %s of %s", kind, who)
			}
		}
	}
	return nil
}
