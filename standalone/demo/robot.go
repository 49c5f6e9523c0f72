package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// again is how long a person waits before trying once more what did not work.
const again = time.Second

// Robot plays the people: it decides as an approver, does in the app what a task
// asks for, says done, and confirms as somebody else. Everything goes through
// the HTTP API and the app's administration, as it would with people. While the
// API is away it tries again, as people do.
type Robot struct {
	// App is the simulator of an app of the policy; nil of one without any.
	App func(app string) *sim.Simulator
	// As is the API as somebody sees it; nil while it is away.
	As  func(email string) *client.Client
	Say func(format string, args ...any)
	// Decide answers a request; "" leaves it alone, as nil does all of them.
	Decide func(a api.Approval) (verdict, reason string)
	// Do carries a task out in the app; false leaves it alone.
	Do func(t api.Task) bool
	// Second tells whether a second person stands for a task yet; nil is always.
	Second func(t api.Task) bool
	// Proof is what is said about a task that was done.
	Proof string
	// Click says done and confirms in Slack instead of through the API; nil where
	// the story is not about Slack.
	Click *Hand
	// Admin is who is made an admin when the last one leaves.
	Admin string
	// Heir gets what a person hands over by hand.
	Heir string

	mu   sync.Mutex
	seen map[string]time.Time // when a thing may be tried again; zero is never
}

// NewRobot makes a robot that answers everything properly.
func NewRobot(app func(string) *sim.Simulator, as func(email string) *client.Client, say func(string, ...any)) *Robot {
	r := &Robot{App: app, As: as, Say: say, Admin: eli, Heir: eli, Proof: "done in the app's settings, screenshot in the ticket", seen: map[string]time.Time{}}
	r.Decide = func(api.Approval) (string, string) { return "approve", "" }
	r.Do = r.Perform
	return r
}

// Run looks for something to do until the context ends.
func (r *Robot) Run(ctx context.Context) {
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if r.Decide != nil {
				r.decideAll(ctx)
			}
			r.doAll(ctx)
		}
	}
}

// once tells whether a thing is still to be done, and takes it as done.
func (r *Robot) once(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, known := r.seen[key]
	if known && (next.IsZero() || time.Now().Before(next)) {
		return false
	}
	r.seen[key] = time.Time{}
	return true
}

// failed has a thing tried once more in a while.
func (r *Robot) failed(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[key] = time.Now().Add(again)
}

func (r *Robot) decideAll(ctx context.Context) {
	for _, email := range []string{eli, finn, sam, priya} {
		person := r.As(email)
		if person == nil {
			continue
		}
		rows, err := client.Get[[]api.Approval](ctx, person, "/approvals", nil)
		if err != nil {
			continue
		}
		for _, a := range rows {
			if a.Digest == "" || !asked(a, email) || !r.once(fmt.Sprintf("%s/%d/%s", a.ID, a.Stage, a.Digest)) {
				continue
			}
			if verdict, reason := r.Decide(a); verdict != "" {
				r.decide(ctx, person, email, a, verdict, reason)
			}
		}
	}
}

func asked(a api.Approval, email string) bool {
	for _, p := range a.Approvers {
		if p.Email == email {
			return true
		}
	}
	return false
}

func (r *Robot) decide(ctx context.Context, person *client.Client, email string, a api.Approval, verdict, reason string) {
	shown, err := client.Get[api.Approval](ctx, person, "/approvals/"+a.ID, nil)
	if err == nil && shown.Plan != nil {
		for _, rule := range shown.Plan.Rules {
			r.Say("           %-10s %6d, at most %d, to %s", rule.Kind, rule.Count, rule.Ceiling, rule.Successor.Email)
		}
	}
	_, err = client.Post[api.Approval](ctx, person, "/approvals/"+a.ID+"/"+verdict, map[string]any{"digest": a.Digest, "reason": reason})
	if err != nil {
		r.failed(fmt.Sprintf("%s/%d/%s", a.ID, a.Stage, a.Digest))
		r.Say("  person   %s could not %s: %v", email, verdict, err)
		return
	}
	r.Say("  person   %s: %s the %s (%s)", email, verdict, a.Scope, short(a.Digest))
}

func short(digest string) string { return digest[:min(len(digest), 15)] }

func (r *Robot) doAll(ctx context.Context) {
	for _, email := range []string{priya, sam} {
		person := r.As(email)
		if person == nil {
			continue
		}
		rows, err := client.Get[[]api.Task](ctx, person, "/tasks", nil)
		if err != nil {
			continue
		}
		for _, t := range rows {
			switch {
			case t.State == "open" && t.Owner.Email == email && r.once(t.ID):
				r.doTask(ctx, person, email, t)
			case t.State == "done" && t.Attest && t.ConfirmedBy == nil && t.DoneBy != nil && t.DoneBy.Email != email && (r.Second == nil || r.Second(t)) && r.once(t.ID+"/confirm"):
				r.confirm(ctx, person, email, t)
			}
		}
	}
}

// doTask does a task in the app, once, and says so until it is heard.
func (r *Robot) doTask(ctx context.Context, person *client.Client, email string, t api.Task) {
	if r.once(t.ID + "/do") {
		r.Say("  person   %s does in the app: %s (%s)", email, t.Title, strings.Join(t.Steps, ", "))
		if !r.Do(t) {
			return
		}
	}
	if err := r.sayDone(ctx, person, email, t); err != nil {
		r.failed(t.ID)
		r.Say("  person   %s could not say done: %v", email, err)
	}
}

