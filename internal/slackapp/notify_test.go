package slackapp

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/desk"
	slacksim "handover/internal/sim/slack"
	"handover/workflows"
)

func (w *world) notifies() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Desk.Notify(ctx, w.Messenger()) })
	w.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

func (w *world) notice(a domain.Approval, to ...string) {
	w.t.Helper()
	n := domain.Notice{ID: a.ID + "/opened", Run: a.Run, App: a.App, Kind: "approval-opened", About: a.ID, At: time.Now()}
	for _, name := range to {
		n.To = append(n.To, w.person(name).ID)
	}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: a.Run, Approvals: []domain.Approval{a}, Notices: []domain.Notice{n}}))
}

// asked waits for the card of a request.
func (w *world) asked(name string) slacksim.Message {
	w.t.Helper()
	var found slacksim.Message
	w.eventually(func() bool {
		for _, m := range w.sim.Messages(w.users[name]) {
			for _, e := range m.Elements {
				if e.ActionID == "handover:approve" {
					found = m
					return true
				}
			}
		}
		return false
	}, name+" was not asked")
	return found
}

// From the notice to the decision and back: every copy shows what came of it.
func TestARequestIsAskedDecidedAndShownAsDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.notifies()
	a := plannedRequest(w)
	a.Policy.Stages[0].Approvers = []domain.PersonID{w.person("eli").ID, w.person("bo").ID}
	w.tmp.answer = func(o client.UpdateWorkflowOptions) (any, error) {
		var in workflows.DecideRequest
		if err := json.Unmarshal(o.Args[0].(json.RawMessage), &in); err != nil {
			return nil, err
		}
		after := a.Apply(domain.Decision{Actor: in.Person, Verdict: in.Verdict, Digest: in.Digest, At: time.Now(), Channel: in.Channel})
		w.keep(after)
		return workflows.ApprovalAnswer{Approval: after}, nil
	}
	w.notice(a, "eli", "bo")
	m := w.asked("eli")
	require.Contains(t, m.Shown(), "contacts: 40 (at most 50) to you")
	require.Contains(t, w.asked("bo").Shown(), "You are asked because")
	w.click("eli", m, desk.VerbApprove)
	for _, name := range []string{"eli", "bo"} {
		w.hears(name, "Approved by")
		w.eventually(func() bool {
			for _, x := range w.sim.Messages(w.users[name]) {
				for _, e := range x.Elements {
					if e.ActionID == "handover:approve" {
						return false
					}
				}
			}
			return true
		}, "the buttons stay at "+name)
	}
	require.Zero(t, w.sim.Counts().TooMany)
}

func TestWhileSlackIsAwayNothingIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.notifies()
	a := plannedRequest(w)
	w.sim.Down(true)
	w.notice(a, "eli")
	w.eventually(func() bool { return strings.Contains(w.log.String(), "message not sent") }, "not tried")
	w.sim.Down(false)
	w.asked("eli")
	w.sim.SetFaults(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultDropAfter, Times: 1})
	b := a
	b.ID = a.Run + ":apollo:a2"
	b.Policy.Stages = []domain.ApprovalStage{{Name: "owner", Approvers: []domain.PersonID{w.person("bo").ID}}}
	w.notice(b, "bo")
	w.asked("bo")
	refs := map[string]int{}
	for _, m := range w.sim.Messages(w.users["bo"]) {
		refs[string(m.Metadata)]++
	}
	require.Len(t, refs, 1, "a repeat carries the same reference")
}
