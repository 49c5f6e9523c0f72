package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
	"handover/workflows"
)

// chat is a messenger in memory.
type chat struct {
	mu     sync.Mutex
	n      int
	posts  []post
	edits  []post
	broken func(to domain.Person, card desk.Card) error // before anything is posted
	lost   func(card desk.Card) bool                    // posted, but the answer is lost
	gone   map[string]bool                              // deleted messages
}

type post struct {
	to     string
	ref    string
	thread string
	card   desk.Card
}

func (c *chat) Post(_ context.Context, to domain.Person, card desk.Card, thread string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		if err := c.broken(to, card); err != nil {
			return "", err
		}
	}
	if c.gone[thread] {
		return "", domain.NewFault(domain.FaultNotFound, "chat.post", "", "the message is gone", nil)
	}
	c.n++
	ref := fmt.Sprintf("D/%d", c.n)
	c.posts = append(c.posts, post{strings.TrimSuffix(to.Email, "@example.com"), ref, thread, card})
	if c.lost != nil && c.lost(card) {
		return "", fmt.Errorf("post: %w", desk.ErrUnsure)
	}
	return ref, nil
}

func (c *chat) Edit(_ context.Context, ref string, card desk.Card) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone[ref] {
		return domain.NewFault(domain.FaultNotFound, "chat.edit", "", "the message is gone", nil)
	}
	c.edits = append(c.edits, post{ref: ref, card: card})
	return nil
}

func (c *chat) to(who string) []post {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.posts), func(p post) bool { return p.to != who })
}

// told writes a notice about a request or task, as a worker does.
func (w *world) told(id, kind, about, run string, to ...string) {
	w.t.Helper()
	n := domain.Notice{ID: id, Run: run, App: "apollo", Kind: kind, About: about, To: w.ids(to...), Text: "said: " + kind, At: w.now()}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run, Notices: []domain.Notice{n}}))
}

func (w *world) later(d time.Duration) { w.ticks.Add(d.Milliseconds()) }

// asked is a run with an open request to Eli that he was told of.
func asked(t *testing.T) (w *world, c *chat, round func(), run domain.Run, request, task string) {
	t.Helper()
	w, c = newWorld(t), &chat{gone: map[string]bool{}}
	run = w.start("hr", leaving("dana"))
	request, task = w.request(run, "eli", "ada")
	w.told("n1", "approval-opened", request, run.ID, "eli")
	step := w.Rounds(c)
	return w, c, func() { step(t.Context()) }, run, request, task
}

func (w *world) decided(request string, who string, verdict domain.Verdict) {
	w.t.Helper()
	a, err := w.st.Approval(w.t.Context(), request)
	require.NoError(w.t, err)
	a = a.Apply(domain.Decision{Actor: w.id(who), Verdict: verdict, Digest: a.Digest, Reason: "because", At: w.now(), Channel: "cli"})
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: a.Run, Approvals: []domain.Approval{a}}))
}

func TestARequestIsPostedOnceAndShowsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	w, c, round, _, request, _ := asked(t)
	round()
	round()
	require.Len(t, c.to("eli"), 1)
	card := c.to("eli")[0].card
	require.Equal(t, []desk.Verb{desk.VerbApprove, desk.VerbDeny, desk.VerbChoose, desk.VerbPlan}, card.Verbs)
	require.Equal(t, "v1:d", card.Digest)
	require.Contains(t, card.Why, "You are asked because")
	require.False(t, card.Settled)
	w.decided(request, "ada", domain.Deny)
	round()
	round()
	require.Len(t, c.edits, 1, "one edit for one change")
	shown := c.edits[0].card
	require.Empty(t, shown.Verbs)
	require.True(t, shown.Settled)
	require.Contains(t, shown.Outcome[0], "Denied by ada (ada@example.com)")
	require.Contains(t, shown.Outcome[0], "because")
	require.Contains(t, shown.Outcome[1], "The cut-off stands")
	require.Equal(t, card.Ref, shown.Ref)
}

