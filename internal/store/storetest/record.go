package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var recordTests = map[string]func(t *testing.T, s *store.Store){
	"an entry twice is an entry once": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		e := full(r)
		record(t, s, e)
		before := everything(t, s, r)
		record(t, s, e)
		require.Equal(t, before, everything(t, s, r))
		require.Len(t, whole(t, s, r.ID), 3)
	},
	"a step keeps what the next record leaves open": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		first := step(r, domain.StepPlanned)
		first.Order, first.Title, first.Phase, first.Owner, first.Of, first.StartedAt = 3, "Cut off", "cut_off", "owner", 40, noon
		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{first}})
		next := step(r, domain.StepRunning)
		next.Done, next.StartedAt, next.ResumeAt = 7, noon.Add(time.Hour), noon.Add(2*time.Hour)
		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{next}})
		got := onlyStep(t, s, r)
		require.Equal(t, 3, got.Order)
		require.Equal(t, "Cut off", got.Title)
		require.Equal(t, domain.Phase("cut_off"), got.Phase)
		require.Equal(t, domain.PersonID("owner"), got.Owner)
		require.Equal(t, 40, got.Of)
		require.Equal(t, 7, got.Done)
		require.True(t, got.StartedAt.Equal(noon.Truncate(time.Microsecond)))
		require.True(t, got.ResumeAt.Equal(next.ResumeAt.Truncate(time.Microsecond)))
		require.Equal(t, domain.StepRunning, got.State)
	},
	"a step never goes backwards": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		waiting := domain.Entry{Run: r.ID, Steps: []domain.StepRecord{step(r, domain.StepWaiting)}, Events: []domain.AuditEvent{stepEvent(r, "waiting")}}
		record(t, s, waiting)
		verified := step(r, domain.StepVerified)
		verified.SettledAt = noon
		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{verified}, Events: []domain.AuditEvent{stepEvent(r, "verified")}})

		record(t, s, waiting) // impossible, and said before
		require.Equal(t, domain.StepVerified, onlyStep(t, s, r).State)
		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{step(r, domain.StepRunning)}}) // progress of an attempt given up
		require.Equal(t, domain.StepVerified, onlyStep(t, s, r).State)
		require.Len(t, whole(t, s, r.ID), 3)

		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{step(r, domain.StepPlanned)}, Events: []domain.AuditEvent{stepEvent(r, "odd")}})
		require.Equal(t, domain.StepVerified, onlyStep(t, s, r).State)
		entries := whole(t, s, r.ID)
		require.Equal(t, "verified to planned", entries[3].Event.Facts["ignored_move"])
	},
	"a settled step keeps the channel and the request that settled it": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		verified := step(r, domain.StepVerified)
		for _, request := range []string{"req-1", "req-2"} { // the second one after a crash: its event is known
			verified.RequestID, verified.Channel = request, domain.Channel("by "+request)
			record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{verified}, Events: []domain.AuditEvent{stepEvent(r, "verified")}})
		}
		require.Equal(t, "req-1", onlyStep(t, s, r).RequestID, "the audit chain names that one")
		require.Equal(t, domain.Channel("by req-1"), onlyStep(t, s, r).Channel)
	},
	"access that comes back unsettles a step, and the same proof settles it again": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		verified := domain.Entry{Run: r.ID, Steps: []domain.StepRecord{step(r, domain.StepVerified)}, Events: []domain.AuditEvent{stepEvent(r, "verified")}}
		verified.Steps[0].SettledAt = noon
		record(t, s, verified)
		record(t, s, domain.Entry{Run: r.ID, Steps: []domain.StepRecord{step(r, domain.StepNeedsAttention)}, Events: []domain.AuditEvent{stepEvent(r, "sweep-24h")}})
		require.Equal(t, domain.StepNeedsAttention, onlyStep(t, s, r).State)
		require.True(t, onlyStep(t, s, r).SettledAt.IsZero())
		verified.Steps[0].SettledAt = noon.Add(time.Hour)
		record(t, s, verified) // its event has the key of the first time
		require.Equal(t, domain.StepVerified, onlyStep(t, s, r).State)
		require.True(t, onlyStep(t, s, r).SettledAt.Equal(noon.Add(time.Hour).Truncate(time.Microsecond)))
	},
	"the first snapshot stays and links the account": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		snap := domain.Snapshot{Run: r.ID, App: "apollo", Found: true, Account: domain.Account{ID: "a1", Email: "dana@example.com"}, Counts: map[domain.RecordKind]int{"deals": 3}}
		record(t, s, domain.Entry{Run: r.ID, Snapshot: &snap})
		later := snap
		later.Counts = map[domain.RecordKind]int{"deals": 0}
		record(t, s, domain.Entry{Run: r.ID, Snapshot: &later})
		got, err := s.Snapshot(t.Context(), r.ID, "apollo")
		require.NoError(t, err)
		require.Equal(t, snap, got)
		link, err := s.AccountLink(t.Context(), "apollo", r.Person)
		require.NoError(t, err)
		require.Equal(t, domain.AccountID("a1"), link)
		_, err = s.Snapshot(t.Context(), r.ID, "space")
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"plans are found by digest": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		one := domain.Plan{Run: r.ID, App: "apollo", Version: 1}
		two := domain.Plan{Run: r.ID, App: "apollo", Version: 2, Mailboxes: 1}
		record(t, s, domain.Entry{Run: r.ID, Plan: &two})
		record(t, s, domain.Entry{Run: r.ID, Plan: &one})
		got, err := s.Plan(t.Context(), r.ID, "apollo", two.Digest())
		require.NoError(t, err)
		require.Equal(t, two, got)
		all, err := s.Plans(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []domain.Plan{one, two}, all)
		_, err = s.Plan(t.Context(), r.ID, "apollo", "v1:none")
		require.ErrorIs(t, err, domain.ErrNotFound)
	},
	"a settled approval never opens again and loses no decision": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		open := approval(r, "a1")
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{open}})
		decided := open
		decided.Decisions = []domain.Decision{{Actor: "eli", Verdict: domain.Approve}}
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{decided}})
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{open}})
		got, err := s.Approval(t.Context(), "a1")
		require.NoError(t, err)
		require.Len(t, got.Decisions, 1)
		decided.State, decided.SettledAt = domain.ApprovalApproved, noon.Truncate(time.Microsecond)
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{decided}})
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{open}})
		got, err = s.Approval(t.Context(), "a1")
		require.NoError(t, err)
		require.Equal(t, decided, got)
	},
	"approvals are found by who may decide": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		second := approval(r, "a2")
		second.OpenedAt = second.OpenedAt.Add(time.Minute)
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{approval(r, "a1"), second}})
		for _, c := range []struct {
			f    store.RequestFilter
			want int
		}{
			{store.RequestFilter{}, 2}, {store.RequestFilter{Person: "eli"}, 2}, {store.RequestFilter{Person: "backup", Open: true}, 2},
			{store.RequestFilter{Person: "dana"}, 0}, {store.RequestFilter{Run: "other"}, 0}, {store.RequestFilter{App: "apollo", Limit: 1}, 1},
			{store.RequestFilter{AfterTime: approval(r, "").OpenedAt, AfterID: "a1"}, 1}, {store.RequestFilter{Viewer: "anybody"}, 2},
		} {
			got, err := s.ListApprovals(t.Context(), c.f)
			require.NoError(t, err)
			require.Len(t, got, c.want, "%+v", c.f)
		}
	},
	"a settled task stays, and a repeat takes no word back": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		opened := domain.Entry{Run: r.ID, Tasks: []domain.Task{task(r, domain.TaskOpen)}, Events: []domain.AuditEvent{stepEvent(r, "task")}}
		opened.Tasks[0].Instructions, opened.Tasks[0].Second = []string{"one", "mailbox dana@example.com"}, "second"
		record(t, s, opened)
		second := store.RequestFilter{Person: "second", Open: true}
		confirm, err := s.ListTasks(t.Context(), second)
		require.NoError(t, err)
		require.Empty(t, confirm, "there is nothing to confirm yet")
		done := task(r, domain.TaskDone)
		done.Second = "second"
		record(t, s, domain.Entry{Run: r.ID, Tasks: []domain.Task{done}, Events: []domain.AuditEvent{stepEvent(r, "done")}})
		record(t, s, opened)
		got, err := s.Task(t.Context(), "t1")
		require.NoError(t, err)
		require.Equal(t, domain.TaskDone, got.State)
		require.Len(t, got.Instructions, 2, "what was added when it was opened")
		waiting, err := s.OpenTasks(t.Context(), "apollo")
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		confirm, err = s.ListTasks(t.Context(), second)
		require.NoError(t, err)
		require.Len(t, confirm, 1)
		mine, err := s.ListTasks(t.Context(), store.RequestFilter{Person: "backup", Open: true})
		require.NoError(t, err)
		require.Len(t, mine, 1)
		handed := task(r, domain.TaskOpen)
		handed.Owner = "frank"
		record(t, s, domain.Entry{Run: r.ID, Tasks: []domain.Task{handed}, Notices: []domain.Notice{{ID: "handed", Run: r.ID}}})
		got, err = s.Task(t.Context(), "t1")
		require.NoError(t, err)
		require.Equal(t, domain.TaskOpen, got.State, "handed over to somebody else")
		record(t, s, domain.Entry{Run: r.ID, Tasks: []domain.Task{task(r, domain.TaskSettled)}})
		record(t, s, domain.Entry{Run: r.ID, Tasks: []domain.Task{done}})
		got, err = s.Task(t.Context(), "t1")
		require.NoError(t, err)
		require.Equal(t, domain.TaskSettled, got.State)
		waiting, err = s.OpenTasks(t.Context(), "apollo")
		require.NoError(t, err)
		require.Empty(t, waiting)
	},
	"an ended run never changes": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		attention := domain.Entry{Run: r.ID, RunState: domain.RunNeedsAttention, RunWhy: "stuck", Events: []domain.AuditEvent{event(r, domain.EventStepChanged, "attention")}}
		record(t, s, attention)
		moved := domain.LastMoment{Local: "2026-12-24T12:00:00", Zone: "Europe/Berlin"}
		record(t, s, domain.Entry{Run: r.ID, RunState: domain.RunRunning, RunWhy: "goes on", LastMoment: &moved, CutNow: true})
		record(t, s, attention)
		got, err := s.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, domain.RunRunning, got.State, "a repeat is older than what stands there")
		require.Equal(t, moved, got.LastMoment)
		require.True(t, got.CutNow)
		closing := domain.Entry{Run: r.ID, RunState: domain.RunClosed, RunWhy: "done", Events: []domain.AuditEvent{event(r, domain.EventRunClosed, "closed")}}
		record(t, s, closing)
		record(t, s, domain.Entry{Run: r.ID, RunState: domain.RunRunning, RunWhy: "late"})
		got, err = s.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, domain.RunClosed, got.State)
		require.Equal(t, "done", got.Why)
		require.True(t, got.ClosedAt.Equal(noon.Truncate(time.Microsecond)))
	},
	"the state of an unknown run is not found, and nothing is written": func(t *testing.T, s *store.Store) {
		err := s.Record(t.Context(), domain.Entry{Run: "none", RunState: domain.RunRunning, Events: []domain.AuditEvent{{Key: "k", Run: "none", Kind: domain.EventSweep, At: noon}}})
		require.ErrorIs(t, err, domain.ErrNotFound)
		require.Empty(t, whole(t, s, "none"))
	},
	"a pause is told once until it ends": func(t *testing.T, s *store.Store) {
		pause := func(key string) {
			allFine(t, together(4, func(i int) error {
				n := domain.Notice{ID: key + name(i), App: "apollo", Kind: "app-paused"}
				return s.PauseApp(t.Context(), "apollo", n, domain.AuditEvent{Key: key + name(i), Kind: domain.EventAppPaused, App: "apollo", At: noon})
			}))
		}
		resume := domain.AuditEvent{Key: "resumed", Kind: domain.EventAppResumed, App: "apollo", At: noon}
		require.NoError(t, s.ResumeApp(t.Context(), "apollo", resume))
		pause("one")
		pause("two")
		since, err := s.AppPaused(t.Context(), "apollo")
		require.NoError(t, err)
		require.False(t, since.IsZero())
		require.NoError(t, s.ResumeApp(t.Context(), "apollo", resume))
		pause("three")
		require.Len(t, whole(t, s, ""), 3)
		all, err := s.ListNotices(t.Context(), store.NoticeFilter{})
		require.NoError(t, err)
		require.Len(t, all, 2)
	},
}

