package slackapp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
	"handover/internal/store"
	"handover/workflows"
)

// task keeps an open task of Dana's leaving.
func (w *world) task(owner string, attest bool) domain.Task {
	w.t.Helper()
	if w.run.ID == "" {
		w.request()
	}
	x := domain.Task{ID: w.run.ID + ":apollo:t2", Run: w.run.ID, App: "apollo", Steps: []domain.StepKey{"lists"}, Title: "Move the lists", Instructions: []string{"Open Lists."}, Owner: w.person(owner).ID,
		Subject: w.run.Person, Attest: attest, State: domain.TaskOpen, OpenedAt: time.Now(), DueAt: time.Now().Add(time.Hour)}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: w.run.ID, Tasks: []domain.Task{x}}))
	return x
}

func taskCard(x domain.Task, verbs ...desk.Verb) desk.Card {
	return desk.Card{Ref: "R-2", Kind: desk.CardTask, About: x.ID, Run: x.Run, App: x.App, Step: "lists", Title: x.Title, Proof: x.Attest, Verbs: verbs}
}

// only waits for the one update that was sent, and reads what it carried.
func only[T any](w *world) (T, string) {
	w.t.Helper()
	w.eventually(func() bool { return len(w.tmp.got()) == 1 }, "no command arrived")
	var in T
	o := w.tmp.got()[0]
	require.NoError(w.t, json.Unmarshal(o.Args[0].(json.RawMessage), &in))
	return in, o.UpdateName
}

func (w *world) submit(name string, values map[string]string) slacksim.Reply {
	w.t.Helper()
	reply, err := w.sim.Submit(w.t.Context(), w.users[name], w.view(name).ID, values)
	require.NoError(w.t, err)
	require.Equal(w.t, 200, reply.Status)
	return reply
}

func answers(text string) func(client.UpdateWorkflowOptions) (any, error) {
	return func(client.UpdateWorkflowOptions) (any, error) { return workflows.Answer{Text: text}, nil }
}

func TestTasksAreAnsweredInSlack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attest bool
		verb   desk.Verb
		fill   map[string]string
		wants  workflows.TaskRequest
		update string
	}{
		"done":              {false, desk.VerbDone, nil, workflows.TaskRequest{}, workflows.UpdateTask},
		"done with a proof": {true, desk.VerbDone, map[string]string{inProof: "https://example.com/proof"}, workflows.TaskRequest{Proof: "https://example.com/proof"}, workflows.UpdateTask},
		"cannot":            {false, desk.VerbCannot, map[string]string{inReason: "no rights"}, workflows.TaskRequest{Proof: "no rights", Cannot: true}, workflows.UpdateTask},
		"confirm":           {true, desk.VerbConfirm, nil, workflows.TaskRequest{}, workflows.UpdateConfirm},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tmp.answer = answers("It is read back now.")
			x := w.task("bo", c.attest)
			w.click("bo", w.post("bo", taskCard(x, c.verb)), c.verb)
			if c.fill != nil {
				for field := range c.fill {
					require.Contains(t, string(w.submit("bo", map[string]string{field: " "}).Body), field, "what is missing is said in the form")
				}
				w.submit("bo", c.fill)
			}
			in, update := only[workflows.TaskRequest](w)
			require.Equal(t, c.update, update)
			require.Equal(t, [3]any{c.wants.Proof, c.wants.Cannot, w.person("bo").ID}, [3]any{in.Proof, in.Cannot, in.Person})
			w.hears("bo", "It is read back now.")
		})
	}
}

