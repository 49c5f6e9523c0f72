package domain

import "time"

// RateLimit is how many requests an app admits in one window of an endpoint.
type RateLimit struct {
	Length time.Duration `json:"length_ns"`
	Limit  int           `json:"limit"` // requests per window; 0 means that the window has no limit
}

// RateLimits are the windows of one endpoint as a plan promises them. They
// count until the app's own headers say otherwise.
type RateLimits []RateLimit

// RatePermit allows one request. It is used once and answered once, with
// RateState.Observe.
type RatePermit struct {
	App      AppID     `json:"app"`
	Endpoint string    `json:"endpoint"` // as the app counts it, for example "api/v1/users/search"
	Seq      int64     `json:"seq"`      // unique within app and endpoint
	IssuedAt time.Time `json:"issued_at"`
	Urgent   bool      `json:"urgent"`
	Probe    bool      `json:"probe"` // goes alone: what its answer says is exact
}

// RateReading is what an answer's headers said about one window.
type RateReading struct {
	Length    time.Duration
	Limit     int
	Used      int // requests counted so far, this one included, whoever sent them
	Unlimited bool
}

// RateObservation is what became of a permit.
type RateObservation struct {
	ReceivedAt time.Time     // when the answer's headers arrived, or the wait for them ended
	Lost       bool          // no answer came: the request may or may not have been counted
	Refused    bool          // the app said that a window is spent
	RetryAfter time.Duration // with Refused: the app's own advice, 0 when it gave none
	Windows    []RateReading // empty when the answer carried no rate headers
}

// Closed is how long a refused endpoint stays closed: as the app says, else a
// minute, a quarter of an hour or an hour, by the longest window that its
// headers show as spent.
func (o RateObservation) Closed() time.Duration {
	if o.RetryAfter > 0 {
		return o.RetryAfter
	}
	closed := time.Minute
	for _, r := range o.Windows {
		switch {
		case r.Unlimited || r.Used < r.Limit || r.Length <= time.Minute:
		case r.Length <= time.Hour:
			closed = max(closed, 15*time.Minute)
		default:
			closed = time.Hour
		}
	}
	return closed
}

// RateDecision is the answer to a request for a permit.
type RateDecision struct {
	Admit     bool
	Permit    RatePermit // when admitted
	WaitUntil time.Time  // otherwise: ask again then, not before
}

// RatePermitLife is how long a permit may stay unanswered. After that its
// holder is taken for dead and the request for counted, so an HTTP client must
// give up sooner.
const RatePermitLife = 45 * time.Second

const (
	rateWantLife  = time.Minute // how long an urgent caller may be late for the moment it was told
	rateMaxWants  = 32
	rateLongest   = time.Minute // an urgent caller need not wait longer where a share is held back
	rateHeldShare = 3           // per cent of a long window that bulk leaves to urgent callers
	rateHeldFrom  = time.Hour   // the shortest window of which a share is held back
	rateMaxMarks  = 48          // per window; more are merged, to the safe side
	rateMaxMargin = time.Second // clocks and book-keeping of the app are not as fine as ours
	rateMaxPoll   = 50 * time.Millisecond
)