// full is an entry with something of everything.
func full(r domain.Run) domain.Entry {
	at := noon.Truncate(time.Microsecond)
	return domain.Entry{
		Run: r.ID, RunState: domain.RunRunning, RunWhy: "at work",
		Steps:     []domain.StepRecord{step(r, domain.StepVerified)},
		Plan:      &domain.Plan{Run: r.ID, App: "apollo", Version: 1},
		Snapshot:  &domain.Snapshot{Run: r.ID, App: "apollo", Found: true, Account: domain.Account{ID: "a1"}, TakenAt: at},
		Approvals: []domain.Approval{approval(r, "a1")},
		Tasks:     []domain.Task{task(r, domain.TaskOpen)},
		Notices:   []domain.Notice{{ID: "n1", Run: r.ID, To: []domain.PersonID{"eli", "eli", "frank"}, At: at}},
		Seats:     []domain.SeatEntry{{ID: "s1", App: "apollo", Kind: domain.SeatFreed, Run: r.ID, Person: r.Person, Account: "a1", Reusable: domain.Unknown, At: at}},
		CutOff:    &domain.CutOffTime{Run: r.ID, App: "apollo", Channel: domain.ChannelAPI, Due: at, VerifiedAt: at.Add(time.Minute), Limit: time.Hour, Class: "standard"},
		Events:    []domain.AuditEvent{event(r, domain.EventMemberRemoved, "removed"), stepEvent(r, "verified")},
	}
}

