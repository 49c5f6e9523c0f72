package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// reviewWorld is a desk with one open review of eight lines: Eli reviews those of
// dana, bo, gil and hana, and ada, who gives and takes access herself, those of aud,
// finn, sid and of a guest whom nobody knows; gil is her second.
type reviewWorld struct {
	*world
	id string
}

func newReviewWorld(t *testing.T) *reviewWorld {
	w := &reviewWorld{world: newWorld(t)}
	r, created, err := w.StartReview(t.Context(), w.as("ada"), desk.ReviewRequest{App: "apollo", Reason: "the quarter"})
	require.NoError(t, err)
	require.True(t, created)
	w.id = r.ID
	return w
}

var reviewees = []string{"dana", "bo", "gil", "hana", "aud", "finn", "sid", "guest"}

// open writes the lines and lets people decide, as the worker does.
func (w *reviewWorld) open() {
	w.t.Helper()
	var lines []domain.ReviewLine
	for i, name := range reviewees {
		l := domain.ReviewLine{Review: w.id, No: i + 1, Account: domain.AccountID("a-" + name), Email: name + "@example.com", Name: name, Role: "r-user", State: domain.LineOpen,
			Active: domain.Yes, Admin: domain.No, Seen: domain.Unknown, Reviewer: w.id_("eli"), Because: domain.BecauseManager}
		if name != "guest" {
			l.Person = w.id_(name)
		}
		if i >= 4 {
			l.Reviewer, l.Because, l.Second = w.id_("ada"), domain.BecauseOwner, w.id_("gil")
		}
		l.Privileged = name == "sid" || name == "hana"
		lines = append(lines, l)
	}
	ctx := w.t.Context()
	require.NoError(w.t, w.st.AddReviewLines(ctx, w.id, lines))
	_, err := w.st.MoveReview(ctx, w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding, OpenedAt: morning, DueAt: morning.Add(336 * time.Hour),
		Population: &domain.Population{Source: domain.SourceApp, Total: 8, Captured: 8, Lines: 8}}, domain.Entry{Run: w.id})
	require.NoError(w.t, err)
}

func (w *reviewWorld) id_(name string) domain.PersonID { return w.world.id(name) }

func (w *reviewWorld) line(name string) domain.ReviewLine {
	w.t.Helper()
	lines, err := w.st.ReviewLinesOf(w.t.Context(), w.id, []domain.AccountID{domain.AccountID("a-" + name)})
	require.NoError(w.t, err)
	require.Len(w.t, lines, 1)
	return lines[0]
}

// says is somebody's decision, through the API. A second person looks at what stands
// first, unless the choice says at what they looked.
func (w *reviewWorld) says(who string, c desk.ReviewChoice, about ...string) desk.ReviewAnswer {
	w.t.Helper()
	var choices []desk.ReviewChoice
	for _, name := range about {
		one := c
		if one.Line = w.line(name).No; one.Confirm && one.Seen == 0 {
			one.Seen = w.stands(name)
		}
		choices = append(choices, one)
	}
	answer, err := w.DecideReview(w.t.Context(), w.as(who), w.id, choices)
	require.NoError(w.t, err)
	return answer
}

// stands is the number of the decision that stands of a line; 0 where there is none.
func (w *reviewWorld) stands(name string) int {
	w.t.Helper()
	no := w.line(name).No
	newest, err := w.st.NewestDecisions(w.t.Context(), w.id, []int{no})
	require.NoError(w.t, err)
	return newest[no].N
}

func (w *reviewWorld) signalsTo(name string) int { return len(w.signals(w.id, name)) }

// past ends the time to decide.
func (w *reviewWorld) past() {
	w.t.Helper()
	_, err := w.st.MoveReview(w.t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewDeciding}, To: domain.ReviewCarryingOut}, domain.Entry{Run: w.id})
	require.NoError(w.t, err)
}

