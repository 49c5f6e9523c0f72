package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/pgtest"
	"handover/internal/store"
)

var _ ReviewSource = (*store.Store)(nil)

// reviewWorld is a database with a review in it.
type reviewWorld struct {
	t   *testing.T
	s   *store.Store
	dsn string
	id  string
	mia domain.Person
}

func newReviewWorld(t *testing.T) *reviewWorld {
	t.Helper()
	w := &reviewWorld{t: t, dsn: pgtest.Database(t)}
	var err error
	w.s, err = store.OpenPostgres(t.Context(), w.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.s.Close()) })
	require.NoError(t, w.s.Migrate(t.Context()))
	require.NoError(t, w.s.NotePolicy(t.Context(), "h1", "version: 1\n"))
	w.mia, err = w.s.UpsertPerson(t.Context(), "mia@example.com", "=Mia")
	require.NoError(t, err)
	return w
}

// open makes a review with so many lines; the first is privileged.
func (w *reviewWorld) open(period string, lines int) {
	w.t.Helper()
	ctx := w.t.Context()
	w.id = "access-review:apollo:" + period
	_, _, err := w.s.CreateRun(ctx, domain.Run{ID: w.id, Kind: domain.RunReview, Requester: domain.SystemActor, Apps: []domain.AppID{"apollo"}}, func(r domain.Run) (store.RunStart, error) {
		return store.RunStart{Review: &domain.Review{App: "apollo", Period: period, Requester: domain.SystemActor, PolicyHash: "h1",
			Settings: domain.ReviewSettings{Owner: w.mia.ID, Silence: domain.SilenceKeep, Money: []string{"fay@example.com"}}}, Events: []domain.AuditEvent{w.event(domain.EventRunStarted)}}, nil
	})
	require.NoError(w.t, err)
	all := make([]domain.ReviewLine, 0, lines)
	for i := range lines {
		all = append(all, domain.ReviewLine{No: i + 1, Account: domain.AccountID(fmt.Sprintf("u%06d", i+1)), Email: fmt.Sprintf("n%d@example.com", i+1), Name: fmt.Sprintf("Name %d", i+1),
			Role: "member", RoleName: "Member", Active: domain.Yes, Privileged: i == 0, Reviewer: w.mia.ID, Because: domain.BecauseOwner})
	}
	require.NoError(w.t, w.s.AddReviewLines(ctx, w.id, all))
	w.move(domain.ReviewCollecting, domain.ReviewDeciding, domain.EventReviewOpened, &domain.Population{Source: domain.SourceApp, Query: "every page", Total: lines + 1, Captured: lines + 1, Left: 1, Lines: lines, People: 9})
}

func (w *reviewWorld) event(kind domain.EventKind) domain.AuditEvent {
	return domain.AuditEvent{Key: w.id + "/" + string(kind), Run: w.id, Kind: kind, Actor: domain.SystemActor, App: "apollo", At: noon}
}

func (w *reviewWorld) move(from, to domain.ReviewState, kind domain.EventKind, p *domain.Population) {
	w.t.Helper()
	e := domain.Entry{Run: w.id, Events: []domain.AuditEvent{w.event(kind)}}
	if to.Ended() {
		e.RunState = domain.RunClosed
	}
	_, err := w.s.MoveReview(w.t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{from}, To: to, Population: p}, e)
	require.NoError(w.t, err)
}

func (w *reviewWorld) decide(no int, verdict domain.ReviewVerdict, reason string, to domain.LineState) {
	w.t.Helper()
	n, err := w.s.Decide(w.t.Context(), w.id, []domain.ReviewDecision{{Line: no, Verdict: verdict, Reason: reason, By: w.mia.ID, At: noon, Channel: "page", Seconds: 4}},
		[]domain.LineMark{{Line: no, From: domain.LineOpen, To: to}}, domain.Entry{Run: w.id})
	require.NoError(w.t, err)
	require.Equal(w.t, 1, n)
}

