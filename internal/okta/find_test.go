package okta_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/okta"
)

func TestADirectAssignmentIsOneWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	a := w.find("ELI.park@example.com")
	require.Equal(t, domain.Assignment{User: w.eli, Presence: domain.Present, Ways: []domain.Way{{Assignment: w.eli, GivesKnown: domain.Yes}}, Pushes: domain.Yes,
		PushesWhy: a.PushesWhy, ReadAt: begin, RequestID: a.RequestID}, a)
	require.Contains(t, a.PushesWhy, "PUSH_USER_DEACTIVATION")
	require.Regexp(t, `^req-\d+$`, a.RequestID)
	require.Empty(t, a.Warning())
}

func TestAGroupGivesTheAppAndIsNoDirectWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	sales := w.group(sim.Group{Name: "Sales"})
	w.sim.GiveGroup(w.sim.AddApp(sim.App{Label: "Wiki"}), sales)
	w.sim.GiveGroup(w.sim.AddApp(sim.App{Label: "Phone"}), sales)
	w.sim.Join(w.sim.AddGroup(sim.Group{Name: "Lunch"}), w.dana) // gives nothing
	a := w.find(dana)
	require.Equal(t, []domain.Way{{Group: sales, Name: "Sales", Gives: []string{"Wiki", "Phone"}, GivesKnown: domain.Yes}}, a.Ways)
	require.Equal(t, domain.Present, a.Presence)
	require.Contains(t, a.Warning(), "also gives Wiki, Phone")
}

func TestBothWaysAreTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.Give(w.app, w.dana)
	one, two := w.group(sim.Group{Name: "Sales"}), w.group(sim.Group{Name: "Europe"})
	ways := w.find(dana).Ways
	require.Len(t, ways, 3)
	require.True(t, ways[0].Direct())
	require.Equal(t, []string{one, two}, []string{ways[1].Group, ways[2].Group})
}

func TestGroupsThatCannotBeLeftHere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		group sim.Group
		why   string
	}{
		"kept elsewhere":    {sim.Group{Name: "Directory", Type: "APP_GROUP"}, "another directory"},
		"filled by a rule":  {sim.Group{Name: "Department", Rule: true}, "filled by a rule"},
		"everybody":         {sim.Group{Name: "Everyone", Type: "BUILT_IN"}, "everybody"},
		"of a kind to come": {sim.Group{Name: "New", Type: "SOMETHING"}, "nobody change"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{})
			w.group(c.group)
			a := w.find(dana)
			require.Len(t, a.Fixed(), 1)
			require.Contains(t, a.Ways[0].Fixed, c.why)
			receipt := w.unassign(a)
			require.True(t, receipt.Already)
			require.Empty(t, w.sim.Writes())
		})
	}
}

func TestARuleThatIsOffFixesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.group(sim.Group{Name: "Department", Rule: true, RuleOff: true})
	a := w.find(dana)
	require.Empty(t, a.Fixed())
	w.unassign(a)
	require.Equal(t, domain.Absent, w.find(dana).Presence)
}

// Whoever may not read groups' apps and rules still sees by which groups, and that
// it is not known what they give.
func TestWithoutTheRightToReadGroupsWhatTheyGiveIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{}, service("okta.apps.read", "okta.users.read"))
	sales := w.group(sim.Group{Name: "Sales", Rule: true})
	a := w.find(dana)
	require.Equal(t, []domain.Way{{Group: sales, Name: "Sales", GivesKnown: domain.Unknown}}, a.Ways)
	require.Contains(t, a.Warning(), "not known what else it gives")
}

func TestNobodyAndNothingAreAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	a := w.find("nobody@example.com")
	require.Equal(t, domain.Absent, a.Presence)
	require.Empty(t, a.User)
	a = w.find(dana)
	require.Equal(t, []any{domain.Absent, w.dana, 0}, []any{a.Presence, a.User, len(a.Ways)})
}

// A wrong id of the app must not read as "nobody has it".
func TestAnAppThatOktaDoesNotKnowIsNoAbsence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.ChangeApp(w.app, func(a *sim.App) { a.ID = "0oaAnother" })
	_, err := w.FindAssignment(t.Context(), eli)
	require.Equal(t, domain.FaultNotFound, domain.KindOf(err))
	require.Contains(t, err.Error(), "does not know the app")
	_, err = w.ListAssigned(t.Context())
	require.Equal(t, domain.FaultNotFound, domain.KindOf(err))
}