func TestAReminderIsAReplyAndForSomebodyNewAWholeRequest(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, _ := asked(t)
	round()
	w.told("n2", "remind", request, run.ID, "eli")
	w.told("n3", "escalate", request, run.ID, "bo")
	round()
	first, reminder := c.to("eli")[0], c.to("eli")[1]
	require.Equal(t, first.ref, reminder.thread)
	require.Empty(t, reminder.card.Verbs)
	require.Equal(t, "said: remind", reminder.card.Lead)
	require.Len(t, c.to("bo"), 1)
	require.Empty(t, c.to("bo")[0].thread)
	require.Equal(t, desk.CardRequest, c.to("bo")[0].card.Kind)
}

func TestNothingIsLostWhileTheMessengerIsAway(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, task := asked(t)
	away := true
	c.broken = func(domain.Person, desk.Card) error {
		if away {
			return domain.NewFault(domain.FaultUnavailable, "chat.post", "", "it does not answer", nil)
		}
		return nil
	}
	w.told("n2", "task-opened", task, run.ID, "ada")
	w.told("n3", "remind", request, run.ID, "eli")
	for range 20 {
		round()
		w.later(3 * time.Minute)
	}
	require.Empty(t, c.posts)
	w.decided(request, "ada", domain.Approve)
	away = false
	for range 4 {
		w.later(6 * time.Minute)
		round()
	}
	require.Len(t, c.to("ada"), 1)
	require.Len(t, c.to("eli"), 1, "the request comes late and says how it ended; a reminder of it would be noise")
	require.True(t, c.to("eli")[0].card.Settled)
}

func TestALostAnswerRepeatsAMessageOnceUnderTheSameName(t *testing.T) {
	t.Parallel()
	w, c, round, _, _, _ := asked(t)
	c.lost = func(desk.Card) bool { return true }
	for range 10 {
		round()
		w.later(time.Minute)
	}
	require.Len(t, c.to("eli"), 2)
	require.Equal(t, c.to("eli")[0].card.Ref, c.to("eli")[1].card.Ref)
}

func TestAProcessThatDiesWhilePostingRepeatsTheMessageOnce(t *testing.T) {
	t.Parallel()
	w, c, round, _, _, _ := asked(t)
	for range 5 {
		stuck := make(chan struct{}, 1)
		w.Crash = func(string) {
			stuck <- struct{}{}
			<-t.Context().Done() // it never gets to its record
		}
		over := make(chan struct{})
		go func() { defer close(over); round() }()
		select {
		case <-stuck:
		case <-over: // there was nothing to say
		}
		w.later(2 * time.Minute) // the lease ends
	}
	require.Len(t, c.to("eli"), 2)
}

func TestWhoCannotBeReachedIsToldAboutToOthers(t *testing.T) {
	t.Parallel()
	w, c, round, _, _, _ := asked(t)
	c.broken = func(to domain.Person, _ desk.Card) error {
		if to.Name == "eli" {
			return domain.NewFault(domain.FaultNotFound, "chat.post", "", "nobody there", nil)
		}
		return nil
	}
	round()
	round()
	require.Empty(t, c.to("eli"))
	for _, admin := range []string{"ada", "amy"} {
		require.Len(t, c.to(admin), 1)
		require.Contains(t, c.to(admin)[0].card.Lead, "could not be reached")
	}
	w.later(time.Hour)
	round()
	require.Len(t, c.posts, 2)
}

func TestADeletedMessageIsPostedAnewWhileItAsksForSomething(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, _ := asked(t)
	round()
	c.gone["D/1"] = true
	w.told("n2", "remind", request, run.ID, "eli")
	round()
	require.Empty(t, c.to("eli")[1].thread, "a reply without its message stands for itself")
	a, err := w.st.Approval(t.Context(), request)
	require.NoError(t, err)
	a.LateAt = w.now().Add(time.Hour)
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Approvals: []domain.Approval{a}}))
	round()
	require.Equal(t, desk.CardRequest, c.to("eli")[2].card.Kind)
	w.decided(request, "eli", domain.Approve)
	round()
	require.Equal(t, "D/3", c.edits[len(c.edits)-1].ref, "the new one is kept up to date")
}

