package apollo

import (
	"fmt"
	"time"
)

// Via names the door a change came through.
type Via string

// Doors. ViaClock marks what happened by itself: an email fell due, a job ran, a CRM took its owner back.
const (
	ViaAPI   Via = "api"
	ViaSCIM  Via = "scim"
	ViaAdmin Via = "admin"
	ViaClock Via = "clock"
)

// Effect is one write that was applied. A write that found the value already there is an effect with From equal to To.
type Effect struct {
	Seq       int       `json:"seq"`
	Op        string    `json:"op"`
	Kind      Kind      `json:"kind"`
	Target    string    `json:"target"`
	Field     string    `json:"field"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	At        time.Time `json:"at"`
	Via       Via       `json:"via"`
	RequestID string    `json:"request_id,omitempty"`
}

// Changed says whether the write made a difference.
func (e Effect) Changed() bool { return e.From != e.To }

// act is what a write happens under: when, through which door, as which operation.
type act struct {
	now       time.Time
	via       Via
	op        string
	requestID string
}

func (a act) as(op string) act {
	a.op = op
	return a
}

func (s *Simulator) record(a act, kind Kind, target, field string, from, to any) {
	s.effects = append(s.effects, Effect{
		Seq: len(s.effects) + 1, Op: a.op, Kind: kind, Target: target, Field: field,
		From: fmt.Sprint(from), To: fmt.Sprint(to), At: a.now, Via: a.via, RequestID: a.requestID,
	})
}

// Effects lists every write that was applied, in order.
func (s *Simulator) Effects() []Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return append([]Effect(nil), s.effects...)
}

// EffectsPerTarget counts, for one operation, how often each target was written. An empty op counts all operations.
func (s *Simulator) EffectsPerTarget(op string) map[string]int {
	counts := map[string]int{}
	for _, e := range s.Effects() {
		if op == "" || e.Op == op {
			counts[e.Target]++
		}
	}
	return counts
}
