package slack_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/sim/slack"
)

func TestFiveHundredPeopleClickAtOnce(t *testing.T) {
	t.Parallel()
	const people = 500
	for _, socket := range []bool{false, true} {
		w := newWorld(t, func(o *slack.Options) { o.Limits.Off = true })
		var heard atomic.Int64
		if socket {
			w.connect(t).hello(t, 1).acknowledges(func(object) any { heard.Add(1); return nil })
		} else {
			w.answers(func(http.ResponseWriter, *http.Request) { heard.Add(1) })
		}
		users := make([]string, people)
		for i := range users {
			users[i] = w.AddUser(slack.User{})
		}
		var group sync.WaitGroup
		errs := make([]error, people)
		for i, user := range users {
			channel, ts := w.ask(t, user)
			group.Go(func() {
				_, errs[i] = w.Click(t.Context(), slack.Click{User: user, Channel: channel, TS: ts, ActionID: "handover:approve"})
			})
		}
		group.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.EqualValues(t, people, heard.Load())
	}
}

func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *slack.Options) { o.Limits.Off = true })
	eli := w.AddUser(slack.User{Email: "eli@example.com"})
	channel, ts := w.ask(t, eli)
	var group sync.WaitGroup
	for _, act := range []func(){
		func() { w.ok(t, "chat.postMessage", object{"channel": eli, "text": "x"}) },
		func() { w.ok(t, "users.info", object{"user": eli}) },
		func() {
			w.ok(t, "chat.update", object{"channel": channel, "ts": ts, "blocks": []object{actions(button("handover:approve", "A", "v"))}, "text": "x"})
		},
		func() {
			_, _ = w.Click(t.Context(), slack.Click{User: eli, Channel: channel, TS: ts, ActionID: "handover:approve"})
		},
		func() { _, _ = w.Command(t.Context(), eli, "", "/handover", "x") },
		func() { _ = w.ChangeUser(eli, func(u *slack.User) { u.RealName = "Eli" }) },
		func() {
			w.Messages(eli)
			w.Ephemerals(eli)
			w.Views(eli)
			w.Requests()
			w.Counts()
			w.Sockets()
		},
		func() { w.SetFaults() },
		func() { w.get(t, "/people/"+eli) },
	} {
		for range 10 {
			group.Go(act)
		}
	}
	group.Wait()
	require.Len(t, w.Messages(eli), 11)
}