// carry gives a line a run whose step stands so, says so as the desk does, and calls
// it done.
func (w *reviewWorld) carry(no int, state domain.StepState) {
	w.t.Helper()
	ctx := w.t.Context()
	run := fmt.Sprintf("offboarding:line-%d:1", no)
	_, _, err := w.s.CreateRun(ctx, domain.Run{ID: run, Kind: domain.RunOffboarding, Requester: w.mia.ID, Authority: domain.AuthorityPerson}, func(domain.Run) (store.RunStart, error) {
		return store.RunStart{}, nil
	})
	require.NoError(w.t, err)
	bound, err := w.s.BindReviewRun(ctx, w.id, no, run, domain.Entry{Run: w.id, Events: []domain.AuditEvent{w.about(no, run, domain.EventReviewCarried, domain.LineCarrying, "")}})
	require.NoError(w.t, err)
	require.True(w.t, bound)
	e := domain.Entry{Run: run, Steps: []domain.StepRecord{{Run: run, App: "apollo", Key: domain.StepDeactivate, State: state, Channel: domain.ChannelAPI, RequestID: "req-7"}}}
	if state == domain.StepVerified {
		e.Events = []domain.AuditEvent{removed(run, domain.ChannelAPI, "req-7", time.Minute)}
	}
	require.NoError(w.t, w.s.Record(ctx, e))
	require.NoError(w.t, w.s.MarkLines(ctx, w.id, []domain.LineMark{{Line: no, From: domain.LineCarrying, To: domain.LineDone, Why: "the app shows it"}}, domain.Entry{Run: w.id}))
}

// about is what is said of a line.
func (w *reviewWorld) about(no int, run string, kind domain.EventKind, to domain.LineState, request string) domain.AuditEvent {
	e := w.event(kind)
	e.Key, e.To, e.RequestID = fmt.Sprintf("%s/line-%d/%s-%s", w.id, no, to, request), string(to), request
	e.Facts = map[string]string{"line": fmt.Sprint(no), "run": run, "why": "as the app shows"}
	return e
}

// marks moves a line and says so.
func (w *reviewWorld) marks(no int, run string, from, to domain.LineState, request string) {
	w.t.Helper()
	kind := domain.EventReviewCarried
	if to == domain.LineFailed {
		kind = domain.EventReviewFailed
	}
	require.NoError(w.t, w.s.MarkLines(w.t.Context(), w.id, []domain.LineMark{{Line: no, From: from, To: to, Why: "as the app shows"}},
		domain.Entry{Run: w.id, Events: []domain.AuditEvent{w.about(no, run, kind, to, request)}}))
}

// failing is a review of two lines, of which one is to be removed and failed before a
// run of it could begin.
func (w *reviewWorld) failing() {
	w.t.Helper()
	w.open("2026-Q4", 2)
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.decide(2, domain.ReviewRemove, "", domain.LineDecided)
	w.marks(2, "", domain.LineDecided, domain.LineFailed, "")
	w.silence("")
}

func (w *reviewWorld) silence(to domain.ReviewState) {
	w.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = w.s.SettleSilence(w.t.Context(), w.id, true, noon, 500)
		require.NoError(w.t, err)
	}
	w.move(domain.ReviewDeciding, domain.ReviewCarryingOut, domain.EventReviewSilence, nil)
	if to != "" {
		w.move(domain.ReviewCarryingOut, to, domain.EventReviewClosed, nil)
	}
}

// complete is a review of five lines: an owner kept for a reason, one reassigned, one
// removed, two kept by silence.
func (w *reviewWorld) complete() {
	w.t.Helper()
	w.open("2026-Q3", 4)
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.silence(domain.ReviewComplete)
	w.open("2026-Q4", 5)
	require.NoError(w.t, w.s.Reassign(w.t.Context(), w.id, []domain.ReviewAssignment{{Line: 2, To: "kim", By: w.mia.ID, Reason: "not in my team", At: noon}}, nil, domain.Entry{Run: w.id}))
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.decide(3, domain.ReviewRemove, "left the project", domain.LineDecided)
	w.carry(3, domain.StepVerified)
	w.silence(domain.ReviewComplete)
}

