package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/workflows"
)

func step(key domain.StepKey, who domain.PersonID) workflows.StepRequest {
	return workflows.StepRequest{App: "apollo", Step: key, Person: who, Reason: "sold"}
}

func (w *world) chases(kind, about string) []activities.ChaseInput {
	var found []activities.ChaseInput
	for _, c := range w.chased {
		if c.Kind == kind && c.About == about {
			found = append(found, c)
		}
	}
	return found
}

func TestRemindersThenTheBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input()
	in.Apps[0].Approval.Reminder = time.Hour
	early := w.decide(3*time.Hour, "apollo", ada, domain.Approve)
	w.decide(5*time.Hour, "apollo", ada, domain.Approve)
	w.robot(10*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.ErrorContains(t, early.err, "not yours", "a backup decides after the time of the stage only")
	asked := w.latest().Approvals[0].ID
	require.Len(t, w.chases("escalate", asked), 1)
	require.Equal(t, []domain.PersonID{ada}, w.chases("escalate", asked)[0].To)
	reminders := w.chases("remind", asked)
	require.Len(t, reminders, 4, "once an hour, counted anew from the escalation")
	require.Equal(t, []domain.PersonID{eli}, reminders[0].To)
	require.Equal(t, []domain.PersonID{eli, ada}, reminders[3].To, "then also the backup")
}

func TestASilentCutOffTaskPagesTheBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.byPerson()
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(12*time.Hour, func(s workflows.StateView) {
		pages := w.chases("escalate", s.Tasks[0].ID)
		require.GreaterOrEqual(t, len(pages), 3)
		require.Equal(t, []domain.PersonID{ada, bo}, pages[0].To)
		require.True(t, pages[0].Urgent)
	})
	w.robot(13*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
}

func TestChoosingTheSuccessor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	choose := func(kind domain.RecordKind) workflows.ChooseHeirRequest {
		return workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{kind: bo}, Person: ada}
	}
	first := w.update(time.Hour, workflows.UpdateChooseHeir, choose(domain.Deals))
	own := w.update(time.Hour+time.Minute, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Person: dana})
	elsewhere := w.update(time.Hour+time.Minute, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "other", Person: ada})
	w.decide(2*time.Hour, "apollo", eli, domain.Deny)
	again := w.update(20*time.Hour, workflows.UpdateChooseHeir, choose(domain.Contacts))
	w.decide(21*time.Hour, "apollo", eli, domain.Approve)
	late := w.update(22*time.Hour, workflows.UpdateChooseHeir, choose(""))
	w.robot(25*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.True(t, first.done)
	require.True(t, again.done)
	require.ErrorContains(t, own.err, "leaver")
	require.ErrorContains(t, elsewhere.err, "does not touch")
	require.ErrorContains(t, late.err, "approved already")
	require.Equal(t, map[domain.RecordKind]domain.PersonID{"": eli, domain.Deals: bo, domain.Contacts: bo}, w.proposals[2].Heirs)
}

func TestChoosingForAnAppThatWasDeniedHangsNothing(t *testing.T) {
	t.Parallel()
	in := personal()
	in.Apps = append(in.Apps, appInput("second"))
	w := newWorld(t)
	w.decide(time.Hour, "second", eli, domain.Deny)
	late := w.update(2*time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "second", Heirs: map[domain.RecordKind]domain.PersonID{"": bo}, Person: ada})
	w.decide(3*time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	require.ErrorContains(t, late.err, "no plan any more")
}

func TestASkipCountsBeforeTheStep(t *testing.T) {
	t.Parallel()
	for _, key := range []domain.StepKey{domain.StepDeactivate, domain.StepUnlink, domain.StepContacts, domain.StepDeals, domain.StepWorkflows, domain.StepSeat, domain.StepSweep} {
		w := newWorld(t)
		w.decide(time.Hour, "apollo", eli, domain.Approve)
		none := w.update(2*time.Hour, workflows.UpdateSkip, workflows.StepRequest{App: "apollo", Step: key, Person: ada})
		stranger := w.update(2*time.Hour, workflows.UpdateSkip, step(key, "p-nobody"))
		own := w.update(2*time.Hour, workflows.UpdateSkip, step(key, dana))
		said := w.update(3*time.Hour, workflows.UpdateSkip, step(key, ada))
		w.robot(10*time.Hour, 90*time.Hour)
		require.Equal(t, domain.RunClosed, w.handled(input()).State, key)
		require.True(t, said.done, key)
		require.Equal(t, domain.StepSkipped, w.latest().Steps["apollo"][key], key)
		require.ErrorContains(t, none.err, "say why")
		require.ErrorContains(t, stranger.err, "only an administrator")
		require.ErrorContains(t, own.err, "their own")
		if key == domain.StepDeactivate {
			require.Empty(t, w.cutAt, "what a person answers for is not done behind their back")
		}
		for _, m := range w.moves {
			require.NotEqual(t, key, m.Step, "skipped records stay")
		}
	}
}

func TestSkippingTheWholeHandoverClosesItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book, _ := domain.RunbookFor(domain.KindApolloIO)
	for _, s := range book.Steps {
		if s.Phase == domain.PhaseHandover {
			w.update(20*time.Hour, workflows.UpdateSkip, step(s.Key, ada))
		}
	}
	w.at(21*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.ApprovalClosed, s.Approvals[0].State, "nobody is asked about nothing")
		require.Equal(t, domain.StepVerified, s.Steps["apollo"][domain.StepDeactivate])
	})
	w.robot(22*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.Empty(t, w.moves)
}

func TestSkippingAKindEndsItsQuestionAboutDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
		if in.Rule.Kind == domain.Contacts {
			return activities.MoveResult{Drift: &domain.Drift{Kind: domain.Contacts, Count: 90}}, nil
		}
		return activities.MoveResult{Done: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.update(20*time.Hour, workflows.UpdateSkip, step(domain.StepContacts, ada))
	w.at(21*time.Hour, func(s workflows.StateView) {
		require.Equal(t, domain.StepSkipped, s.Steps["apollo"][domain.StepContacts])
		require.Equal(t, domain.ApprovalClosed, s.Approvals[1].State)
	})
	w.robot(22*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
}

func TestDriftDeniedThenAnotherSuccessor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.move = func(in activities.MoveInput, _ int) (activities.MoveResult, error) {
		switch {
		case in.Rule.Kind == domain.Deals && in.Accept == 0:
			return activities.MoveResult{Drift: &domain.Drift{Kind: domain.Deals, Count: 90}}, nil
		case in.Rule.Kind == domain.Contacts && w.env.Now().Before(input().Due.Add(40*time.Hour)):
			return activities.MoveResult{ResumeAt: w.env.Now().Add(time.Hour)}, nil
		}
		return activities.MoveResult{Done: true}, nil
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.decide(20*time.Hour, "apollo", eli, domain.Deny)
	chosen := w.update(21*time.Hour, workflows.UpdateChooseHeir, workflows.ChooseHeirRequest{App: "apollo", Heirs: map[domain.RecordKind]domain.PersonID{domain.Deals: bo}, Person: ada})
	w.at(22*time.Hour, func(workflows.StateView) { require.True(t, chosen.done, "it does not wait for the contacts") })
	w.decide(23*time.Hour, "apollo", eli, domain.Approve)
	w.robot(24*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
}

func TestHandingAStepOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.move = func(in activities.MoveInput, n int) (activities.MoveResult, error) {
		if in.Rule.Kind == domain.Deals && n < 4 {
			return activities.MoveResult{}, temporalFault(domain.FaultForbidden, "the key lacks the grant")
		}
		return activities.MoveResult{Done: true}, nil
	}
	to := func(key domain.StepKey, who domain.PersonID) workflows.StepRequest {
		return workflows.StepRequest{App: "apollo", Step: key, Person: ada, To: who}
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	nothing := w.update(2*time.Hour, workflows.UpdateHandOver, to(domain.StepDeals, "p-gil"))
	w.update(20*time.Hour, workflows.UpdateHandOver, to(domain.StepWorkflows, "p-gil"))
	self := w.update(20*time.Hour, workflows.UpdateHandOver, to(domain.StepWorkflows, dana))
	nobody := w.update(20*time.Hour, workflows.UpdateHandOver, to(domain.StepWorkflows, ""))
	early := w.update(20*time.Hour, workflows.UpdateRetry, step(domain.StepDeals, "p-gil"))
	w.update(21*time.Hour, workflows.UpdateHandOver, to(domain.StepDeals, "p-gil"))
	w.at(22*time.Hour, func(s workflows.StateView) {
		found := false
		for _, task := range s.Tasks {
			found = found || task.Owner == "p-gil"
		}
		require.True(t, found)
		require.Equal(t, []domain.PersonID{"p-gil"}, w.attention[len(w.attention)-1].To, "whoever got it is told")
	})
	retried := w.update(23*time.Hour, workflows.UpdateRetry, step(domain.StepDeals, "p-gil"))
	w.robot(24*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.ErrorContains(t, nothing.err, "nothing of this step waits")
	require.ErrorContains(t, self.err, "leaver")
	require.ErrorContains(t, nobody.err, "say who")
	require.ErrorContains(t, early.err, "only an administrator")
	require.True(t, retried.done)
}

func TestATaskThatCannotBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	cannot := func(reason string) func(workflows.StateView) {
		return func(s workflows.StateView) {
			for _, task := range s.Tasks {
				if task.State == domain.TaskOpen && task.Steps[0] == domain.StepUnlink {
					w.env.UpdateWorkflow(workflows.UpdateTask, "", quiet(), workflows.TaskRequest{Task: task.ID, Cannot: true, Proof: reason, Person: ada})
				}
			}
		}
	}
	w.at(20*time.Hour, cannot("the page is locked"))
	w.at(21*time.Hour, func(s workflows.StateView) {
		require.Contains(t, w.attention[len(w.attention)-1].Why, "cannot be done")
		require.Empty(t, s.Tasks[0].DoneBy)
	})
	w.robot(22*time.Hour, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
}

func TestOnePersonIsNeverBothHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done, confirmed := map[string]bool{}, false
	say := func(name string, who domain.PersonID) func(workflows.StateView) {
		return func(s workflows.StateView) {
			for _, task := range s.Tasks {
				if task.Attest && (task.State == domain.TaskOpen || task.State == domain.TaskDone) {
					done[task.ID] = true
					w.env.UpdateWorkflow(name, "", quiet(), workflows.TaskRequest{Task: task.ID, Proof: "note", Person: who})
				}
			}
		}
	}
	w.readBack = func(in activities.ReadBackInput, _ int) activities.ReadBackResult {
		require.True(t, in.Confirmed == "" || in.Confirmed != in.DoneBy, "%s stands for what %s did", in.Confirmed, in.DoneBy)
		confirmed = confirmed || in.Confirmed != ""
		if w.env.Now().Before(input().Due.Add(24 * time.Hour)) { // the app does not answer yet
			return activities.ReadBackResult{States: map[domain.StepKey]domain.StepState{}}
		}
		return verifiedOrAttested(in)
	}
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.at(20*time.Hour, say(workflows.UpdateTask, ada))
	w.at(21*time.Hour, say(workflows.UpdateConfirm, bo))
	w.at(22*time.Hour, say(workflows.UpdateTask, bo))
	w.at(35*time.Hour, say(workflows.UpdateConfirm, ada))
	w.robot(40*time.Hour, 190*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(input()).State)
	require.NotEmpty(t, done)
	require.True(t, confirmed)
}

func TestSeveralSecretsEachWithItsOwner(t *testing.T) {
	t.Parallel()
	in := input()
	in.Apps[0].Secrets = []workflows.Secret{{Name: "api-key", Owner: eli}, {Name: "shared", Owner: dana}, {Name: "oauth"}}
	w := newWorld(t)
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	w.robot(10*time.Hour, 190*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
	owners := map[string]domain.PersonID{}
	for _, task := range w.tasks {
		owners[string(task.Steps[0])] = task.Owner
	}
	require.Equal(t, eli, owners["secret-api-key"])
	require.Equal(t, ada, owners["secret-shared"], "the leaver changes no secret")
	require.Equal(t, ada, owners["secret-oauth"])
	for _, name := range []domain.StepKey{"secret-api-key", "secret-shared", "secret-oauth"} {
		require.Equal(t, domain.StepAttested, w.latest().Steps["apollo"][name])
	}
}

// A person channel with nobody answering pages the backup in time to keep what
// the policy allows.
func TestTheBackupIsPagedInTimeToKeepTheLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.byPerson()
	in := input()
	in.Apps[0].CutOffLimit = 8 * time.Minute
	w.decide(time.Hour, "apollo", eli, domain.Approve)
	due := 8*time.Hour + 30*time.Minute
	w.at(due+3*time.Minute, func(s workflows.StateView) { require.Empty(t, w.chases("escalate", s.Tasks[0].ID)) })
	w.at(due+4*time.Minute+time.Second, func(s workflows.StateView) {
		pages := w.chases("escalate", s.Tasks[0].ID)
		require.Len(t, pages, 1, "at half the limit, though the policy's own page would come after it")
		require.Equal(t, []domain.PersonID{ada, bo}, pages[0].To)
	})
	w.robot(due+5*time.Minute, 90*time.Hour)
	require.Equal(t, domain.RunClosed, w.handled(in).State)
}