func (r *Robot) confirm(ctx context.Context, person *client.Client, email string, t api.Task) {
	if err := r.sayConfirmed(ctx, person, email, t); err != nil {
		r.failed(t.ID + "/confirm")
		r.Say("  person   %s could not confirm: %v", email, err)
		return
	}
	r.Say("  person   %s stands for it as second person: %s", email, t.Title)
}

func (r *Robot) sayDone(ctx context.Context, person *client.Client, email string, t api.Task) error {
	if r.Click != nil {
		return r.Click.Press(ctx, email, "done", t.ID, map[string]string{"plain_text_input": r.Proof})
	}
	_, err := client.Post[api.Message](ctx, person, "/tasks/"+t.ID+"/done", map[string]any{"proof": r.Proof})
	return err
}

func (r *Robot) sayConfirmed(ctx context.Context, person *client.Client, email string, t api.Task) error {
	if r.Click != nil {
		return r.Click.Press(ctx, email, "confirm", t.ID, nil)
	}
	_, err := client.Post[api.Message](ctx, person, "/tasks/"+t.ID+"/confirm", map[string]any{"proof": "looked at it"})
	return err
}

// Perform does what a task asks for, as somebody with the admin page open.
func (r *Robot) Perform(t api.Task) bool {
	app := r.App(t.App)
	if app == nil {
		return true // nothing stands behind it that could be looked at
	}
	for _, step := range t.Steps {
		if err := r.performStep(app, step, t); err != nil {
			r.Say("  app      %s: %v", step, err)
		}
	}
	return true
}

func (r *Robot) performStep(app *sim.Simulator, step string, t api.Task) error {
	subject := t.Subject.Email
	switch step {
	case "deactivate":
		return app.Deactivate(subject)
	case "promote-admin":
		return app.SetProfile(r.Admin, sim.ProfileAdmin)
	case "unlink-mailboxes":
		return r.unlink(app, subject)
	case "workflows":
		return r.giveAll(app, sim.KindWorkflow, subject, app.TransferWorkflow)
	case "lists":
		return r.giveAll(app, sim.KindList, subject, app.TransferList)
	case "crm-credentials":
		if app.State().CRMUser == userID(app, subject) {
			return app.SetCRMUser(r.Heir)
		}
	case "enrolments":
		return r.resend(app, subject)
	case "find-seat":
		return app.SetSeats(app.State().Plan.Seats + 1)
	case "invite":
		return invite(app, t)
	case "role":
		return app.SetProfile(subject, roleOf(t))
	case "reduce-seats":
		return app.SetSeats(app.State().Plan.Seats - 1)
	}
	return nil
}

// invite sends an invite, or sends it once more: then the one before is no longer
// good.
func invite(app *sim.Simulator, t api.Task) error {
	for _, i := range app.State().Invites {
		if i.Email == t.Subject.Email && i.Status == "pending" {
			if err := app.RevokeInvite(i.ID); err != nil {
				return err
			}
		}
	}
	_, err := app.Invite(t.Subject.Email, roleOf(t))
	return err
}

// roleOf reads from a task which role it is about.
func roleOf(t api.Task) string {
	profiles := map[string]string{"Admin": sim.ProfileAdmin, "Standard": sim.ProfileStandard, "Billing and Seat Manager": sim.ProfileBilling}
	for _, line := range t.Instructions {
		if name, ok := strings.CutPrefix(line, "Role: "); ok {
			return profiles[name]
		}
	}
	return ""
}

func (r *Robot) unlink(app *sim.Simulator, subject string) error {
	state, owner, heir := app.State(), userID(app, subject), userID(app, r.Heir)
	forward := ""
	for _, m := range state.Mailboxes {
		if m.UserID == heir && m.Linked {
			forward = m.ID
		}
	}
	var errs []error
	for _, m := range state.Mailboxes {
		if m.UserID == owner && m.Linked {
			errs = append(errs, app.Unlink(m.ID, forward))
		}
	}
	return errors.Join(errs...)
}

func (r *Robot) giveAll(app *sim.Simulator, kind sim.Kind, subject string, give func(id, user string) error) error {
	ids, err := app.Owned(kind, subject)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := give(id, r.Heir); err != nil {
			return fmt.Errorf("give %s: %w", kind, err)
		}
	}
	return nil
}

// resend moves emails that are still scheduled from the leaver's mailboxes.
func (r *Robot) resend(app *sim.Simulator, subject string) error {
	state, owner, heir := app.State(), userID(app, subject), userID(app, r.Heir)
	gone, forward := map[string]bool{}, ""
	for _, m := range state.Mailboxes {
		gone[m.ID] = m.UserID == owner
		if m.UserID == heir && m.Linked {
			forward = m.ID
		}
	}
	for _, e := range state.Emails {
		if e.Fate == "scheduled" && gone[e.MailboxID] {
			if err := app.ResendFrom(e.ID, forward); err != nil {
				return err
			}
		}
	}
	return nil
}

// userID finds the app's id of a user; "" when there is none.
func userID(app *sim.Simulator, email string) string {
	id, err := app.UserID(email)
	if err != nil {
		return ""
	}
	return id
}