func keep() desk.ReviewChoice   { return desk.ReviewChoice{Verdict: domain.ReviewKeep, Seconds: 4} }
func remove() desk.ReviewChoice { return desk.ReviewChoice{Verdict: domain.ReviewRemove, Seconds: 4} }

func TestAReviewIsStartedOnceByThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	require.Equal(t, "access-review:apollo:2026-12-01", w.id)
	var in workflows.AccessReviewInput
	require.NoError(t, json.Unmarshal(w.tmp.started[w.id], &in))
	require.Equal(t, []any{w.id, domain.AppID("apollo"), "apps"}, []any{in.Run, in.App, in.Queue})
	require.NotContains(t, string(w.tmp.started[w.id]), "@")
	r, err := w.st.Review(t.Context(), w.id)
	require.NoError(t, err)
	require.Equal(t, []any{w.id_("ada"), w.id_("bo"), w.id_("gil")}, []any{r.Settings.Owner, r.Settings.Backup, r.Settings.Second})
	require.Contains(t, r.Settings.Provision, w.id_("amy"))
	for _, who := range []string{"eli", "hana", "finn", "aud"} {
		_, _, err := w.StartReview(t.Context(), w.as(who), desk.ReviewRequest{App: "apollo"})
		require.Equal(t, domain.RefusedRight, code(err), who)
		require.Len(t, w.refusals(who), 1)
	}
	again, created, err := w.StartReview(t.Context(), w.as("sec"), desk.ReviewRequest{App: "apollo"})
	require.NoError(t, err)
	require.False(t, created, "there is one open review of an app at a time")
	require.Equal(t, w.id, again.ID)
	_, _, err = w.StartReview(t.Context(), w.as("ada"), desk.ReviewRequest{App: "crm"})
	require.Equal(t, domain.RefusedUnknown, code(err))
}

func TestAListThatDoesNotAddUpStartsNothing(t *testing.T) {
	t.Parallel()
	row := func(no int, email string) domain.ReviewRow {
		return domain.ReviewRow{No: no, Account: domain.AccountID(email), Email: email, Active: domain.Yes}
	}
	for name, c := range map[string]struct {
		req  desk.ReviewRequest
		says string
	}{
		"one too few":   {desk.ReviewRequest{Rows: []domain.ReviewRow{row(2, "a@example.com")}, Count: 2}, "says 2 and the file has 1"},
		"twice":         {desk.ReviewRequest{Rows: []domain.ReviewRow{row(2, "a@example.com"), row(3, "a@example.com")}, Count: 2}, "lines 2 and 3"},
		"no email":      {desk.ReviewRequest{Rows: []domain.ReviewRow{row(2, "somebody")}, Count: 1}, "line 2"},
		"of tomorrow":   {desk.ReviewRequest{Rows: []domain.ReviewRow{row(2, "a@example.com")}, Count: 1, ReadAt: morning.Add(24 * time.Hour)}, "future"},
		"not a row yet": {desk.ReviewRequest{Rows: []domain.ReviewRow{{No: 2, Email: "a@example.com"}}, Count: 1}, "line 2"},
	} {
		w := newWorld(t)
		c.req.App = "apollo"
		_, _, err := w.StartReview(t.Context(), w.as("ada"), c.req)
		require.ErrorContains(t, err, c.says, name)
		require.Empty(t, w.tmp.started, name)
	}
}

