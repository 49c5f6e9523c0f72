package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
)

func TestAnInviteGoesOutOnceForALink(t *testing.T) {
	t.Parallel()
	for _, lists := range []bool{true, false} {
		w := newJoinWorld(t)
		w.club.lists = lists
		for range 3 {
			r, err := w.SendInvite(t.Context(), w.invite(1))
			require.NoError(t, err)
			require.Equal(t, activities.OutcomeUnverified, r.Outcome)
			require.Equal(t, domain.ChannelAPI, r.Channel)
		}
		require.Equal(t, 1, w.club.invited[dana])
		kept := w.kept()
		require.Equal(t, domain.InvitePending, kept.State)
		require.Equal(t, kept.SentAt.Add(7*24*time.Hour), kept.ExpiresAt)
		require.Equal(t, domain.StepDoneUnverified, w.step(domain.StepInvite).State, "an answer is no proof")
		sent := w.events(domain.EventInviteSent)
		require.Len(t, sent, 1)
		require.Equal(t, domain.SystemActor, sent[0].Actor)
		require.Equal(t, domain.PersonID("p-asks"), sent[0].ActingFor)
		require.Equal(t, "p-standard", sent[0].Facts["role"])
		require.Contains(t, sent[0].Facts[domain.FactApprovedBy], "p-agrees")
		require.Equal(t, "v1:plan", sent[0].Digest)

		for range 2 { // sent again: a new link, once
			_, err := w.SendInvite(t.Context(), w.invite(2))
			require.NoError(t, err)
		}
		require.Equal(t, 2, w.club.invited[dana])
		require.Equal(t, 2, w.kept().Link)
		require.Len(t, w.events(domain.EventInviteSent), 2)

		r, err := w.SendInvite(t.Context(), w.invite(1)) // a try that was thought dead
		require.NoError(t, err)
		require.Contains(t, r.Why, "a later link")
		require.Equal(t, 2, w.club.invited[dana])
		require.Equal(t, 2, w.kept().Link)
	}
}

// Whatever dies, and wherever the answer is lost, the app is asked once. Where it
// shows what became of it that is recorded; else a person looks.
func TestAnInviteWhoseFateIsUnknown(t *testing.T) {
	t.Parallel()
	lost := domain.NewFault(domain.FaultUnavailable, "invite.send", app, "no answer", nil)
	for name, c := range map[string]struct {
		at    string
		lost  error
		lists bool
		sent  int
		want  activities.Outcome
	}{
		"marked, not sent":                {"invite-marked-not-sent", nil, true, 0, activities.OutcomeUnsupported},
		"sent, shown":                     {"invite-sent-not-recorded", nil, true, 1, activities.OutcomeUnverified},
		"sent, not shown":                 {"invite-sent-not-recorded", nil, false, 1, activities.OutcomeUnsupported},
		"the answer was lost, shown":      {"", lost, true, 1, activities.OutcomeUnverified},
		"the answer was lost, not shown":  {"", lost, false, 1, activities.OutcomeUnsupported},
		"an answer nobody can read":       {"", domain.NewFault(domain.FaultInternal, "invite.send", app, "undecodable", nil), false, 1, activities.OutcomeUnsupported},
		"an error that is no fault of it": {"", errors.New("broken"), false, 1, activities.OutcomeUnsupported},
	} {
		for _, link := range []int{1, 2} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newJoinWorld(t)
				first := 0
				if link == 2 {
					_, err := w.SendInvite(t.Context(), w.invite(1))
					require.NoError(t, err)
					first = 1
				}
				w.club.lists, w.club.lost = c.lists, c.lost
				in := w.invite(link)
				if c.at != "" {
					w.dies(c.at, func() { _, _ = w.SendInvite(t.Context(), in) })
				} else {
					_, err := w.SendInvite(t.Context(), in)
					require.ErrorIs(t, err, c.lost)
				}
				w.club.lost = nil
				want := c.want
				if link == 2 { // whether a pending invite is the new one or the one before nobody can tell
					want = activities.OutcomeUnsupported
				}
				for range 3 {
					r, err := w.SendInvite(t.Context(), in)
					require.NoError(t, err)
					require.Equal(t, want, r.Outcome)
					if want == activities.OutcomeUnsupported {
						require.Contains(t, r.Why, "look whether it is pending")
						require.Equal(t, domain.ChannelPerson, r.Channel)
					}
				}
				require.Equal(t, first+c.sent, w.club.invited[dana])
				require.Len(t, w.events(domain.EventInviteSent), map[bool]int{true: first + 1, false: first}[want == activities.OutcomeUnverified])
			})
		}
	}
}