func (w *reviewWorld) build(key Signer) []byte {
	w.t.Helper()
	var b bytes.Buffer
	require.NoError(w.t, Build(w.t.Context(), &b, w.s, w.id, key))
	return b.Bytes()
}

// past does what a superuser can: triggers off.
func (w *reviewWorld) past(statement string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, conn.Close(context.WithoutCancel(w.t.Context()))) }()
	for _, s := range []string{"SET session_replication_role = replica", statement} {
		tag, err := conn.Exec(w.t.Context(), s)
		require.NoError(w.t, err)
		require.True(w.t, strings.HasPrefix(s, "SET") || tag.RowsAffected() > 0, "%s changed nothing", s)
	}
}

func TestReviewPackVerifies(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.complete()
	pack := w.build(key)
	report, err := verify(pack, key)
	require.NoError(t, err)
	require.Equal(t, &ReviewReport{App: "apollo", Period: "2026-Q4", State: domain.ReviewComplete, Digest: report.Review.Digest, Lines: 5, Decisions: 5, Privileged: 1, Silent: 3,
		ByState: map[domain.LineState]int{domain.LineDone: 5}, ByVerdict: map[domain.ReviewVerdict]int{domain.ReviewKeep: 4, domain.ReviewRemove: 1}}, report.Review)
	require.Regexp(t, `^v1:[0-9a-f]{64}$`, report.Review.Digest)
	require.Equal(t, pack, w.build(key), "the same contents are the same bytes")
	all := parts(t, pack)
	html := string(all["review/review.html"])
	for _, want := range []string{"the app says 6, 6 rows were captured", "this adds up", "runs the app", "req-7", "Compared with 2026-Q3", "1 new, 0 gone", "=Mia &lt;mia@example.com&gt;"} {
		require.Contains(t, html, want)
	}
	require.NotContains(t, html, "<script")
	require.Contains(t, html, "and not who wrote it", "a change of the policy is nobody's act here")
	require.Contains(t, string(all["review/population.csv"]), "n5@example.com,Name 5")
	require.Contains(t, string(all["review/population.csv"]), ",'=Mia", "a name is no formula")
	require.Contains(t, string(all["review/removals.csv"]), "3,u000003,remove,done,offboarding:line-3:1")
	require.Contains(t, string(all["review/reassigned.csv"]), "not in my team")
	require.Equal(t, 1+3, strings.Count(string(all["review/exceptions.csv"]), "\n"))
	require.Equal(t, "version: 1\n", string(all[policyName]))
	require.NotContains(t, string(all[reviewName]), "fay@example.com")
	require.NotContains(t, string(all[linesName]), "@example.com", "names stand where they can be left out")
}