func TestDecisionsAreHeldToTheRulesOneByOne(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	_, err := w.DecideReview(t.Context(), w.as("eli"), w.id, []desk.ReviewChoice{{Line: 1, Verdict: domain.ReviewKeep}})
	require.Equal(t, domain.RefusedState, code(err), "nothing is open yet")
	w.open()
	bulk := keep()
	bulk.Bulk = true
	answer := w.says("eli", bulk, "dana", "bo", "gil", "hana", "finn")
	require.Equal(t, 3, answer.Applied)
	require.Contains(t, answer.Refused[4], "in bulk")
	require.Contains(t, answer.Refused[6], "no such line lies with you", "and nothing is said about whose it is")
	require.Equal(t, 1, answer.Left)
	require.Len(t, w.refusals("eli"), 2, "before it was open, and one for all that was refused at once")
	history, err := w.st.ReviewDecisions(t.Context(), w.id, 1)
	require.NoError(t, err)
	require.Equal(t, []any{domain.ReviewKeep, w.id_("eli"), "cli", true, 4}, []any{history[0].Verdict, history[0].By, history[0].Channel, history[0].Bulk, history[0].Seconds})
	require.Equal(t, domain.LineDone, w.line("dana").State, "kept: nothing is to be done")
	require.Equal(t, 0, w.says("eli", remove(), "dana").Applied-1, "people change their minds")
	require.Equal(t, []any{domain.LineDecided, domain.ReviewRemove}, []any{w.line("dana").State, w.line("dana").Verdict})
	decided := w.events(store.AuditFilter{Kind: domain.EventReviewDecided})
	require.Len(t, decided, 2)
	require.Equal(t, []string{"1", "1", "0"}, []string{decided[0].Facts["lines"], decided[0].Facts["remove"], decided[0].Facts["bulk"]})
	require.NotEqual(t, decided[0].Digest, decided[1].Digest)
}

func TestTheSecondPairOfEyes(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("ada", keep(), "aud", "finn")
	require.Equal(t, domain.LineConfirm, w.line("aud").State)
	told := w.notices(t, "review-opened")
	require.Equal(t, w.ids("gil"), told[0].To, "the second person hears of it")
	yes, no := desk.ReviewChoice{Confirm: true}, desk.ReviewChoice{Confirm: true, Verdict: domain.ReviewRemove, Reason: "went to another team"}
	require.Contains(t, w.says("ada", yes, "aud").Refused[5], "somebody else")
	require.Equal(t, 1, w.says("gil", yes, "aud").Applied)
	require.Equal(t, []any{domain.LineDone, domain.ReviewKeep}, []any{w.line("aud").State, w.line("aud").Verdict})
	require.Equal(t, 1, w.says("gil", no, "finn").Applied)
	require.Equal(t, domain.LineOpen, w.line("finn").State, "it goes back to whoever decided")
}

func (w *reviewWorld) notices(t *testing.T, kind string) []domain.Notice {
	t.Helper()
	all, err := w.st.ListNotices(t.Context(), store.NoticeFilter{})
	require.NoError(t, err)
	var found []domain.Notice
	for _, d := range all {
		if d.Notice.Kind == kind {
			require.NotContains(t, d.Notice.Text, "@")
			found = append(found, d.Notice)
		}
	}
	return found
}

func TestASubstituteDecidesInTheReviewersName(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	require.Contains(t, w.says("hana", keep(), "dana").Refused[1], "no such line lies with you")
	require.NoError(t, w.st.AddAbsence(t.Context(), domain.Absence{ID: "away", Person: w.id_("eli"), Substitute: w.id_("hana"), From: morning.Add(-time.Hour), Until: morning.Add(time.Hour), SetBy: w.id_("eli")},
		domain.AuditEvent{Key: "away", Kind: domain.EventAbsenceSet, Actor: w.id_("eli"), At: morning}))
	require.Equal(t, 1, w.says("hana", keep(), "dana").Applied)
	history, err := w.st.ReviewDecisions(t.Context(), w.id, 1)
	require.NoError(t, err)
	require.Equal(t, []any{w.id_("hana"), w.id_("eli")}, []any{history[0].By, history[0].ActingFor})
	why := keep()
	why.Reason = "she is needed"
	require.Contains(t, w.says("hana", why, "hana").Refused[4], "their own access")
}