func TestTwoPeopleWithOneEmailAreAConflict(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]sim.User{
		"the same email":            {Email: dana, Login: "dana.two@example.com"},
		"the other's login":         {Email: "d.reyes@example.com", Login: dana},
		"one is deprovisioned":      {Email: dana, Login: "dana.old@example.com", Status: "DEPROVISIONED"},
		"in another way of writing": {Email: "Dana.Reyes@Example.com", Login: "dr@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sim.Switches{PageSize: 1})
			w.sim.ChangeUser(w.dana, func(u *sim.User) { u.Login = "dreyes@example.com" }) // logins are unique
			w.sim.AddUser(other)
			_, err := w.FindAssignment(t.Context(), dana)
			require.Equal(t, domain.FaultConflict, domain.KindOf(err))
			require.NotContains(t, err.Error(), "@")
		})
	}
}

func TestDeprovisionedPeopleAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.ChangeUser(w.eli, func(u *sim.User) { u.Status = "DEPROVISIONED" })
	a := w.find(eli)
	require.Equal(t, w.eli, a.User)
	require.Equal(t, domain.Absent, a.Presence)
	w.group(sim.Group{Name: "Sales"})
	require.Equal(t, domain.Present, w.find(dana).Presence)
	w.sim.ChangeUser(w.dana, func(u *sim.User) { u.Status = "DEPROVISIONED" })
	require.Equal(t, domain.Absent, w.find(dana).Presence, "groups give nothing to who is deprovisioned")
}

// Who is suspended keeps every assignment.
func TestSuspendedPeopleStillHaveTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.ChangeUser(w.eli, func(u *sim.User) { u.Status = "SUSPENDED" })
	require.Equal(t, domain.Present, w.find(eli).Presence)
}

// Search does not know yet who was added now; filter does.
func TestSomebodyWhomSearchDoesNotShowYetIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{SearchLag: true})
	id := w.sim.AddUser(sim.User{Email: "new.hire@example.com"})
	require.Equal(t, id, w.find("new.hire@example.com").User)
}

func TestWhatIsNoEmailIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	for _, bad := range []string{"", "dana", `x" or profile.email pr or profile.login eq "a@example.com`, `a\@example.com`} {
		_, err := w.FindAssignment(t.Context(), bad)
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
	}
	require.Zero(t, w.times("GET /api/v1/users"))
}

func TestAFailedPushIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	require.False(t, w.find(eli).PushFailed)
	w.sim.Switch(func(s *sim.Switches) { s.SyncError = true })
	require.True(t, w.find(eli).PushFailed)
}

// An assignment without a user of the app behind it has nobody to deactivate.
func TestASignInOnlyAssignmentMayPushNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{})
	w.sim.ChangeApp(w.app, func(a *sim.App) { a.SignInOnly = true })
	require.Equal(t, domain.Unknown, w.find(eli).Pushes)
}

// A group that the assignment comes by and that is not among the person's: they
// left it a moment ago, or our role does not reach it.
func TestAGroupThatIsNotShownIsAFixedWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{GroupLag: 30})
	w.group(sim.Group{Name: "Sales"})
	w.unassign(w.find(dana))
	a := w.find(dana)
	require.Equal(t, domain.Present, a.Presence)
	require.Contains(t, a.Ways[0].Fixed, "not among the person's groups")
	for range 30 {
		_ = w.find(eli)
	}
	require.Equal(t, domain.Absent, w.find(dana).Presence)
}

func TestListsThatDecideAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Switches{PageSize: 1})
	for _, name := range []string{"A", "B", "C"} {
		w.sim.Join(w.sim.AddGroup(sim.Group{Name: name, Rule: true}), w.dana)
	}
	last := w.group(sim.Group{Name: "Last", Rule: true})
	a := w.find(dana)
	require.Len(t, a.Ways, 1)
	require.Equal(t, last, a.Ways[0].Group)
	require.NotEmpty(t, a.Ways[0].Fixed)
	w.sim.Switch(func(s *sim.Switches) { *s = sim.Switches{RepeatPage: true} })
	_, err := w.FindAssignment(t.Context(), dana)
	require.Equal(t, domain.FaultUnavailable, domain.KindOf(err), "half a list of groups decides nothing")
}