func TestAChangeMadePastTheSealIsFound(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.complete()
	for statement, back := range map[string]string{
		"UPDATE review_decisions SET verdict = 'keep' WHERE review = '%s' AND line = 3":                      "UPDATE review_decisions SET verdict = 'remove' WHERE review = '%s' AND line = 3",
		"UPDATE review_decisions SET by_person = 'eve' WHERE review = '%s' AND line = 1":                     "UPDATE review_decisions SET by_person = '" + string(w.mia.ID) + "' WHERE review = '%s' AND line = 1",
		"UPDATE review_lines SET role = 'viewer' WHERE review = '%s' AND no = 1":                             "UPDATE review_lines SET role = 'member' WHERE review = '%s' AND no = 1",
		"UPDATE review_assignments SET by_person = 'eve' WHERE review = '%s'":                                "UPDATE review_assignments SET by_person = '" + string(w.mia.ID) + "' WHERE review = '%s'",
		"UPDATE review_texts SET body = 'x' WHERE review = '%s' AND line = 1":                                "UPDATE review_texts SET body = 'runs the app' WHERE review = '%s' AND line = 1",
		"UPDATE review_names SET email = 'x@example.com' WHERE review = '%s' AND line = 1":                   "UPDATE review_names SET email = 'n1@example.com' WHERE review = '%s' AND line = 1",
		"UPDATE reviews SET population = REPLACE(population, '\"total\":6', '\"total\":-1') WHERE id = '%s'": "UPDATE reviews SET population = REPLACE(population, '\"total\":-1', '\"total\":6') WHERE id = '%s'",
		"UPDATE reviews SET period = '2026-Q5' WHERE id = '%s'":                                              "UPDATE reviews SET period = '2026-Q4' WHERE id = '%s'",
	} {
		w.past(fmt.Sprintf(statement, w.id))
		_, err := verify(w.build(key), key)
		require.ErrorContains(t, err, "verify pack", statement)
		w.past(fmt.Sprintf(back, w.id))
		_, err = verify(w.build(key), key)
		require.NoError(t, err, statement)
	}
}

// A review's removals are proven by what their runs said, not by how their rows stand.
func TestARemovalOfAReviewThatItsRunNeverSaidIsFound(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.open("2026-Q4", 2)
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.decide(2, domain.ReviewRemove, "", domain.LineDecided)
	w.carry(2, domain.StepRunning)
	w.past("UPDATE steps SET state = 'verified' WHERE run = 'offboarding:line-2:1'")
	w.silence(domain.ReviewComplete)
	_, err := verify(w.build(key), key)
	require.ErrorContains(t, err, "step deactivate of offboarding:line-2:1 in apollo is called verified, and the audit chain does not say so")
}

// Nobody counts the seconds of a decision that was made on no page.
func TestSecondsThatNobodyCountedAreADash(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.open("2026-Q4", 2)
	n, err := w.s.Decide(t.Context(), w.id, []domain.ReviewDecision{{Line: 1, Verdict: domain.ReviewKeep, Reason: "runs the app", By: w.mia.ID, At: noon, Channel: "cli", Seconds: -1}},
		[]domain.LineMark{{Line: 1, From: domain.LineOpen, To: domain.LineDone}}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	html := string(parts(t, w.build(key))["review/review.html"])
	require.NotContains(t, html, "<td>-1<td>")
	require.Contains(t, html, "<td>–<td>runs the app")
}

// Whoever changes a row can also write the digest beside it anew; the one in the
// audit chain stays.
func TestADigestThatWasWrittenAnewIsFound(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.complete()
	w.past("UPDATE review_decisions SET seconds = 40 WHERE review = '" + w.id + "' AND line = 1")
	digest, err := w.s.ReviewDigest(t.Context(), w.id)
	require.NoError(t, err)
	w.past("UPDATE reviews SET digest = '" + digest + "' WHERE id = '" + w.id + "'")
	_, err = verify(w.build(key), key)
	require.ErrorContains(t, err, "changed after the review ended")
}

func TestAReviewThatWasForgedIsFound(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.complete()
	pack := w.build(key)
	change := func(name, old, next string) func(map[string][]byte) {
		return func(all map[string][]byte) {
			changed := strings.Replace(string(all[name]), old, next, 1)
			require.NotEqual(t, string(all[name]), changed, "%s does not hold %s", name, old)
			all[name] = []byte(changed)
		}
	}
	for what, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a line":             {change(linesName, `"role":"member"`, `"role":"owner"`), "not those that the reviewers got"},
		"a decision":         {change(decisionsName, `"verdict":"remove"`, `"verdict":"keep"`), "changed after the review ended"},
		"the seconds":        {change(decisionsName, `"seconds":4`, `"seconds":40`), "changed after the review ended"},
		"an assignment":      {change(assignmentsName, `"to":"kim"`, `"to":"lou"`), "changed after the review ended"},
		"a missing line":     {func(all map[string][]byte) { all[linesName] = all[linesName][bytes.IndexByte(all[linesName], '\n')+1:] }, "line 1 of the review is missing"},
		"a reason":           {change(saidName, "runs the app", "is a friend"), "not what was said then"},
		"a name":             {change(namesName, "Name 1", "Name X"), "not the one that was committed to"},
		"the digest":         {change(reviewName, `"digest": "v1:`, `"digest": "v1:0`), "changed after the review ended"},
		"a proof":            {change(carriedName, `"state": "verified"`, `"state": "skipped"`), "no run proves it"},
		"another's run":      {change(carriedName, `"run": "offboarding:line-3:1"`, `"run": "offboarding:other:1"`), "audit chain of offboarding:other:1 was changed"},
		"a request":          {change(carriedName, `"request_id": "req-7"`, `"request_id": "req-8"`), "another channel or request"},
		"what was said":      {change(carriedName, `"how": "deactivated"`, `"how": "already"`), "audit chain of offboarding:line-3:1 was changed"},
		"its place":          {change(carriedName, `"of": "`, `"of": "0`), "does not stand in the global chain"},
		"a part that is out": {func(all map[string][]byte) { delete(all, decisionsName) }, "is missing"},
	} {
		_, err := verify(forge(t, pack, key, c.change), key)
		require.ErrorContains(t, err, c.want, what)
	}
}

