package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	"handover/internal/evidence"
	sim "handover/internal/sim/apollo"
	"handover/internal/store"
	"handover/standalone/demo"
	"handover/standalone/sqlitestore"
)

// checkRun wants a leaving to have ended as it should, whatever happened to the
// process meanwhile: asked of the run, of the simulator, and of the audit log.
func (w *world) checkRun(r api.Run, before *demo.Picture) {
	w.t.Helper()
	w.checkRuns(before, r)
}

// checkRuns wants several leavings from one app to have ended as they should.
func (w *world) checkRuns(before *demo.Picture, runs ...api.Run) {
	w.t.Helper()
	for _, r := range runs {
		w.checkSteps(r)
		require.NoError(w.t, before.CheckLeaver(r.Person.Email))
		w.checkAudit(r)
		w.checkPack(r)
	}
	require.NoError(w.t, before.CheckOthers())
	require.Empty(w.t, before.Lost(), "emails that will never be sent")
	w.checkEffects(before, len(runs))
}

func (w *world) checkSteps(r api.Run) {
	w.t.Helper()
	require.Equal(w.t, string(domain.RunClosed), r.State, stepsOf(r))
	expect := demo.Usual()
	if r.Person.Email == aiko {
		expect[domain.StepEnrolments] = domain.StepVerified // nothing sends from her mailbox
	}
	for _, s := range r.Steps {
		if s.Step == string(domain.StepSignIn) {
			expect[domain.StepSignIn] = domain.StepVerified // only tests with a provider have it
		}
		want, named := expect[domain.StepKey(s.Step)]
		if !named {
			want = domain.StepAttested // secrets
		}
		require.Equal(w.t, string(want), s.State, "%s: %s", s.Step, s.Why)
		require.False(w.t, s.State == "verified" && s.RequestID == "", "%s is verified without a request that proves it", s.Step)
		delete(expect, domain.StepKey(s.Step))
	}
	require.Empty(w.t, expect, "steps that the run does not have")
}

// checkEffects counts what was written: each record that was the leaver's
// exactly once, the deactivation of each exactly once.
//
// There is no exception: a chunk that may have been sent is not sent again, a
// closing listing says which of its records are left, and the cut-off reads
// before it acts.
func (w *world) checkEffects(before *demo.Picture, leavers int) {
	w.t.Helper()
	writes, cuts := map[sim.Ref]int{}, 0
	for _, e := range w.app.Effects() {
		switch {
		case e.Via == sim.ViaAPI && (e.Field == "owner_id" || e.Field == "user_id"):
			writes[sim.Ref{Kind: e.Kind, ID: e.Target}]++
			require.True(w.t, before.Owned(e.Kind, e.Target), "%s %s was written, and was nobody's business", e.Kind, e.Target)
		case e.Kind == sim.KindUser && e.Field == "deleted":
			cuts++
		case e.Via == sim.ViaAPI:
			require.Failf(w.t, "a write that no step explains", "%s of %s %s: %s", e.Op, e.Kind, e.Target, e.Field)
		}
	}
	require.Equal(w.t, leavers, cuts, "deactivations")
	for ref, n := range writes {
		require.Equal(w.t, 1, n, "owner changes of %s %s", ref.Kind, ref.ID)
	}
	require.Len(w.t, writes, before.Moves(), "records that changed hands")
}