// Two tries of one call may live at once where a worker was thought dead.
func TestTwoTriesOfOneInvite(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	var listed, done sync.WaitGroup
	listed.Add(2)
	done.Add(2)
	w.club.listing = func() { listed.Done(); listed.Wait() } // both saw nobody
	for range 2 {
		go func() {
			defer done.Done()
			_, _ = w.SendInvite(t.Context(), w.invite(1))
		}()
	}
	done.Wait()
	require.Equal(t, 1, w.club.invited[dana])
	require.Equal(t, domain.InvitePending, w.kept().State)
}

// What the app refused was not sent: it can be, once the reason is gone. Nothing that
// the fault says is personal.
func TestFaultsOfAnInvite(t *testing.T) {
	t.Parallel()
	for kind, c := range map[domain.FaultKind]struct {
		person bool // a person does it
	}{domain.FaultRateLimited: {}, domain.FaultInvalid: {}, domain.FaultForbidden: {true}, domain.FaultNotFound: {true}, domain.FaultUnsupported: {true}, domain.FaultConflict: {true}, domain.FaultUnauthenticated: {true}} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newJoinWorld(t)
			w.club.refuses = domain.NewFault(kind, "invite.send", app, "the reason", errors.New("body with "+dana))
			r, err := w.SendInvite(t.Context(), w.invite(1))
			if c.person {
				require.NoError(t, err)
				require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
				require.Equal(t, "the reason", r.Why)
			} else {
				require.Equal(t, kind, kindOf(t, err))
				require.NotContains(t, err.Error(), dana)
			}
			require.Empty(t, w.events(domain.EventInviteSent))
			w.club.refuses = nil
			w.clock.advance(time.Second)
			r, err = w.SendInvite(t.Context(), w.invite(1))
			require.NoError(t, err)
			require.Equal(t, activities.OutcomeUnverified, r.Outcome)
			require.Equal(t, 2, w.club.invited[dana], "refused, then taken")
		})
	}
}

// A user whom somebody made between the look and the call is seen.
func TestSomebodyElseWasQuicker(t *testing.T) {
	t.Parallel()
	for state, c := range map[domain.MemberState]struct {
		make func(a *domain.Account)
		want activities.Outcome
	}{
		domain.MemberActive:  {nil, activities.OutcomeVerified},
		domain.MemberInvited: {func(a *domain.Account) { a.Invited = true }, activities.OutcomeUnverified},
	} {
		w := newJoinWorld(t)
		w.club.lists = true
		w.club.refuses = domain.NewFault(domain.FaultConflict, "invite.send", app, "there is one", nil)
		w.club.listing = func() {
			w.club.listing = nil
			w.club.put(dana, boss, c.make)
		}
		r, err := w.SendInvite(t.Context(), w.invite(1))
		require.NoError(t, err)
		require.Equal(t, c.want, r.Outcome, state)
		require.Equal(t, 1, w.club.invited[dana])
	}
}

func TestAnOpenInviteThatSomebodyElseSent(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.lists = true
	w.club.put(dana, seller, func(a *domain.Account) { a.Invited = true })
	r, err := w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome)
	require.Zero(t, w.club.invited[dana])
	sent := w.events(domain.EventInviteSent)
	require.Len(t, sent, 1)
	require.Equal(t, domain.UnknownActor, sent[0].Actor, "nobody says that we did it")
	require.Empty(t, sent[0].ActingFor)
	require.Equal(t, domain.UnknownActor, w.kept().SentBy)
}

// Somebody who was deactivated is given back, and never invited: also where the
// process died, and where only a person can do it.
func TestADeactivatedUserIsGivenBack(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"invite-marked-not-sent", "invite-sent-not-recorded"} {
		w := newJoinWorld(t)
		id := w.club.put(dana, seller, func(a *domain.Account) { a.Active = domain.No })
		w.dies(at, func() { _, _ = w.SendInvite(t.Context(), w.invite(1)) })
		for range 2 {
			_, err := w.SendInvite(t.Context(), w.invite(1))
			require.NoError(t, err)
		}
		require.Zero(t, w.club.invited[dana])
		require.Equal(t, 1, w.club.revived[id])
	}
	w := newJoinWorld(t)
	w.club.doors[domain.CanReactivate] = domain.ChannelPerson
	w.club.put(dana, seller, func(a *domain.Account) { a.Active = domain.No })
	r, err := w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "reactivate it instead of inviting them again")
	require.Zero(t, w.club.calls(w.club.invited))
}

// Nobody is invited on a list that does not tell whether they are there.
func TestNobodyIsInvitedBlindly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make  func(*club)
		fault domain.FaultKind
		why   string
	}{
		"cut short": {func(k *club) { k.cut = true }, domain.FaultUnavailable, ""},
		"hidden":    {func(k *club) { k.hidden = true }, "", domain.WhyHidden},
		"two of them": {func(k *club) {
			k.member(dana, seller)
			k.users = append(k.users, domain.Account{ID: "u9", Email: dana, Active: domain.Yes})
		}, domain.FaultConflict, ""},
		"does not tell": {func(k *club) { k.put(dana, seller, func(a *domain.Account) { a.Active = domain.Unknown }) }, "", "does not tell"},
	} {
		w := newJoinWorld(t)
		c.make(w.club)
		r, err := w.SendInvite(t.Context(), w.invite(1))
		if c.fault != "" {
			require.Equal(t, c.fault, kindOf(t, err), name)
			require.NotContains(t, err.Error(), dana)
		} else {
			require.NoError(t, err, name)
			require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
			require.Contains(t, r.Why, c.why)
		}
		require.Zero(t, w.club.calls(w.club.invited), name)
	}
}

