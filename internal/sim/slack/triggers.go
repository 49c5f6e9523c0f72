package slack

import (
	"fmt"
	"time"
)

// trigger is the right to show one form to the person who has just acted.
type trigger struct {
	user string
	at   time.Time
	used bool
}

// newTrigger makes a trigger id in Slack's form, "132456.7890123.abcdef" (methods: views.open).
func (s *Simulator) newTrigger(user string, now time.Time) string {
	s.ids.n++
	id := fmt.Sprintf("%d.%d.%s", 100000000+s.ids.n, 47445629121, s.ids.secretPart())
	s.triggers[id] = &trigger{user: user, at: now}
	return id
}

// useTrigger uses a trigger up. It gives the error code when the trigger does not work.
func (s *Simulator) useTrigger(id string, now time.Time) (*trigger, string) {
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, "invalid_trigger_id"
	case t.used && !s.opt.Switches.ReuseTriggers:
		return nil, "exchanged_trigger_id"
	case now.Sub(t.at) > s.opt.Switches.triggerLife():
		return nil, "expired_trigger_id"
	}
	t.used = true
	return t, ""
}