func TestAPackSaysWhatDoesNotHoldOfAReview(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		make func(w *reviewWorld)
		want string
	}{
		"a privileged account kept without a reason": {func(w *reviewWorld) {
			w.open("2026-Q4", 2)
			w.decide(1, domain.ReviewKeep, "", domain.LineDone)
			w.silence(domain.ReviewComplete)
		}, "kept without a reason"},
		"a removal of which only the beginning of its run is known": {func(w *reviewWorld) {
			w.open("2026-Q4", 2)
			w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
			w.decide(2, domain.ReviewRemove, "", domain.LineDecided)
			w.carry(2, domain.StepRunning)
			w.silence(domain.ReviewComplete)
		}, "no run proves it"},
		"a removal without a run that nobody read back from the app": {func(w *reviewWorld) {
			w.failing()
			w.marks(2, "", domain.LineFailed, domain.LineDone, "")
			w.move(domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed, nil)
		}, "no run proves it"},
		"a removal that was read back and failed since": {func(w *reviewWorld) {
			w.failing()
			w.marks(2, "", domain.LineFailed, domain.LineDone, "req-8")
			w.marks(2, "", domain.LineDone, domain.LineFailed, "req-9")
			require.NoError(w.t, w.s.MarkLines(w.t.Context(), w.id, []domain.LineMark{{Line: 2, From: domain.LineFailed, To: domain.LineDone}}, domain.Entry{Run: w.id}))
			w.move(domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed, nil)
		}, "no run proves it"},
		"what was read back of another run": {func(w *reviewWorld) {
			w.failing()
			w.marks(2, "offboarding:other:1", domain.LineFailed, domain.LineDone, "req-8")
			w.move(domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed, nil)
		}, "no run proves it"},
		"a removal that nothing proves": {func(w *reviewWorld) {
			w.open("2026-Q4", 2)
			w.decide(2, domain.ReviewRemove, "", domain.LineDecided)
			w.carry(2, domain.StepDoneUnverified)
			w.silence(domain.ReviewExceptions)
		}, "no run proves it"},
	} {
		w, key := newReviewWorld(t), signer(t)
		c.make(w)
		_, err := verify(w.build(key), key)
		require.ErrorContains(t, err, c.want, what)
	}
}

