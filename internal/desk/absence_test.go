package desk_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// decides lets the cluster decide as a run does: by the request as it stands.
func (w *world) decides() {
	w.tmp.answer = func(o client.UpdateWorkflowOptions) (any, error) {
		var in workflows.DecideRequest
		if err := json.Unmarshal(rawOf(o), &in); err != nil {
			return nil, err
		}
		a, err := w.st.Approval(context.Background(), in.Approval)
		if err != nil {
			return nil, err
		}
		d := domain.Decision{Actor: in.Person, ActingFor: in.ActingFor, Verdict: in.Verdict, Digest: in.Digest, Reason: in.Reason, At: w.now(), Channel: in.Channel}
		if refusal := a.Check(d, d.At); refusal != nil {
			return nil, temporal.NewNonRetryableApplicationError(refusal.Text, refusal.Code, nil)
		}
		return workflows.ApprovalAnswer{Approval: a.Apply(d)}, nil
	}
}

// away makes somebody stand in for a day that began an hour ago.
func (w *world) away(person, substitute string) domain.Absence {
	w.t.Helper()
	a, err := w.SetAbsence(w.t.Context(), w.as(person), "", morning.Add(-time.Hour), morning.Add(23*time.Hour), substitute+"@example.com")
	require.NoError(w.t, err)
	return a
}

func TestASubstituteDecidesWhatWasOpenBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	_, _, err := w.Approval(t.Context(), w.as("gil"), approval)
	require.Equal(t, no, code(err), "before that it is no matter of Gil's")
	absence := w.away("eli", "gil")

	mine, err := w.Approvals(t.Context(), w.as("gil"), store.RequestFilter{Open: true}, false)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	why, actingFor := w.Asking(t.Context(), w.as("gil"))(mine[0])
	require.Equal(t, w.id("eli"), actingFor)
	require.NotEmpty(t, why)
	_, err = w.RunDetail(t.Context(), w.as("gil"), run.ID)
	require.NoError(t, err, "whoever decides sees what about")
	after, err := w.Decide(t.Context(), w.as("gil"), approval, "", domain.Approve, "")
	require.NoError(t, err)
	require.Equal(t, domain.ApprovalApproved, after.State)

	row, err := w.st.Approval(t.Context(), approval)
	require.NoError(t, err)
	require.Equal(t, w.id("gil"), row.Decisions[0].Actor)
	require.Equal(t, w.id("eli"), row.Decisions[0].ActingFor)
	events := w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventDecision})
	require.Len(t, events, 1)
	require.Equal(t, w.id("gil"), events[0].Actor)
	require.Equal(t, w.id("eli"), events[0].ActingFor, "both names are in the log")
	set := w.events(store.AuditFilter{Kind: domain.EventAbsenceSet})
	require.Len(t, set, 1)
	require.Equal(t, string(w.id("gil")), set[0].Facts["substitute"])
	require.Equal(t, absence.ID, set[0].Target)
}

func TestWhatASubstituteChoosesCarriesBothNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	w.away("eli", "gil")
	w.tmp.answer = func(client.UpdateWorkflowOptions) (any, error) {
		row, err := w.st.Approval(t.Context(), approval)
		return workflows.ApprovalAnswer{Approval: row}, err
	}
	for _, who := range []string{"gil", "eli"} {
		_, err := w.ChooseHeirs(t.Context(), w.as(who), approval, map[domain.RecordKind]string{"": "bo@example.com"}, "")
		require.NoError(t, err)
	}
	voices := map[domain.PersonID]domain.PersonID{}
	for _, e := range w.events(store.AuditFilter{Run: run.ID, Kind: domain.EventDecision}) {
		voices[e.Actor] = e.ActingFor
	}
	require.Equal(t, map[domain.PersonID]domain.PersonID{w.id("gil"): w.id("eli"), w.id("eli"): ""}, voices)
}

func TestASubstituteDoesTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("ada", leaving("dana"))
	_, task := w.request(run, "eli", "bo")
	w.away("bo", "gil")
	mine, err := w.Tasks(t.Context(), w.as("gil"), store.RequestFilter{}, false)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	_, err = w.CompleteTask(t.Context(), w.as("gil"), task, "note", false)
	require.NoError(t, err)
	var in workflows.TaskRequest
	require.NoError(t, json.Unmarshal(rawOf(w.tmp.delivered()[0]), &in))
	require.Equal(t, w.id("gil"), in.Person)
	require.Equal(t, w.id("bo"), in.ActingFor)
	_, err = w.CompleteTask(t.Context(), w.as("bo"), task, "note", false)
	require.NoError(t, err)
	in = workflows.TaskRequest{}
	require.NoError(t, json.Unmarshal(rawOf(w.tmp.delivered()[1]), &in))
	require.Empty(t, in.ActingFor, "in their own name it is their own")
}

func TestAnAbsenceEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	absence := w.away("eli", "gil")
	require.Equal(t, domain.RefusedUnknown, code(w.EndAbsence(t.Context(), w.as("gil"), absence.ID)), "not by the substitute")
	require.NoError(t, w.EndAbsence(t.Context(), w.as("eli"), absence.ID))
	_, err := w.Decide(t.Context(), w.as("gil"), approval, "", domain.Approve, "")
	require.Equal(t, domain.RefusedNotApprover, code(err))
	require.Equal(t, domain.RefusedUnknown, code(w.EndAbsence(t.Context(), w.as("eli"), absence.ID)), "it has ended")
	require.Len(t, w.events(store.AuditFilter{Kind: domain.EventAbsenceEnded}), 1)
	second := w.away("eli", "bo")
	require.NoError(t, w.EndAbsence(t.Context(), w.as("ada"), second.ID), "an administrator may")
}

func TestAbsencesOfThePolicyFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	for i := range w.policy.People {
		if p := &w.policy.People[i]; p.Name == "eli" {
			p.Away = []domain.AwayPolicy{{From: "2026-11-02", Until: "2026-11-30", Substitute: "aud@example.com"}, {From: "2026-12-01", Until: "2026-12-01", Substitute: "gil@example.com"},
				{From: "2026-12-02", Until: "2026-12-24", Substitute: "bo@example.com"}}
		}
	}
	all, err := w.Absences(t.Context(), w.as("ada"))
	require.NoError(t, err)
	require.Len(t, all, 2, "what is over is not listed")
	require.Equal(t, time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC), all[0].Until, "the last day is included, in Berlin")
	require.Equal(t, domain.SystemActor, all[0].SetBy)
	_, err = w.Decide(t.Context(), w.as("bo"), approval, "", domain.Approve, "")
	require.Equal(t, domain.RefusedNotApprover, code(err), "tomorrow")
	_, err = w.Decide(t.Context(), w.as("gil"), approval, "", domain.Approve, "")
	require.NoError(t, err)
	require.ErrorContains(t, w.EndAbsence(t.Context(), w.as("eli"), all[0].ID), "policy file")
	_, err = w.SetAbsence(t.Context(), w.as("eli"), "", morning, morning.Add(time.Hour), "ada@example.com")
	require.Equal(t, domain.RefusedState, code(err), "the file counts when they overlap")
	own, err := w.Absences(t.Context(), w.as("gil"))
	require.NoError(t, err)
	require.Len(t, own, 1, "without a role one sees one's own")
}

func TestAbsencesThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("aud"), domain.PersonLeft))
	w.start("ada", leaving("gil"))
	secret := leaving("bo")
	secret.CutNow, secret.Confidential, secret.Readers = true, true, []string{"sid@example.com"}
	w.start("sec", secret)
	w.away("hana", "finn")
	hour := func(n int) time.Time { return morning.Add(time.Duration(n) * time.Hour) }
	for name, c := range map[string]struct {
		who, whom, substitute string
		from, until           time.Time
		code                  string
	}{
		"for somebody else, without the role": {"eli", "bo", "ada", hour(0), hour(1), domain.RefusedRight},
		"for nobody known":                    {"ada", "nobody", "eli", hour(0), hour(1), domain.RefusedUnknown},
		"by nobody known":                     {"eli", "", "nobody", hour(0), hour(1), domain.RefusedUnknown},
		"by oneself":                          {"eli", "", "eli", hour(0), hour(1), domain.RefusedSelf},
		"an administrator's own place":        {"ada", "eli", "ada", hour(0), hour(1), domain.RefusedSelf},
		"by somebody who left":                {"eli", "", "aud", hour(0), hour(1), domain.RefusedState},
		"by somebody who leaves":              {"eli", "", "gil", hour(0), hour(1), domain.RefusedState},
		"by somebody who leaves in secret":    {"eli", "", "bo", hour(0), hour(1), domain.RefusedState},
		"backwards":                           {"eli", "", "ada", hour(2), hour(1), domain.RefusedReason},
		"of no time":                          {"eli", "", "ada", hour(2), hour(2), domain.RefusedReason},
		"in the past":                         {"eli", "", "ada", hour(-4), hour(-2), domain.RefusedReason},
		"for years":                           {"eli", "", "ada", hour(0), hour(401 * 24), domain.RefusedReason},
		"twice at once":                       {"hana", "", "ada", hour(1), hour(2), domain.RefusedState},
	} {
		email := c.whom
		if email != "" {
			email += "@example.com"
		}
		before := len(w.refusals(c.who))
		_, err := w.SetAbsence(t.Context(), w.as(c.who), email, c.from, c.until, c.substitute+"@example.com")
		require.Equal(t, c.code, code(err), name)
		require.NotContains(t, err.Error(), "leav", "a leaving is not told by the way: %s", name)
		require.Len(t, w.refusals(c.who), before+1, name)
	}
	all, err := w.Absences(t.Context(), w.as("ada"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	_, err = w.SetAbsence(t.Context(), w.as("ada"), "eli@example.com", time.Time{}, hour(1), "finn@example.com")
	require.NoError(t, err, "an administrator names one for others; without a beginning it is now")
}

func TestTwoSubstitutesAtOnceAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eli := w.as("eli")
	var wg sync.WaitGroup
	codes := make([]string, 8)
	for i := range codes {
		wg.Go(func() {
			_, err := w.SetAbsence(t.Context(), eli, "", morning, morning.Add(time.Hour), "gil@example.com")
			codes[i] = code(err)
		})
	}
	wg.Wait()
	set := 0
	for _, c := range codes {
		if c == "" {
			set++
			continue
		}
		require.Equal(t, domain.RefusedState, c)
	}
	require.Equal(t, 1, set)
}

func TestAConfidentialRunIsNoMatterOfASubstitute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := secretRun(w)
	approval, task := w.request(run, "eli", "eli")
	w.away("eli", "gil")
	w.away("sec", "sid")
	_, _, err := w.Approval(t.Context(), w.as("gil"), approval)
	require.Equal(t, missing, code(err))
	_, err = w.Decide(t.Context(), w.as("gil"), approval, "", domain.Approve, "")
	require.Equal(t, missing, code(err))
	_, err = w.CompleteTask(t.Context(), w.as("gil"), task, "", false)
	require.Equal(t, missing, code(err))
	_, err = w.RunDetail(t.Context(), w.as("gil"), run.ID)
	require.Equal(t, missing, code(err))
	approvals, err := w.Approvals(t.Context(), w.as("gil"), store.RequestFilter{}, false)
	require.NoError(t, err)
	require.Empty(t, approvals)
	tasks, err := w.Tasks(t.Context(), w.as("gil"), store.RequestFilter{}, false)
	require.NoError(t, err)
	require.Empty(t, tasks)
	old := domain.Absence{ID: "old", Person: w.id("eli"), Substitute: w.id("amy"), From: morning.Add(24 * time.Hour), Until: morning.Add(48 * time.Hour)}
	require.NoError(t, w.st.AddAbsence(t.Context(), old, domain.AuditEvent{Key: "old", Kind: domain.EventAbsenceSet, Actor: "x", At: morning}))
	w.ticks.Add((25 * time.Hour).Milliseconds())
	_, _, err = w.Approval(t.Context(), w.as("amy"), approval)
	require.Equal(t, missing, code(err), "the leaver least of all")
}

func TestNobodyStandsInForSomebodyInTheirOwnLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := w.start("hana", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	_, err := w.SetAbsence(t.Context(), w.as("eli"), "", morning, morning.Add(time.Hour), "dana@example.com")
	require.Equal(t, domain.RefusedState, code(err), "whoever leaves is no substitute")
	// Set before the leaving was known.
	a := domain.Absence{ID: "old", Person: w.id("eli"), Substitute: w.id("dana"), From: morning.Add(-time.Hour), Until: morning.Add(time.Hour), SetBy: w.id("eli")}
	require.NoError(t, w.st.AddAbsence(t.Context(), a, domain.AuditEvent{Key: "old", Kind: domain.EventAbsenceSet, Actor: a.SetBy, At: morning}))
	_, err = w.Decide(t.Context(), w.as("dana"), approval, "", domain.Approve, "")
	require.Equal(t, domain.RefusedSelf, code(err))
	mine, err := w.Approvals(t.Context(), w.as("dana"), store.RequestFilter{}, false)
	require.NoError(t, err)
	require.Empty(t, mine)
	_, err = w.RunDetail(t.Context(), w.as("dana"), run.ID)
	require.Equal(t, no, code(err))
}

func TestHighRiskIsDecidedWithATokenOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides()
	run := w.start("ada", leaving("dana"))
	approval, _ := w.request(run, "eli", "ada")
	row, err := w.st.Approval(t.Context(), approval)
	require.NoError(t, err)
	row.Policy.HighRisk = true
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Approvals: []domain.Approval{row}}))
	eli := w.as("eli")
	eli.Channel = domain.ChannelSlack
	_, err = w.Decide(t.Context(), eli, approval, "", domain.Approve, "")
	require.Equal(t, domain.RefusedProof, code(err))
	require.Len(t, w.refusals("eli"), 1)
	eli.Channel = "cli"
	after, err := w.Decide(t.Context(), eli, approval, "", domain.Approve, "")
	require.NoError(t, err)
	require.Equal(t, domain.ApprovalApproved, after.State)
}

// leftDoors is every method through which somebody can reach a desk.
func leftDoors(approval, task string) map[string]act {
	doors := map[string]act{
		"decide": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.Decide(ctx, a, approval, "", domain.Approve, "")
			return err
		},
		"see a request": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, _, err := w.Approval(ctx, a, approval)
			return err
		},
		"own approvals": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.Approvals(ctx, a, store.RequestFilter{}, false)
			return err
		},
		"choose": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.ChooseHeirs(ctx, a, approval, map[domain.RecordKind]string{"": "gil@example.com"}, "")
			return err
		},
		"done": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.CompleteTask(ctx, a, task, "note", false)
			return err
		},
		"confirm": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.ConfirmTask(ctx, a, task, "note")
			return err
		},
		"notices": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.Notices(ctx, a, 10)
			return err
		},
		"go away": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.SetAbsence(ctx, a, "", morning, morning.Add(time.Hour), "gil@example.com")
			return err
		},
		"come back": func(ctx context.Context, w *world, a desk.Actor, _ string) error { return w.EndAbsence(ctx, a, "x") },
		"absences": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.Absences(ctx, a)
			return err
		},
		"unbind": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
			_, err := w.FreeChat(ctx, a, "gil@example.com")
			return err
		},
	}
	for name, do := range acts {
		doors[name] = do
	}
	return doors
}

func TestWhoLeftMayDoNothingAtAnyDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.start("hana", leaving("dana"))
	approval, task := w.request(run, "ada", "ada")
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("ada"), domain.PersonLeft))
	ada := w.as("ada")
	require.NotEmpty(t, ada.Person.Roles, "even with every role still there")
	n := 0
	for name, do := range leftDoors(approval, task) {
		require.Equal(t, domain.RefusedLeft, code(do(t.Context(), w, ada, run.ID)), name)
		n++
		require.Len(t, w.refusals("ada"), n, "%s is an event", name)
	}
	require.Empty(t, w.tmp.delivered())
}

func TestWhoLeftGetsNoRolesBackFromTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.st.SetPersonState(t.Context(), w.id("ada"), domain.PersonLeft))
	require.NoError(t, w.SyncPeople(t.Context(), w.policy))
	require.Empty(t, w.as("ada").Person.Roles)
	require.NotEmpty(t, w.as("amy").Person.Roles)
	in := w.input(w.start("hana", leaving("dana")).ID)
	require.Equal(t, w.ids("amy"), in.Admins)
	require.Equal(t, w.id("bo"), in.Apps[0].Owner, "nor anything to do: the owner left, the backup did not")
	for _, s := range append(in.Apps[0].Approval.Stages, in.ConfirmCutNow.Stages...) {
		require.NotContains(t, append(s.Approvers, s.Backup...), w.id("ada"))
	}
	require.NotContains(t, in.Apps[0].Approval.Fallback, w.id("ada"))
}
