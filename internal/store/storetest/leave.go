package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

func leaves(run domain.Run, who domain.PersonID, back bool) domain.Entry {
	kind := domain.EventRightsEnded
	if back {
		kind = domain.EventRightsBack
	}
	return domain.Entry{Run: run.ID, Departure: &domain.Departure{Run: run.ID, Person: who, Back: back, At: noon.Truncate(time.Microsecond)},
		Events: []domain.AuditEvent{event(run, kind, fmt.Sprint("rights/", back))}}
}

var departureTests = map[string]func(t *testing.T, s *store.Store){
	"rights end at once, with everything that hangs on them": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		require.NoError(t, s.SetRoles(t.Context(), r.Person, []domain.Role{domain.RoleAdmin}))
		_, plain, err := s.IssueToken(t.Context(), "ada", r.Person, "laptop", time.Now().Add(time.Hour))
		require.NoError(t, err)
		eli, now := somebody(t, s, "eli"), time.Now()
		for i, a := range []domain.Absence{{Person: eli, Substitute: r.Person}, {Person: r.Person, Substitute: eli}, {Person: eli, Substitute: "ada"}} {
			a.ID, a.From, a.Until = name(i), now.Add(time.Duration(i)*time.Hour), now.Add(time.Duration(i+1)*time.Hour)
			require.NoError(t, s.AddAbsence(t.Context(), a, setEvent(name(i))))
		}
		record(t, s, leaves(r, r.Person, false))
		p, err := s.Person(t.Context(), r.Person)
		require.NoError(t, err)
		require.Equal(t, domain.PersonLeft, p.State)
		require.Empty(t, p.Roles)
		_, err = s.PersonByToken(t.Context(), plain)
		require.ErrorIs(t, err, domain.ErrNotFound)
		away, err := s.Absences(t.Context(), time.Now())
		require.NoError(t, err)
		require.Len(t, away, 1, "both ways: whom they stood in for, and who for them")
		require.Equal(t, domain.PersonID("ada"), away[0].Substitute)

		_, late, err := s.IssueToken(t.Context(), "ada", r.Person, "made by mistake", time.Now().Add(time.Hour))
		require.NoError(t, err)
		_, err = s.PersonByToken(t.Context(), late)
		require.ErrorIs(t, err, domain.ErrNotFound, "nobody who left signs in, whatever token they hold")
	},
	"roles given at the same moment do not bring somebody back": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		record(t, s, leaves(r, r.Person, false))
		require.NoError(t, s.SetRoles(t.Context(), r.Person, []domain.Role{domain.RoleAdmin}))
		p, err := s.Person(t.Context(), r.Person)
		require.NoError(t, err)
		require.Empty(t, p.Roles)
	},
	"somebody is found in every open run that may need them": func(t *testing.T, s *store.Store) {
		runs := map[string]domain.Run{}
		for _, who := range []string{"asked", "task", "heir", "frozen", "nothing", "ended"} {
			runs[who] = leaving(t, s, who)
		}
		p, e := leaver(t, s, "input")
		frozen, _, err := s.CreateRun(t.Context(), domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: e.ID, AllApps: true, StartedAt: noon},
			func(r domain.Run) (store.RunStart, error) {
				return store.RunStart{Input: []byte(`{"second":"eli"}`), Events: []domain.AuditEvent{event(r, domain.EventRunStarted, "started")}}, nil
			})
		require.NoError(t, err)
		plan := domain.Plan{Run: runs["heir"].ID, App: "apollo", Version: 1, Rules: []domain.PlanRule{{Kind: domain.Deals, Heir: "eli"}}}
		record(t, s, domain.Entry{Run: plan.Run, Plan: &plan})
		record(t, s, domain.Entry{Run: runs["asked"].ID, Approvals: []domain.Approval{asked(runs["asked"])}})
		theirs := task(runs["task"], domain.TaskOpen)
		theirs.Owner = "eli"
		record(t, s, domain.Entry{Run: runs["task"].ID, Tasks: []domain.Task{theirs}})
		plan.Run = runs["ended"].ID
		record(t, s, domain.Entry{Run: plan.Run, Plan: &plan, RunState: domain.RunClosed})
		open, err := s.OpenRuns(t.Context(), "eli")
		require.NoError(t, err)
		require.ElementsMatch(t, []string{frozen.ID, runs["heir"].ID, runs["asked"].ID, runs["task"].ID}, open)
		open, err = s.OpenRuns(t.Context(), p.ID)
		require.NoError(t, err)
		require.Empty(t, open, "their own run needs no telling")
	},
	"whoever left stays out of a request when an older decision is written late": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		late := asked(r, domain.Decision{Actor: "ada", Verdict: domain.Approve})
		moved := late.Leave("eli")
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{moved}})
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{late}, Events: []domain.AuditEvent{event(r, domain.EventDecision, "late")}})
		got, err := s.Approval(t.Context(), "a1")
		require.NoError(t, err)
		require.Equal(t, moved.Left, got.Left)
	},
	"a departure is routed once": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		allFine(t, together(4, func(int) error { return s.Record(t.Context(), leaves(r, r.Person, false)) }))
		open, err := s.Departures(t.Context())
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Equal(t, domain.Departure{Run: r.ID, Person: r.Person, At: noon.Truncate(time.Microsecond)}, open[0])
		require.NoError(t, s.DepartureRouted(t.Context(), open[0]))
		open, err = s.Departures(t.Context())
		require.NoError(t, err)
		require.Empty(t, open)
		require.NoError(t, s.Record(t.Context(), leaves(r, r.Person, false)))
		open, err = s.Departures(t.Context())
		require.NoError(t, err)
		require.Empty(t, open, "a repeat opens nothing again")
	},
	"rights come back when the run is undone, but not those that another run ended": func(t *testing.T, s *store.Store) {
		first := leaving(t, s, "dana")
		second := first
		second.ID = "offboarding:another:1"
		state := func() domain.PersonState {
			p, err := s.Person(t.Context(), first.Person)
			require.NoError(t, err)
			return p.State
		}
		record(t, s, leaves(first, first.Person, false))
		record(t, s, leaves(second, first.Person, false))
		record(t, s, leaves(first, first.Person, true))
		require.Equal(t, domain.PersonLeft, state(), "the other run stands")
		record(t, s, leaves(second, first.Person, true))
		require.Equal(t, domain.PersonActive, state())
		record(t, s, leaves(first, first.Person, false))
		require.Equal(t, domain.PersonActive, state(), "an old word that comes again ends nothing")
		require.NoError(t, s.SetPersonState(t.Context(), first.Person, domain.PersonOnLeave))
		third := first
		third.ID = "offboarding:third:1"
		record(t, s, leaves(third, first.Person, true))
		require.Equal(t, domain.PersonOnLeave, state(), "nothing comes back that was not taken")
	},
}