// checkAudit wants what happened once to stand in the log once.
func (w *world) checkAudit(r api.Run) {
	w.t.Helper()
	events, err := client.Get[[]api.Event](context.Background(), w.present(w.t, priya), "/audit", url.Values{"run": {r.ID}, "limit": {"5000"}})
	require.NoError(w.t, err)
	count := map[string]int{}
	for _, e := range events {
		if e.Kind == string(domain.EventSnapshotTaken) && e.Step == string(domain.StepSignIn) {
			e.Kind += " of the sign-in" // which is kept before it is taken
		}
		count[e.Kind]++
	}
	require.LessOrEqual(w.t, count[string(domain.EventSnapshotTaken)+" of the sign-in"], 1)
	for _, kind := range []domain.EventKind{domain.EventRunStarted, domain.EventMemberRemoved, domain.EventSnapshotTaken,
		domain.EventSeatBooked, domain.EventRunClosed} {
		require.Equal(w.t, 1, count[string(kind)], "%s in the audit log", kind)
	}
	require.Equal(w.t, 5, count[string(domain.EventRecordsMoved)], "one for each kind of record")
	approved, decided := 0, 0
	for _, a := range r.Approvals {
		decided += len(a.Decisions)
		if a.State == string(domain.ApprovalApproved) {
			approved++
		}
		require.NotEqual(w.t, string(domain.ApprovalOpen), a.State, "request %s is left open", a.ID)
	}
	require.Equal(w.t, 1, approved)
	require.NotZero(w.t, decided)
	require.Equal(w.t, decided, count[string(domain.EventDecision)], "each decision in the audit log once")
	for _, task := range r.Tasks {
		require.Contains(w.t, []string{string(domain.TaskSettled), string(domain.TaskClosed)}, task.State, "task %s is left open", task.ID)
	}
}

// checkPack verifies the evidence pack with the public key alone.
func (w *world) checkPack(r api.Run) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "pack")
	file, err := os.Create(path)
	require.NoError(w.t, err)
	require.NoError(w.t, w.present(w.t, priya).Download(context.Background(), "/evidence/"+r.ID, file))
	require.NoError(w.t, file.Close())
	signer, err := evidence.ParseSigningKey(w.home.secret("signing"))
	require.NoError(w.t, err)
	report, err := evidence.VerifyFile(path, signer.Public())
	require.NoError(w.t, err)
	require.Equal(w.t, r.ID, report.Run)
}

// stop ends the installation when it has nothing more to deliver: what is written
// last is on its way for a moment longer.
func (w *world) stop() {
	w.t.Helper()
	s := w.open()
	waiting, err := 1, error(nil)
	for until := time.Now().Add(patience); time.Now().Before(until) && (err != nil || waiting > 0); pause() {
		waiting, _, err = s.OutboxDepth(context.Background())
	}
	require.NoError(w.t, err)
	require.Zero(w.t, waiting, "commands in the outbox")
	require.NoError(w.t, s.Close())
	require.NoError(w.t, w.home.stop())
}

// kept is the store of an installation that has ended.
func (w *world) kept() *store.Store {
	w.t.Helper()
	s := w.open()
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

// open opens the store of an installation, which may be running.
func (w *world) open() *store.Store {
	w.t.Helper()
	open := func(ctx context.Context) (*store.Store, error) {
		return sqlitestore.Open(ctx, filepath.Join(w.home.data, "handover.db"))
	}
	if w.database != "" {
		open = func(ctx context.Context) (*store.Store, error) { return store.OpenPostgres(ctx, w.database) }
	}
	s, err := open(context.Background())
	require.NoError(w.t, err)
	return s
}

// checkKept looks at what is left in the store when the process has ended: whole
// chains, no command that was never delivered, nobody told twice.
func (w *world) checkKept(runs ...api.Run) {
	w.t.Helper()
	ctx, s := context.Background(), w.kept()
	n, err := s.VerifyGlobal(ctx)
	require.NoError(w.t, err)
	require.Zero(w.t, n, "the first entry of the global chain that is wrong")
	waiting, _, err := s.OutboxDepth(ctx)
	require.NoError(w.t, err)
	require.Zero(w.t, waiting, "commands in the outbox")
	for _, r := range runs {
		notices, err := s.ListNotices(ctx, store.NoticeFilter{Run: r.ID, Limit: 10000})
		require.NoError(w.t, err)
		told := map[string]int{}
		for _, d := range notices {
			// A step may meet one trouble after another: each is news, once.
			told[fmt.Sprintf("%s about %s to %s: %s", d.Notice.Kind, d.Notice.About, d.Person, d.Notice.Text)]++
		}
		for what, times := range told {
			require.Equal(w.t, 1, times, what)
		}
		require.NotEmpty(w.t, told)
	}
}
