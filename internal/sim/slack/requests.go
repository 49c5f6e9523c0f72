package slack

import (
	"net/http"
	"time"
)

// Request is one line of the log of Web API requests. It never holds tokens, texts or anything else that was sent.
type Request struct {
	Seq    int
	At     time.Time
	Method string
	// Status is what was answered; zero when the connection was cut without an answer.
	Status int
	// Error is Slack's error code; empty when the answer was ok or no JSON.
	Error string
	Fault FaultKind
	// Limited says that the limiter refused the request, as opposed to a fault that looks like it.
	Limited bool
	// Channel is the conversation that was named, if any.
	Channel string
}

// Counts sums the log up.
type Counts struct {
	Total     int
	PerMethod map[string]int
	Errors    map[string]int
	// Limited counts refusals of the limiter, TooMany all answers "ratelimited": those, and those that faults asked for.
	Limited int
	TooMany int
	Faulted int
}

func (x *exchange) log(status int, code string, limited bool) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.requests = append(x.s.requests, Request{
		Seq: len(x.s.requests) + 1, At: x.began, Method: x.name, Status: status, Error: code, Fault: x.fault.Kind,
		Limited: limited, Channel: x.args.text("channel"),
	})
}

// Requests lists every Web API request, in the order of their answers.
func (s *Simulator) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Counts sums up the log of requests.
func (s *Simulator) Counts() Counts {
	c := Counts{PerMethod: map[string]int{}, Errors: map[string]int{}}
	for _, r := range s.Requests() {
		c.Total++
		c.PerMethod[r.Method]++
		if r.Error != "" {
			c.Errors[r.Error]++
		}
		if r.Fault != "" {
			c.Faulted++
		}
		if r.Limited {
			c.Limited++
		}
		if r.Status == http.StatusTooManyRequests || r.Error == "ratelimited" {
			c.TooMany++
		}
	}
	return c
}