func TestStepsThatNeedAttentionAreSteeredInSlack(t *testing.T) {
	t.Parallel()
	for verb, c := range map[desk.Verb]struct {
		fill   map[string]string
		update string
	}{
		desk.VerbRetry:    {nil, workflows.UpdateRetry},
		desk.VerbSkip:     {map[string]string{inReason: "the list is gone"}, workflows.UpdateSkip},
		desk.VerbHandOver: {map[string]string{inTo: "bo"}, workflows.UpdateHandOver},
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tmp.answer = answers("")
			w.request()
			card := desk.Card{Kind: desk.CardAttention, About: store.AboutStep(w.run.ID, "apollo", "lists"), Run: w.run.ID, App: "apollo", Step: "lists", Title: "A step needs you", Verbs: []desk.Verb{verb}}
			w.click("ada", w.post("ada", card), verb)
			if user, ok := c.fill[inTo]; ok {
				c.fill = map[string]string{inTo: w.users[user]}
			}
			if c.fill != nil {
				w.submit("ada", c.fill)
			}
			in, update := only[workflows.StepRequest](w)
			require.Equal(t, c.update, update)
			require.Equal(t, [3]any{domain.AppID("apollo"), domain.StepKey("lists"), w.person("ada").ID}, [3]any{in.App, in.Step, in.Person})
			require.Equal(t, c.fill[inReason], in.Reason)
			if verb == desk.VerbHandOver {
				require.Equal(t, w.person("bo").ID, in.To)
			}
		})
	}
}

func plannedRequest(w *world) domain.Approval {
	w.t.Helper()
	a := w.request()
	plan := domain.Plan{Run: a.Run, App: a.App, Version: 1, Rules: []domain.PlanRule{{Kind: domain.Contacts, Scope: domain.ScopeAll, Count: 40, Ceiling: 50, Heir: w.person("eli").ID}, {Kind: domain.Deals, Scope: domain.ScopeOpen, Count: 2}},
		Steps: []domain.PlannedStep{{Key: "deactivate", Channel: domain.ChannelAPI, Why: "the plan <allows> it"}}}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: a.Run, Plan: &plan}))
	a.Digest = plan.Digest()
	w.keep(a)
	return a
}

func TestASuccessorIsChosenForEverythingOrEachKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := plannedRequest(w)
	w.click("eli", w.post("eli", cardOf(a, desk.VerbChoose)), desk.VerbChoose)
	v := w.view("eli")
	require.Contains(t, v.Shown, "contacts")
	require.Contains(t, v.Shown, "deals")
	require.Contains(t, string(w.submit("eli", nil).Body), "Choose at least one person")
	w.submit("eli", map[string]string{inHeir: w.users["bo"], inHeir + "deals": w.users["gil"], inEmails: "hold"})
	in, update := only[workflows.ChooseHeirRequest](w)
	require.Equal(t, workflows.UpdateChooseHeir, update)
	require.Equal(t, map[domain.RecordKind]domain.PersonID{"": w.person("bo").ID, domain.Deals: w.person("gil").ID}, in.Heirs)
	require.Equal(t, domain.EmailsHold, in.Emails)
	w.hears("eli", "new plan is on its way")
}

func TestWhoIsNobodyForSureIsNotChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := plannedRequest(w)
	guest := w.sim.AddUser(slacksim.User{Name: "guest", Email: "guest@example.com", IsRestricted: slacksim.Yes})
	w.click("eli", w.post("eli", cardOf(a, desk.VerbChoose)), desk.VerbChoose)
	w.submit("eli", map[string]string{inHeir: guest})
	w.hears("eli", "cannot be told for sure")
	require.Empty(t, w.tmp.got())
}

func TestThePlanIsShownToThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := plannedRequest(w)
	w.policy.Slack.Channel = w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{w.users["eli"], w.users["gil"]}})
	old := a
	old.Digest = "v1:old"
	m := w.post("", cardOf(old, desk.VerbPlan))
	w.click("eli", m, desk.VerbPlan)
	shown := w.view("eli").Shown
	for _, part := range []string{"contacts (all): 40, at most 50, to eli@example.com", "deactivate by api", a.Digest, "has changed since that message"} {
		require.Contains(t, shown, part)
	}
	w.click("gil", m, desk.VerbPlan)
	w.hears("gil", "you may not see runs")
	require.Empty(t, w.sim.Views(w.users["gil"]))
}

func TestAFormThatDoesNotOpenIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setup) { s.options.Switches.TriggerLife = time.Nanosecond })
	m := w.post("eli", cardOf(w.request(), desk.VerbDeny))
	require.Equal(t, 200, w.click("eli", m, desk.VerbDeny).Status)
	w.hears("eli", "please click again")
}

func TestALeavingIsStartedFromSlack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reply, err := w.sim.Command(t.Context(), w.users["hana"], "", "/handover", "offboard @dana")
	require.NoError(t, err)
	require.Equal(t, 200, reply.Status)
	require.Empty(t, reply.Body)
	for field, values := range map[string]map[string]string{
		inDate:   {},
		inTime:   {inDate: "2027-12-18"},
		inZone:   {inDate: "2027-12-18", inTime: "17:30", inZone: "Mars/Olympus"},
		inEmail:  {inDate: "2027-12-18", inTime: "17:30", inEmail: "somebody"},
		inPerson: {inPerson: ""},
	} {
		require.Contains(t, string(w.submit("hana", values).Body), `"`+field+`"`, field)
		require.Empty(t, w.runs())
	}
	require.Contains(t, string(w.submit("hana", map[string]string{inDate: "2020-01-01", inTime: "17:30"}).Body), "past")
	day := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	w.submit("hana", map[string]string{inDate: day, inTime: "17:30", inReason: "moves on"})
	w.hears("hana", "Started: run ")
	runs := w.runs()
	require.Len(t, runs, 1)
	require.Equal(t, domain.LastMoment{Local: day + "T17:30", Zone: "Europe/Berlin"}, runs[0].LastMoment)
	require.Equal(t, w.person("dana").ID, runs[0].Person)
	require.Equal(t, w.person("hana").ID, runs[0].Requester)
}

func TestAConfidentialLeavingStartsAtOnceAndIsNeverNamedInAChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ops := w.sim.AddChannel(slacksim.Channel{HasApp: true, Members: []string{w.users["hana"], w.users["ada"]}})
	_, err := w.sim.Command(t.Context(), w.users["hana"], ops, "/handover", "offboard dana@example.com now")
	require.NoError(t, err)
	w.submit("hana", map[string]string{inSecret: "confidential", inReaders: w.users["ada"]})
	w.hears("hana", "Started: run ")
	run := w.runs()[0]
	require.True(t, run.Confidential)
	require.Equal(t, []domain.PersonID{w.person("ada").ID}, run.Readers)
	require.Empty(t, w.sim.ChannelMessages(ops))
	for _, m := range w.sim.Ephemerals(w.users["hana"]) {
		require.NotContains(t, m.Shown(), run.ID)
	}
	for _, words := range []string{"status", "status @dana", "status dana@example.com", "status " + run.ID} {
		before := len(w.sim.Ephemerals(w.users["hana"]))
		_, err = w.sim.Command(t.Context(), w.users["hana"], ops, "/handover", words)
		require.NoError(t, err)
		w.eventually(func() bool { return len(w.sim.Ephemerals(w.users["hana"])) > before }, "no answer to "+words)
		last := w.sim.Ephemerals(w.users["hana"])[before:]
		require.NotContains(t, last[0].Shown(), "last moment", words)
	}
	_, err = w.sim.Command(t.Context(), w.users["hana"], "", "/handover", "status "+run.ID)
	require.NoError(t, err)
	w.eventually(func() bool { return strings.Contains(w.all("hana"), "dana (dana@example.com): ") }, "not told in a direct message either")
}

func TestWhoMayNotStartALeavingHearsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.sim.Command(t.Context(), w.users["eli"], "", "/handover", "offboard @dana now")
	require.NoError(t, err)
	w.submit("eli", nil)
	w.hears("eli", "you may not start, move or retract a leaving")
	require.Empty(t, w.runs())
	require.Len(t, w.events(domain.EventRefused), 1)
}

func (w *world) runs() []domain.Run {
	w.t.Helper()
	runs, err := w.st.ListRuns(w.t.Context(), store.RunFilter{})
	require.NoError(w.t, err)
	return runs
}