func everything(t *testing.T, s *store.Store, r domain.Run) []any {
	t.Helper()
	var all []any
	keep := func(v any, err error) {
		t.Helper()
		require.NoError(t, err)
		all = append(all, v)
	}
	ctx := t.Context()
	run, err := s.Run(ctx, r.ID)
	keep(run, err)
	steps, err := s.Steps(ctx, r.ID, "")
	keep(steps, err)
	plans, err := s.Plans(ctx, r.ID)
	keep(plans, err)
	snapshots, err := s.Snapshots(ctx, r.ID)
	keep(snapshots, err)
	a, err := s.Approval(ctx, "a1")
	keep(a, err)
	k, err := s.Task(ctx, "t1")
	keep(k, err)
	notices, err := s.ListNotices(ctx, store.NoticeFilter{Run: r.ID})
	keep(notices, err)
	require.Len(t, notices, 2)
	seats, err := s.RunSeats(ctx, r.ID)
	keep(seats, err)
	require.Len(t, seats, 1)
	cuts, err := s.CutOffs(ctx, r.ID)
	keep(cuts, err)
	require.Equal(t, time.Minute, cuts[0].Elapsed())
	chain, err := s.ChainEntries(ctx, r.ID, 0, 0)
	keep(chain, err)
	return all
}

