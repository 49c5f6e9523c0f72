package apollo

import (
	"net/http"
	"time"
)

// Request is one line of the log of requests.
type Request struct {
	Seq      int       `json:"seq"`
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"`
	Method   string    `json:"method"`
	// Status is what was answered; zero when the connection was cut without an answer.
	Status int       `json:"status"`
	Fault  FaultKind `json:"fault,omitempty"`
	// Quota says that the limiter refused the request.
	Quota     bool   `json:"quota_refused,omitempty"`
	Via       Via    `json:"via"`
	RequestID string `json:"request_id"`
}

// RequestCounts sums the log up.
type RequestCounts struct {
	Total       int            `json:"total"`
	PerEndpoint map[string]int `json:"per_endpoint"`
	// Quota counts requests that the limiter refused, TooMany all answers with status 429: those, the sequence lock's and
	// those that fault rules asked for.
	Quota   int `json:"quota_refusals"`
	TooMany int `json:"status_429"`
	Faulted int `json:"faulted"`
}

func (x *exchange) log(status int) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.requests = append(x.s.requests, Request{
		Seq: len(x.s.requests) + 1, At: x.began, Endpoint: x.e.key, Method: x.r.Method, Status: status,
		Fault: x.fault.Kind, Quota: x.quota, Via: x.via, RequestID: x.requestID,
	})
}

// Requests lists every REST and SCIM request, in the order of their answers.
func (s *Simulator) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Counts sums up the log of requests.
func (s *Simulator) Counts() RequestCounts {
	counts := RequestCounts{PerEndpoint: map[string]int{}}
	for _, r := range s.Requests() {
		counts.Total++
		counts.PerEndpoint[r.Endpoint]++
		if r.Fault != "" {
			counts.Faulted++
		}
		if r.Quota {
			counts.Quota++
		}
		if r.Status == http.StatusTooManyRequests {
			counts.TooMany++
		}
	}
	return counts
}