func TestLinesGoToSomebodyElseWithAReason(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	give := func(who string, to, reason string, lines ...int) string {
		return code(w.ReassignReview(t.Context(), w.as(who), w.id, lines, to+"@example.com", reason))
	}
	require.Equal(t, domain.RefusedReason, give("eli", "hana", "", 1))
	require.Equal(t, domain.RefusedUnknown, give("eli", "nobody", "they know", 1))
	require.Equal(t, domain.RefusedRight, give("eli", "hana", "they know", 1, 6), "not his line: none of them moves")
	require.Equal(t, w.id_("eli"), w.line("dana").Reviewer)
	require.Equal(t, domain.RefusedSelf, give("eli", "dana", "they know", 1))
	require.Empty(t, give("eli", "amy", "they know", 1))
	l := w.line("dana")
	require.Equal(t, []any{w.id_("amy"), domain.BecauseReassign, w.id_("gil")}, []any{l.Reviewer, l.Because, l.Second}, "amy gives and takes access: somebody confirms")
	require.Empty(t, give("sec", "hana", "ada is away", 6), "those who look after reviews move anybody's")
	require.Len(t, w.events(store.AuditFilter{Kind: domain.EventReviewAssigned}), 2)
}

func TestAReviewHearsOnceThatAllIsDecided(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	why := keep()
	why.Reason = "runs the team"
	w.says("eli", remove(), "dana")
	w.says("eli", why, "bo", "gil", "hana")
	require.NoError(t, w.Tender()(t.Context()))
	require.Zero(t, w.signalsTo(workflows.SignalDecided))
	w.says("ada", why, "aud", "finn", "sid", "guest")
	require.Zero(t, w.signalsTo(workflows.SignalDecided), "the second person has not spoken")
	w.says("gil", desk.ReviewChoice{Confirm: true}, "aud", "finn", "sid", "guest")
	require.Equal(t, 1, w.signalsTo(workflows.SignalDecided))
	require.NoError(t, w.Tender()(t.Context()))
	require.Equal(t, 1, w.signalsTo(workflows.SignalDecided))

	// Somebody else decides a line after all, and the process dies before it says so.
	require.NoError(t, w.ReassignReview(t.Context(), w.as("sec"), w.id, []int{1}, "hana@example.com", "she knows"))
	w.ticks.Add(time.Second.Milliseconds())
	w.Crash = func(point string) {
		if point == "decided-not-told" {
			panic("died")
		}
	}
	require.Panics(t, func() { w.says("hana", why, "dana") })
	w.Crash = nil
	require.Equal(t, 1, w.signalsTo(workflows.SignalDecided))
	require.NoError(t, w.Tender()(t.Context()))
	require.Equal(t, 2, w.signalsTo(workflows.SignalDecided), "that is news")
}

// shows lets the previews of the next runs name who they are about.
func (w *reviewWorld) shows() {
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		lines, err := w.st.ReviewLines(w.t.Context(), domain.ReviewFilter{Review: w.id, States: []domain.LineState{domain.LineCarrying}})
		lines = slices.DeleteFunc(lines, func(l domain.ReviewLine) bool { return l.Run != "" })
		if err != nil || len(lines) == 0 {
			return nil, fmt.Errorf("preview: %w", err)
		}
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Account: lines[0].Account, Email: lines[0].Email, Active: domain.Yes}}}, nil
	}
}

func (w *reviewWorld) runsOf() []store.ReviewRun {
	w.t.Helper()
	runs, err := w.st.RunsOfReview(w.t.Context(), w.id, nil)
	require.NoError(w.t, err)
	return runs
}

// proves records what a worker reads back.
func (w *reviewWorld) proves(run string, state domain.StepState) {
	w.t.Helper()
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{{Run: run, App: "apollo", Key: domain.StepDeactivate, State: state, Title: "Deactivate"}}}))
}