func step(r domain.Run, state domain.StepState) domain.StepRecord {
	return domain.StepRecord{Run: r.ID, App: "apollo", Key: domain.StepDeactivate, State: state, Channel: domain.ChannelAPI, Why: "why " + string(state)}
}

func stepEvent(r domain.Run, key string) domain.AuditEvent {
	e := event(r, domain.EventStepChanged, "step-"+key)
	e.Step = domain.StepDeactivate
	return e
}

func onlyStep(t *testing.T, s *store.Store, r domain.Run) domain.StepRecord {
	t.Helper()
	steps, err := s.Steps(t.Context(), r.ID, "apollo")
	require.NoError(t, err)
	require.Len(t, steps, 1)
	return steps[0]
}

func approval(r domain.Run, id string) domain.Approval {
	return domain.Approval{ID: id, Run: r.ID, App: "apollo", Scope: domain.ApproveHandover, Digest: "v1:x", Subject: r.Person, State: domain.ApprovalOpen,
		Policy:   domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Name: "manager", Approvers: []domain.PersonID{"eli"}, Backup: []domain.PersonID{"backup", "eli"}}}},
		OpenedAt: noon.Truncate(time.Microsecond), StageAt: noon.Truncate(time.Microsecond)}
}

func task(r domain.Run, state domain.TaskState) domain.Task {
	return domain.Task{ID: "t1", Run: r.ID, App: "apollo", Steps: []domain.StepKey{domain.StepDeactivate}, Owner: "eli", Backup: "backup", Subject: r.Person,
		State: state, OpenedAt: noon.Truncate(time.Microsecond)}
}