// No store calls a review complete that is not; whoever writes past it, and past its
// digests, is found.
func TestAReviewThatIsCalledCompleteAndIsNotIsFound(t *testing.T) {
	t.Parallel()
	v := &reviewVerifier{verifier: &verifier{}, of: domain.Review{State: domain.ReviewComplete}, lines: []lineCheck{{state: domain.LineDone}, {state: domain.LineException}}, report: &ReviewReport{}}
	require.ErrorContains(t, v.settled(), "is called complete and line 2 is exception")
}

// A line that failed before a run of it could begin, and that the app later shows done,
// was carried out by somebody else: the pack holds, and says so.
func TestWhatTheAppShowedWithoutARunIsProven(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.failing()
	w.marks(2, "", domain.LineFailed, domain.LineDone, "req-8")
	w.move(domain.ReviewCarryingOut, domain.ReviewComplete, domain.EventReviewClosed, nil)
	pack := w.build(key)
	_, err := verify(pack, key)
	require.NoError(t, err)
	all := parts(t, pack)
	for _, name := range []string{"review/removals.csv", "review/review.html"} {
		require.Contains(t, string(all[name]), "the app showed it; no run of ours", name)
		require.Contains(t, string(all[name]), "req-8", name)
	}
}

// What the app shows stands beside a run that has not ended yet.
func TestWhatTheAppShowedOfARunIsProven(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.open("2026-Q4", 2)
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.decide(2, domain.ReviewRemove, "", domain.LineDecided)
	w.carry(2, domain.StepRunning)
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: w.id, Events: []domain.AuditEvent{w.about(2, "offboarding:line-2:1", domain.EventReviewCarried, domain.LineDone, "req-8")}}))
	w.silence(domain.ReviewComplete)
	pack := w.build(key)
	_, err := verify(pack, key)
	require.NoError(t, err)
	require.Contains(t, string(parts(t, pack)["review/removals.csv"]), "as the app shows,req-8")
}

func TestAReviewThatGoesOnHasAPack(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.open("2026-Q4", 3)
	w.silence("")
	report, err := verify(w.build(key), key)
	require.NoError(t, err)
	require.Equal(t, domain.ReviewCarryingOut, report.Review.State)
	require.Equal(t, 1, report.Review.ByState[domain.LineException])
	w.move(domain.ReviewCarryingOut, domain.ReviewExceptions, domain.EventReviewClosed, nil)
	pack := w.build(key)
	_, err = verify(pack, key)
	require.NoError(t, err)
	require.Contains(t, string(parts(t, pack)["review/exceptions.csv"]), "not decided")
}

func TestAnErasedPersonLeavesAReviewWhole(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	p, err := w.s.UpsertPerson(t.Context(), "n3@example.com", "Name 3")
	require.NoError(t, err)
	w.complete()
	require.NoError(t, w.s.ErasePerson(t.Context(), p.ID))
	pack := w.build(key)
	_, err = verify(pack, key)
	require.NoError(t, err)
	require.NotContains(t, string(pack), "n3@example.com")
	require.NotContains(t, string(pack), "left the project")
}

// TestALargeReviewIsExportedInTime holds the memory of a page, not of the review.
func TestALargeReviewIsExportedInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("a large review takes a while")
	}
	t.Parallel()
	const lines = 3000
	w, key := newReviewWorld(t), signer(t)
	w.open("2026-Q4", lines)
	w.decide(1, domain.ReviewKeep, "runs the app", domain.LineDone)
	w.silence(domain.ReviewComplete)
	began := time.Now()
	pack := w.build(key)
	report, err := verify(pack, key)
	require.NoError(t, err)
	require.Equal(t, lines, report.Review.Lines)
	t.Logf("%d lines, %d bytes, %s", lines, len(pack), time.Since(began))
	var first domain.ReviewLine
	require.NoError(t, json.NewDecoder(bytes.NewReader(parts(t, pack)[linesName])).Decode(&first))
	require.Equal(t, 1, first.No)
}