func TestTheFirstRemovalsGoAloneAndAreProven(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo", "gil", "hana")
	w.says("ada", remove(), "guest", "finn")
	w.says("gil", desk.ReviewChoice{Confirm: true}, "guest", "finn")
	require.NoError(t, w.Tender()(t.Context()))
	require.Empty(t, w.runsOf(), "nothing begins while people decide")
	w.past()
	w.shows()
	for range 4 {
		require.NoError(t, w.Tender()(t.Context()))
	}
	first := w.runsOf()
	require.Len(t, first, 3, "three go first, however often it is looked")
	require.Zero(t, w.signalsTo(workflows.SignalCarried))
	for _, r := range first {
		run, err := w.st.Run(t.Context(), r.Run)
		require.NoError(t, err)
		require.Equal(t, []any{domain.AuthorityPerson, w.id_("eli"), []domain.AppID{"apollo"}}, []any{run.Authority, run.Requester, run.Apps})
		require.True(t, w.input(r.Run).NeedsApproval, "somebody else than the reviewer says that access ends")
		require.Equal(t, r.Account, w.input(r.Run).Apps[0].Account, "the very account that was decided about, whoever else has its email")
	}
	w.proves(first[0].Run, domain.StepVerified)
	require.NoError(t, w.Tender()(t.Context()))
	require.Len(t, w.runsOf(), 6, "one is proven: the rest follows")
	for _, r := range w.runsOf() {
		w.proves(r.Run, domain.StepVerified)
	}
	for range 3 {
		require.NoError(t, w.Tender()(t.Context()))
	}
	require.Equal(t, 1, w.signalsTo(workflows.SignalCarried), "the review hears once")
}

func TestWhereTheFirstAllFailNothingMoreBegins(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo", "gil", "hana")
	w.past()
	w.shows()
	require.NoError(t, w.Tender()(t.Context()))
	for _, r := range w.runsOf() {
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: r.Run, RunState: domain.RunDenied}))
	}
	for range 3 {
		require.NoError(t, w.Tender()(t.Context()))
	}
	require.Len(t, w.runsOf(), 3)
	require.Equal(t, domain.LineDecided, w.line("hana").State)
	require.Equal(t, 1, w.signalsTo(workflows.SignalCarried), "the review says what failed")
}

func TestARunThatCannotBeginIsAFailedLine(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana")
	w.past()
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Fault: "forbidden", Text: "the API key lacks a grant"}}, nil
	}
	round := w.Tender()
	for range 3 {
		require.NoError(t, round(t.Context()))
		require.Equal(t, domain.LineCarrying, w.line("dana").State, "it may pass")
	}
	w.ticks.Add((11 * time.Minute).Milliseconds())
	for range 2 {
		require.NoError(t, round(t.Context()))
	}
	l := w.line("dana")
	require.Equal(t, domain.LineFailed, l.State)
	require.Contains(t, l.Why, "lacks a grant")
	require.Len(t, w.events(store.AuditFilter{Kind: domain.EventReviewFailed}), 1)
	require.Len(t, w.notices(t, "review-attention"), 2, "both administrators hear of it, once")
	require.Equal(t, 1, w.says("eli", remove(), "dana").Applied, "when the reason is gone it is decided again")
	w.shows()
	require.NoError(t, w.Tender()(t.Context()))
	require.Equal(t, domain.LineCarrying, w.line("dana").State)
}

func TestTheClockStartsAReviewOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	require.NoError(t, w.Tender()(ctx))
	require.Empty(t, w.tmp.started, "nobody asked")
	require.NoError(t, w.st.SetSetting(ctx, domain.ReviewAsked("apollo"), morning.Format(time.RFC3339Nano)))
	for range 3 {
		require.NoError(t, w.Tender()(ctx))
	}
	require.Len(t, w.tmp.started, 1)
	r, err := w.st.Review(ctx, "access-review:apollo:2026-Q4")
	require.NoError(t, err)
	require.Equal(t, domain.SystemActor, r.Requester)
}

func TestAReviewThatDidNotBeginIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	long := morning.AddDate(0, -4, 0).Format(time.RFC3339Nano)
	for _, name := range []string{domain.ReviewAsked("apollo"), domain.ReviewBegun("apollo")} {
		require.NoError(t, w.st.SetSetting(ctx, name, long))
	}
	for range 3 {
		require.NoError(t, w.Tender()(ctx))
	}
	all, err := w.st.ListNotices(ctx, store.NoticeFilter{})
	require.NoError(t, err)
	missed := map[string]int{}
	for _, d := range all {
		missed[d.Notice.ID]++
		require.True(t, strings.Contains(d.Notice.Text, "has not begun"))
	}
	require.Len(t, missed, 1)
}