func TestTheRequesterAndTheSecondPersonHearOfIt(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, task := asked(t)
	a, err := w.st.Approval(t.Context(), request)
	require.NoError(t, err)
	a.Requester = w.id("hana")
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Approvals: []domain.Approval{a}}))
	row, err := w.st.Task(t.Context(), task)
	require.NoError(t, err)
	row.Attest, row.Second = true, w.id("gil")
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Tasks: []domain.Task{row}}))
	w.tmp.answer = func(o client.UpdateWorkflowOptions) (any, error) {
		if o.UpdateName == workflows.UpdateDecide {
			return workflows.ApprovalAnswer{Approval: a.Apply(domain.Decision{Actor: w.id("eli"), Verdict: domain.Approve, Digest: a.Digest, At: w.now()})}, nil
		}
		row.State, row.DoneBy = domain.TaskDone, w.id("ada")
		return workflows.Answer{Task: &row}, nil
	}
	_, err = w.Decide(t.Context(), w.as("eli"), request, "", domain.Approve, "")
	require.NoError(t, err)
	_, err = w.CompleteTask(t.Context(), w.as("ada"), task, "see ticket", false)
	require.NoError(t, err)
	round()
	require.Len(t, c.to("hana"), 1)
	require.Contains(t, c.to("hana")[0].card.Lead, "approved")
	require.Len(t, c.to("gil"), 1)
	require.Equal(t, desk.CardConfirm, c.to("gil")[0].card.Kind)
	require.Equal(t, []desk.Verb{desk.VerbConfirm}, c.to("gil")[0].card.Verbs)
}

func TestASubstituteSeesWhatWasAskedBefore(t *testing.T) {
	t.Parallel()
	w, c, round, _, request, _ := asked(t)
	round()
	require.NoError(t, w.st.AddAbsence(t.Context(), domain.Absence{ID: "a1", Person: w.id("eli"), Substitute: w.id("gil"), From: morning, Until: morning.AddDate(0, 0, 9)}, domain.AuditEvent{Key: "away", Kind: domain.EventAbsenceSet, Actor: w.id("eli"), At: morning}))
	for range 2 {
		require.NoError(t, w.Substitutes(t.Context()))
		round()
	}
	require.Len(t, c.to("gil"), 1)
	card := c.to("gil")[0].card
	require.Equal(t, request, card.About)
	require.Contains(t, card.Why, "You stand in for eli")
	require.Contains(t, card.Verbs, desk.VerbApprove)
}

func TestASubstituteWhoIsNotNamedSeesNothingConfidential(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t), &chat{}
	req := leaving("dana")
	req.Confidential, req.Readers = true, []string{"eli@example.com"}
	run := w.start("hr", req)
	w.request(run, "eli", "eli")
	require.NoError(t, w.st.AddAbsence(t.Context(), domain.Absence{ID: "a1", Person: w.id("eli"), Substitute: w.id("gil"), From: morning, Until: morning.AddDate(0, 0, 9)}, domain.AuditEvent{Key: "away", Kind: domain.EventAbsenceSet, Actor: w.id("eli"), At: morning}))
	require.NoError(t, w.Substitutes(t.Context()))
	w.Rounds(c)(t.Context())
	require.Empty(t, c.posts)
}

func (w *world) leaves(who string) domain.Run {
	w.t.Helper()
	run := w.start("hr", leaving(who))
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run.ID, Departure: &domain.Departure{Run: run.ID, Person: w.id(who), At: w.now()}}))
	return run
}

func TestSomebodyWhoLeftIsShownNothingAnyMore(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, _ := asked(t)
	round()
	w.told("n2", "needs-attention", "deactivate", run.ID, "eli")
	w.told("n3", "remind", request, run.ID, "eli")
	w.leaves("eli")
	w.decided(request, "ada", domain.Deny)
	round()
	round()
	require.Len(t, c.to("eli"), 1, "what came before they left")
	require.Len(t, c.to("ada"), 1, "what waited for them is told to others")
	require.Equal(t, desk.CardAttention, c.to("ada")[0].card.Kind)
	require.Len(t, c.edits, 1)
	shown := c.edits[0].card
	require.Equal(t, "No longer yours", shown.Title)
	require.Empty(t, slices.Concat(shown.Lines, shown.Outcome))
	require.Empty(t, shown.Verbs)
	require.Empty(t, shown.Facts)
}