func TestAnInviteWithoutADoorIsAPersons(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.doors = nil
	r, err := w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	w.club.doors = map[domain.Capability]domain.Channel{domain.CanInvite: domain.ChannelAPI}
	w.Connectors = connectors{deaf{w.club}} // says so and cannot
	r, err = w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome)
	require.Contains(t, r.Why, "no interface")
}

// deaf is a club without doors, whatever it says.
type deaf struct{ of *club }

func (d deaf) Kind() string                     { return d.of.Kind() }
func (d deaf) Channels() []domain.ChannelChoice { return d.of.Channels() }
func (d deaf) ListAccounts(ctx context.Context) (domain.Listing, error) {
	return d.of.ListAccounts(ctx)
}

func TestWhatPeopleDidWithAnInvite(t *testing.T) {
	t.Parallel()
	for state, c := range map[domain.InviteState]struct {
		kind domain.EventKind
		step domain.StepState
	}{
		domain.InvitePending: {domain.EventInviteSent, domain.StepDoneUnverified},
		domain.InviteExpired: {domain.EventInviteExpired, domain.StepNeedsAttention},
		domain.InviteRevoked: {domain.EventInviteRevoked, domain.StepSkipped},
	} {
		w := newJoinWorld(t)
		in := w.invite(1)
		in.State, in.By, in.Channel, in.Reason = state, "p-admin", domain.ChannelPerson, "they do not come"
		for range 2 {
			_, err := w.NoteInvite(t.Context(), in)
			require.NoError(t, err)
		}
		require.Equal(t, state, w.kept().State)
		require.Equal(t, state == domain.InviteRevoked, !w.kept().SettledAt.IsZero())
		require.Equal(t, c.step, w.step(domain.StepInvite).State)
		noted := w.events(c.kind)
		require.Len(t, noted, 1)
		require.Equal(t, domain.PersonID("p-admin"), noted[0].Actor)
		require.Equal(t, domain.PersonID("p-asks"), noted[0].ActingFor)
		require.Equal(t, "they do not come", noted[0].Reason)
	}
}

// An invite is accepted when the app itself shows the person, and once.
func TestAnInviteThatIsAccepted(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.lists = true
	_, err := w.SendInvite(t.Context(), w.invite(1))
	require.NoError(t, err)
	r, err := w.SettleJoin(t.Context(), w.invite(1))
	require.NoError(t, err)
	require.Equal(t, domain.MemberInvited, r.State)
	require.Equal(t, domain.InvitePending, w.kept().State)
	require.Empty(t, w.events(domain.EventInviteAccepted))
	id := w.club.member(dana, seller)
	for range 2 {
		r, err = w.SettleJoin(t.Context(), w.invite(1))
		require.NoError(t, err)
		require.Equal(t, domain.MemberActive, r.State)
		w.clock.advance(time.Hour)
	}
	require.Equal(t, domain.InviteAccepted, w.kept().State)
	require.Equal(t, domain.StepVerified, w.step(domain.StepInvite).State)
	require.Equal(t, domain.StepVerified, w.step(domain.StepAccept).State)
	accepted := w.events(domain.EventInviteAccepted)
	require.Len(t, accepted, 1)
	require.Equal(t, w.run.Person, accepted[0].Actor)
	require.Equal(t, string(id), accepted[0].Target)
	linked, err := w.store.AccountLink(t.Context(), app, w.run.Person)
	require.NoError(t, err)
	require.Equal(t, id, linked)
	in := w.invite(1)
	in.State = domain.InviteExpired
	_, err = w.NoteInvite(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, domain.InviteAccepted, w.kept().State, "what was accepted does not run out")
}

func TestSomebodyWhoWasThereBefore(t *testing.T) {
	t.Parallel()
	w := newJoinWorld(t)
	w.club.member(dana, seller)
	for range 2 {
		_, err := w.SettleJoin(t.Context(), w.invite(0))
		require.NoError(t, err)
	}
	require.Empty(t, w.events(domain.EventInviteAccepted))
	require.Equal(t, "the person had a user already", w.events(domain.EventStepChanged)[0].Facts["how"])
	_, err := w.store.Invite(t.Context(), w.run.ID+":"+string(app))
	require.ErrorIs(t, err, domain.ErrNotFound)
}