func TestEndingAReviewNeedsARightAndAReason(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	require.Equal(t, domain.RefusedRight, code(w.EndReview(t.Context(), w.as("eli"), w.id, "enough")))
	require.Equal(t, domain.RefusedReason, code(w.EndReview(t.Context(), w.as("sec"), w.id, "")))
	require.Equal(t, "missing", code(w.EndReview(t.Context(), w.as("sec"), "access-review:apollo:never", "enough")))
	require.NoError(t, w.EndReview(t.Context(), w.as("sec"), w.id, "the app is going away"))
	require.Len(t, w.tmp.delivered(), 1)
	_, err := w.st.MoveReview(t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewDeciding}, To: domain.ReviewExceptions, ClosedAt: morning}, domain.Entry{Run: w.id})
	require.NoError(t, err)
	require.Equal(t, domain.RefusedSettled, code(w.EndReview(t.Context(), w.as("sec"), w.id, "enough")))
	_, err = w.DecideReview(t.Context(), w.as("eli"), w.id, []desk.ReviewChoice{{Line: 1, Verdict: domain.ReviewKeep}})
	require.Equal(t, domain.RefusedSettled, code(err))
	require.Equal(t, domain.RefusedSettled, code(w.ReassignReview(t.Context(), w.as("eli"), w.id, []int{1}, "hana@example.com", "late")))
}

// Whoever decided, in whomever's name, does not confirm; and what a second person says
// is about the decision that they saw.
func TestNobodyDecidesAndConfirms(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	ctx := t.Context()
	require.NoError(t, w.st.AddAbsence(ctx, domain.Absence{ID: "away", Person: w.id_("ada"), Substitute: w.id_("gil"), From: morning.Add(-time.Hour), Until: morning.Add(time.Hour), SetBy: w.id_("ada")},
		domain.AuditEvent{Key: "away", Kind: domain.EventAbsenceSet, Actor: w.id_("ada"), At: morning}))
	require.Equal(t, 1, w.says("gil", keep(), "aud").Applied, "in Ada's name")
	require.Contains(t, w.says("gil", desk.ReviewChoice{Confirm: true}, "aud").Refused[5], "somebody else")
	require.Equal(t, domain.LineConfirm, w.line("aud").State)

	w.says("ada", keep(), "finn")
	w.says("ada", remove(), "finn")
	require.Contains(t, w.says("gil", desk.ReviewChoice{Confirm: true, Seen: 1}, "finn").Refused[6], "changed meanwhile")
	require.Equal(t, 1, w.says("gil", desk.ReviewChoice{Confirm: true, Seen: 2}, "finn").Applied)

	w.says("ada", keep(), "sid") // refused: an admin without a reason
	why := keep()
	why.Reason = "on call"
	w.says("ada", why, "sid")
	require.NoError(t, w.ReassignReview(ctx, w.as("ada"), w.id, []int{7}, "bo@example.com", "he knows"))
	require.Equal(t, domain.LineOpen, w.line("sid").State, "whoever has the line now decides")
}

func TestWhatFailedIsNobodysForEver(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana")
	require.NoError(t, w.st.MarkLines(t.Context(), w.id, []domain.LineMark{{Line: 1, From: domain.LineDecided, To: domain.LineFailed, Why: "denied"}}, domain.Entry{Run: w.id}))
	require.NoError(t, w.ReassignReview(t.Context(), w.as("sec"), w.id, []int{1}, "hana@example.com", "eli has left"))
	require.Equal(t, 1, w.says("hana", remove(), "dana").Applied)
}

