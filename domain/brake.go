package domain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// BrakeLimits bound how many leavings may start by themselves. What exceeds one
// of them is held until people say go on. A zero limit is none.
type BrakeLimits struct {
	PerHour           int            `json:"per_hour"`
	PerDay            int            `json:"per_day"`
	CompanyPercent    int            `json:"company_percent"`    // of the active people, within Window
	DepartmentPercent int            `json:"department_percent"` // of the active people of one department, within Window
	Least             int            `json:"least"`              // shares count from so many leavings on: small teams lose half by one
	Window            time.Duration  `json:"window"`             // of the shares: a slow drip adds up
	PerSource         map[string]int `json:"per_source"`         // a day
	PerApp            map[AppID]int  `json:"per_app"`            // a day
	Urgent            int            `json:"urgent"`             // ended at once, an hour: these pass a held batch
}

// Start is one leaving that was started on HR's word.
type Start struct {
	At         time.Time
	Source     string
	Department string
	Apps       []AppID
	Urgent     bool
}

// Headcount is how many people there are, so that shares can be told.
type Headcount struct {
	Company    int
	Department map[string]int
}

// BrakeFinding is which limit a further leaving would exceed.
type BrakeFinding struct {
	Limit string `json:"limit"` // its key in the policy file; "" when none
	Why   string `json:"why"`   // for a reader
}

// Free tells that nothing stands against the leaving.
func (f BrakeFinding) Free() bool { return f.Limit == "" }

// Check tells whether one more leaving may start beside those of the past. held
// tells that others wait already: then it waits behind them, so that nobody
// overtakes by arriving later. An urgent one does not, and only other urgent ones
// count against it.
func (l BrakeLimits) Check(next Start, past []Start, heads Headcount, held bool) BrakeFinding {
	within := func(d time.Duration, which func(Start) bool) int {
		n := 0
		for _, s := range past {
			if s.At.After(next.At.Add(-d)) && which(s) {
				n++
			}
		}
		return n
	}
	if next.Urgent {
		// It passes what others are held for, and so is weighed beside its like: a
		// feed that calls everybody urgent must not drip through the brake.
		past = slices.DeleteFunc(slices.Clone(past), func(s Start) bool { return !s.Urgent })
		if f := exceeds("urgent", within(time.Hour, func(Start) bool { return true })+1, l.Urgent, "people ended at once within an hour"); !f.Free() {
			return f
		}
	} else if held {
		return BrakeFinding{Limit: "held", Why: "others are held already: nobody overtakes them"}
	}
	any := func(Start) bool { return true }
	findings := []BrakeFinding{
		exceeds("per_hour", within(time.Hour, any)+1, l.PerHour, "leavings started within an hour"),
		exceeds("per_day", within(24*time.Hour, any)+1, l.PerDay, "leavings started within a day"),
		exceeds("per_source", within(24*time.Hour, func(s Start) bool { return s.Source == next.Source })+1, l.PerSource[next.Source], "leavings from this source within a day"),
		l.share("company_percent", within(l.window(), any)+1, heads.Company, l.CompanyPercent, "of the company"),
		l.share("department_percent", within(l.window(), func(s Start) bool { return s.Department == next.Department })+1, heads.Department[next.Department],
			departmentLimit(next, l), "of one department"),
	}
	for _, app := range next.Apps {
		n := within(24*time.Hour, func(s Start) bool { return slices.Contains(s.Apps, app) })
		findings = append(findings, exceeds("per_app", n+1, l.PerApp[app], "leavings touch this app within a day"))
	}
	i := slices.IndexFunc(findings, func(f BrakeFinding) bool { return !f.Free() })
	if i < 0 {
		return BrakeFinding{}
	}
	return findings[i]
}

// departmentLimit leaves out people of whom no department is known: they are no
// department.
func departmentLimit(next Start, l BrakeLimits) int {
	if next.Department == "" {
		return 0
	}
	return l.DepartmentPercent
}

func (l BrakeLimits) window() time.Duration { return cmp.Or(l.Window, 7*24*time.Hour) }

func exceeds(limit string, n, most int, what string) BrakeFinding {
	if most <= 0 || n <= most {
		return BrakeFinding{}
	}
	return BrakeFinding{Limit: limit, Why: fmt.Sprintf("%d %s, the policy allows %d", n, what, most)}
}

func (l BrakeLimits) share(limit string, n, of, percent int, what string) BrakeFinding {
	if percent <= 0 || n <= l.Least {
		return BrakeFinding{}
	}
	if of == 0 || float64(n) > math.Floor(float64(of)*float64(percent)/100) {
		return BrakeFinding{Limit: limit, Why: fmt.Sprintf("%d %s would leave within the window, out of %d; the policy allows %d %%", n, what, of, percent)}
	}
	return BrakeFinding{}
}

// HeldBatch is how a batch of the brake stands.
type HeldBatch struct {
	Held     []string    // events that wait, whoever leaves first first
	Since    []time.Time // when people began to be asked about each of them; zero while they are not
	Released int         // events that were let go
	Settled  int         // of them, those whose access is verified gone, whose run ended, or from which none followed
	NextDue  time.Time   // the earliest last moment of those that are not; zero while unknown
}

// Until are those that wait and that people had been asked about at an instant:
// who joined since is not among them. A zero instant means all.
func (b HeldBatch) Until(at time.Time) []string {
	if at.IsZero() {
		return b.Held
	}
	var keys []string
	for i, key := range b.Held {
		if since := b.Since[i]; !since.IsZero() && !since.After(at) {
			keys = append(keys, key)
		}
	}
	return keys
}

// BatchWeighed is the setting that says which weighing of a batch was the last.
func BatchWeighed(batch string) string { return "brake.weighed." + batch }
