package slack

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Limit admits Count requests in any stretch of time Per. A Count of zero means unlimited.
type Limit struct {
	Count int
	Per   time.Duration
}

// The published tiers. They are floors ("50+ per minute"); the simulator takes them for ceilings, which is the strictest
// reading (limits).
var (
	tier2      = Limit{20, time.Minute}
	tier3      = Limit{50, time.Minute}
	tier4      = Limit{100, time.Minute}
	special    = Limit{600, time.Minute} // auth.test: "hundreds of requests per minute"
	perChannel = Limit{3, 3 * time.Second}
	perTeam    = Limit{300, time.Minute} // "several hundred messages per minute"
	history15  = Limit{1, time.Minute}
)

// Limits changes the rate limits. They hold per method and workspace; chat.postMessage has one per channel and one for
// the workspace instead.
type Limits struct {
	// Off switches the limiter off.
	Off bool
	// Scale multiplies all counts; zero means 1.
	Scale float64
	// Methods replaces the limits of single methods.
	Methods map[string]Limit
	// PerChannel is chat.postMessage's limit for one channel; zero means one message a second with bursts of three.
	PerChannel Limit
	// PerTeam is chat.postMessage's limit for the workspace; zero means 300 a minute.
	PerTeam Limit
}

func (l Limits) of(name string, published Limit) Limit {
	if own, ok := l.Methods[name]; ok {
		return own
	}
	if l.Scale > 0 && published.Count > 0 {
		published.Count = max(1, int(float64(published.Count)*l.Scale))
	}
	return published
}

// bucket is one limit and the name under which its requests are counted.
type bucket struct {
	key   string
	limit Limit
}

// buckets says what a request counts against.
func (s *Simulator) buckets(m method, c *call) []bucket {
	l := s.opt.Limits
	if l.Off {
		return nil
	}
	if m.name != methodPost {
		limit := l.of(m.name, m.limit)
		if s.opt.Switches.HistoryLimited && strings.HasPrefix(m.limitedAs, "history") {
			limit = history15
		}
		return []bucket{{m.name, limit}}
	}
	channel, team := l.PerChannel, l.PerTeam
	if channel == (Limit{}) {
		channel = l.of("", perChannel)
	}
	if team == (Limit{}) {
		team = l.of("", perTeam)
	}
	return []bucket{{"channel:" + s.limitedChannel(c.args.text("channel")), channel}, {m.name, team}}
}

// limitedChannel gives a person's id and the id of the conversation with them the same name.
func (s *Simulator) limitedChannel(id string) string {
	if conv := s.conversations[id]; conv != nil && conv.user != "" {
		return conv.user
	}
	return id
}

// limiter remembers when requests were admitted.
type limiter struct {
	admitted map[string][]time.Time
	refusals int
}

func newLimiter() *limiter { return &limiter{admitted: map[string][]time.Time{}} }

// admit counts a request when all its limits have room, else says how long to wait.
func (l *limiter) admit(now time.Time, buckets []bucket) time.Duration {
	var wait time.Duration
	for _, b := range buckets {
		if b.limit.Count == 0 {
			continue
		}
		kept := l.admitted[b.key]
		for len(kept) > 0 && !kept[0].Add(b.limit.Per).After(now) {
			kept = kept[1:]
		}
		l.admitted[b.key] = kept
		if over := len(kept) - b.limit.Count; over >= 0 {
			wait = max(wait, kept[over].Add(b.limit.Per).Sub(now))
		}
	}
	if wait > 0 {
		l.refusals++
		return wait
	}
	for _, b := range buckets {
		if b.limit.Count > 0 {
			l.admitted[b.key] = append(l.admitted[b.key], now)
		}
	}
	return 0
}

// seconds rounds a wait up: Retry-After has whole seconds, and coming back early would be refused.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}