// From the moment at which a run is about to begin nobody decides otherwise, and
// whoever dies between the two begins it later.
func TestALineIsTakenBeforeItsRunBegins(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo")
	w.past()
	keeps := func() desk.ReviewAnswer {
		answer, err := w.DecideReview(t.Context(), w.as("eli"), w.id, []desk.ReviewChoice{{Line: 1, Verdict: domain.ReviewKeep}})
		require.NoError(t, err)
		return answer
	}
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		require.Contains(t, keeps().Refused[1], "carried out already")
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Account: "a-dana", Email: "dana@example.com", Active: domain.Yes}}}, nil
	}
	w.Crash = func(point string) {
		if point == "review-run-started-not-bound" {
			panic("died")
		}
	}
	require.Panics(t, func() { _ = w.Tender()(t.Context()) })
	require.Equal(t, []any{domain.LineCarrying, ""}, []any{w.line("dana").State, w.line("dana").Run})
	w.Crash = nil
	w.shows()
	begun, err := w.st.ListRuns(t.Context(), store.RunFilter{Kind: domain.RunOffboarding, Person: w.id_("dana"), Viewer: w.id_("ada")})
	require.NoError(t, err)
	require.Len(t, begun, 1)
	// It has come to its end before anybody looks again.
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: begun[0].ID, RunState: domain.RunClosed}))
	require.NoError(t, w.Tender()(t.Context()))
	require.Equal(t, begun[0].ID, w.line("dana").Run)
	runs, err := w.st.ListRuns(t.Context(), store.RunFilter{Kind: domain.RunOffboarding, Person: w.id_("dana"), Viewer: w.id_("ada")})
	require.NoError(t, err)
	require.Len(t, runs, 1)
}

// A leaving from the app that is arranged for later is not the removal that was
// decided.
func TestALeavingOfNextYearIsNoRemoval(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana")
	w.tmp.previews = func() ([]workflows.PreviewAnswer, error) {
		return []workflows.PreviewAnswer{{App: "apollo", Result: workflows.PreviewResult{Found: true, Complete: true, Account: "a-dana", Email: "dana@example.com", Active: domain.Yes}}}, nil
	}
	later := leaving("dana")
	later.Apps = []domain.AppID{"apollo"}
	w.start("ada", later)
	w.past()
	require.NoError(t, w.Tender()(t.Context()))
	require.Equal(t, domain.LineFailed, w.line("dana").State)
	require.Contains(t, w.line("dana").Why, "arranged for later")
}

// Only what was carried out proves that the rest may follow, and failures stop it
// also later.
func TestWhatWasKeptAfterAllProvesNothing(t *testing.T) {
	t.Parallel()
	w := newReviewWorld(t)
	w.open()
	w.says("eli", remove(), "dana", "bo", "gil")
	w.says("ada", remove(), "guest", "finn", "aud")
	w.says("gil", desk.ReviewChoice{Confirm: true}, "guest", "finn", "aud")
	w.past()
	w.shows()
	require.NoError(t, w.Tender()(t.Context()))
	for _, r := range w.runsOf() {
		require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: r.Run, RunState: domain.RunDenied}))
	}
	require.NoError(t, w.st.MarkLines(t.Context(), w.id, []domain.LineMark{{Line: 1, From: domain.LineCarrying, To: domain.LineFailed}}, domain.Entry{Run: w.id}))
	w.says("eli", keep(), "dana")
	for range 3 {
		require.NoError(t, w.Tender()(t.Context()))
	}
	require.Len(t, w.runsOf(), 4, "one in the place of the one that was kept")
	for _, r := range w.runsOf() {
		if r.State == domain.LineCarrying && !r.RunState.Ended() {
			require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: r.Run, RunState: domain.RunDenied}))
		}
	}
	for range 3 {
		require.NoError(t, w.Tender()(t.Context()))
	}
	require.Len(t, w.runsOf(), 4)
	require.NotEmpty(t, w.notices(t, "review-attention"), "people hear that nothing more begins")
}