func TestTheChannelHearsNothingConfidential(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t), &chat{}
	req := leaving("dana")
	req.Confidential, req.Readers = true, []string{"eli@example.com"}
	run := w.start("hr", req)
	request, _ := w.request(run, "eli", "eli")
	w.told("n1", "run-concluded", "", run.ID)
	w.told("n2", "approval-opened", request, run.ID)
	open := w.start("hr", leaving("bo"))
	w.told("n3", "run-concluded", "", open.ID)
	w.Rounds(c)(t.Context())
	require.Len(t, c.posts, 1)
	require.Equal(t, open.ID, c.posts[0].card.Run)
}

func TestASubstituteWhoMayNotDecideIsNotAsked(t *testing.T) {
	t.Parallel()
	w, c, round, run, request, _ := asked(t)
	a, err := w.st.Approval(t.Context(), request)
	require.NoError(t, err)
	a.Gains = []domain.PersonID{w.id("gil")}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: run.ID, Approvals: []domain.Approval{a}}))
	require.NoError(t, w.st.AddAbsence(t.Context(), domain.Absence{ID: "a1", Person: w.id("eli"), Substitute: w.id("gil"), From: morning, Until: morning.AddDate(0, 0, 9)}, domain.AuditEvent{Key: "away", Kind: domain.EventAbsenceSet, Actor: w.id("eli"), At: morning}))
	require.NoError(t, w.Substitutes(t.Context()))
	round()
	require.Empty(t, c.to("gil"))
}

func TestARunThatBeganWhileSomebodyLeftIsToldToo(t *testing.T) {
	t.Parallel()
	w, _, _, _, _, _ := asked(t)
	gone := w.leaves("amy")
	w.Departures(t.Context())
	late := w.start("hr", leaving("bo"))
	id := fmt.Sprintf("left:%s:%s:%s", gone.ID, w.id("amy"), late.ID)
	a := domain.Approval{ID: late.ID + ":a", Run: late.ID, App: "apollo", State: domain.ApprovalOpen, OpenedAt: w.now(),
		Policy: domain.ApprovalPolicy{Stages: []domain.ApprovalStage{{Approvers: w.ids("amy")}}}}
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: late.ID, Approvals: []domain.Approval{a}}))
	w.later(2 * time.Minute)
	w.Departures(t.Context())
	_, err := w.st.Command(t.Context(), id)
	require.NoError(t, err)
	waiting, err := w.st.Departures(t.Context())
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestSomebodyWhoLeftIsTakenOutOfOpenRunsOnce(t *testing.T) {
	t.Parallel()
	w, _, _, run, _, _ := asked(t)
	other := w.start("hr", leaving("bo"))
	gone := w.start("hr", leaving("amy"))
	end := domain.Entry{Run: gone.ID, Departure: &domain.Departure{Run: gone.ID, Person: w.id("amy"), At: w.now()}}
	_, secret, err := w.st.IssueToken(t.Context(), domain.SystemActor, w.id("amy"), "laptop", time.Time{})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, w.st.Record(t.Context(), end))
		w.Departures(t.Context())
	}
	amy, err := w.st.Person(t.Context(), w.id("amy"))
	require.NoError(t, err)
	require.Equal(t, domain.PersonLeft, amy.State)
	require.Empty(t, amy.Roles)
	_, err = w.st.PersonByToken(t.Context(), secret)
	require.ErrorIs(t, err, domain.ErrNotFound)
	for _, told := range []domain.Run{run, other} {
		c, err := w.st.Command(t.Context(), fmt.Sprintf("left:%s:%s:%s", gone.ID, amy.ID, told.ID))
		require.NoError(t, err)
		require.Equal(t, []any{store.CommandSignal, workflows.SignalLeft}, []any{c.Kind, c.Name})
	}
	_, err = w.st.Command(t.Context(), fmt.Sprintf("left:%s:%s:%s", gone.ID, amy.ID, gone.ID))
	require.ErrorIs(t, err, domain.ErrNotFound, "her own run needs no telling")
	require.NoError(t, w.st.Record(t.Context(), domain.Entry{Run: gone.ID, Departure: &domain.Departure{Run: gone.ID, Person: amy.ID, Back: true, At: w.now()}}))
	w.Departures(t.Context())
	amy, err = w.st.Person(t.Context(), amy.ID)
	require.NoError(t, err)
	require.Equal(t, domain.PersonActive, amy.State)
	require.True(t, amy.Has(domain.RoleAdmin), "the policy file still names her")
}