// sentLive is a message about an approval that was sent and can be edited.
func sentLive(t *testing.T, s *store.Store) domain.Run {
	t.Helper()
	r := leaving(t, s, "dana")
	entry := domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r)},
		Notices: []domain.Notice{{ID: "n", Run: r.ID, Kind: "approval-opened", About: "a1", To: []domain.PersonID{"eli"}, At: noon}}}
	record(t, s, entry)
	leased, err := s.LeaseNotices(t.Context(), 10, time.Hour)
	require.NoError(t, err)
	require.Len(t, leased, 1)
	require.NoError(t, s.NoticeSent(t.Context(), "n", "eli", "D1/1", true, leased[0].Wanted))
	return r
}

func asked(r domain.Run, decisions ...domain.Decision) domain.Approval {
	return domain.Approval{ID: "a1", Run: r.ID, App: "apollo", Digest: "v1:d", State: domain.ApprovalOpen, OpenedAt: noon, Decisions: decisions,
		Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Approvers: []domain.PersonID{"eli"}, Quorum: 3}}}}
}

var editTests = map[string]func(t *testing.T, s *store.Store){
	"a message is edited when what it is about changes": func(t *testing.T, s *store.Store) {
		r := sentLive(t, s)
		lease := func() []store.Delivery {
			leased, err := s.LeaseEdits(t.Context(), 10, time.Hour)
			require.NoError(t, err)
			return leased
		}
		require.Empty(t, lease(), "it shows what stands there")
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli", Verdict: domain.Approve})}})
		leased := lease()
		require.Len(t, leased, 1)
		require.Equal(t, "D1/1", leased[0].Ref)
		require.Empty(t, lease(), "somebody is at it")
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli"}, domain.Decision{Actor: "ada"})}})
		require.NoError(t, s.EditDone(t.Context(), "n", "eli", "D1/2", leased[0].Wanted, true))
		again := lease()
		require.Len(t, again, 1, "it changed while it was edited")
		require.Equal(t, "D1/2", again[0].Ref)
		require.NoError(t, s.EditDone(t.Context(), "n", "eli", "D1/2", again[0].Wanted, false))
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli"}, domain.Decision{Actor: "ada"}, domain.Decision{Actor: "bo"})}})
		require.Empty(t, lease(), "a message that is settled is left alone")
	},
	"an edit that failed waits and is tried again": func(t *testing.T, s *store.Store) {
		r := sentLive(t, s)
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli"})}})
		for _, c := range []struct {
			retry time.Duration
			then  int
		}{{time.Hour, 0}, {-time.Second, 1}} {
			require.NoError(t, s.EditFailed(t.Context(), "n", "eli", time.Now().Add(c.retry), "slack is down"))
			leased, err := s.LeaseEdits(t.Context(), 10, time.Hour)
			require.NoError(t, err)
			require.Len(t, leased, c.then)
		}
		allFine(t, together(1, func(int) error {
			return s.EditFailed(t.Context(), "n", "eli", time.Now().Add(time.Hour), "slack is down")
		}))
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli"}, domain.Decision{Actor: "ada"})}})
		leased, err := s.LeaseEdits(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, leased, 1, "news does not wait for the old failure")
	},
	"each edit is leased once": func(t *testing.T, s *store.Store) {
		r := sentLive(t, s)
		record(t, s, domain.Entry{Run: r.ID, Approvals: []domain.Approval{asked(r, domain.Decision{Actor: "eli"})}})
		var n atomic.Int64
		allFine(t, together(8, func(int) error {
			leased, err := s.LeaseEdits(t.Context(), 10, time.Hour)
			n.Add(int64(len(leased)))
			return err
		}))
		require.EqualValues(t, 1, n.Load())
	},
}
