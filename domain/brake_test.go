package domain_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func start(ago time.Duration, change ...func(*domain.Start)) domain.Start {
	s := domain.Start{At: begin.Add(-ago), Source: "hr", Department: "Sales", Apps: []domain.AppID{"apollo"}}
	for _, c := range change {
		c(&s)
	}
	return s
}

func times(n int, s domain.Start) []domain.Start { return slices.Repeat([]domain.Start{s}, n) }

func TestWhatTheBrakeHolds(t *testing.T) {
	t.Parallel()
	heads := domain.Headcount{Company: 200, Department: map[string]int{"Sales": 20, "Legal": 4}}
	legal := func(s *domain.Start) { s.Department = "Legal" }
	urgent := func(s *domain.Start) { s.Urgent = true }
	other := func(s *domain.Start) { s.Source, s.Apps, s.Department = "agency", []domain.AppID{"space"}, "" }
	for name, c := range map[string]struct {
		limits domain.BrakeLimits
		next   domain.Start
		past   []domain.Start
		held   bool
		limit  string
	}{
		"no limit":                               {domain.BrakeLimits{}, start(0), times(900, start(time.Minute)), false, ""},
		"the tenth of ten an hour":               {domain.BrakeLimits{PerHour: 10}, start(0), times(9, start(time.Minute)), false, ""},
		"the eleventh of ten an hour":            {domain.BrakeLimits{PerHour: 10}, start(0), times(10, start(time.Minute)), false, "per_hour"},
		"ten an hour, an hour ago":               {domain.BrakeLimits{PerHour: 10}, start(0), times(10, start(time.Hour)), false, ""},
		"more than a day allows":                 {domain.BrakeLimits{PerDay: 30}, start(0), times(30, start(23*time.Hour)), false, "per_day"},
		"a slow drip of the company":             {domain.BrakeLimits{CompanyPercent: 5, Window: 168 * time.Hour}, start(0), times(10, start(150*time.Hour)), false, "company_percent"},
		"a drip that is over":                    {domain.BrakeLimits{CompanyPercent: 5, Window: 168 * time.Hour}, start(0), times(10, start(169*time.Hour)), false, ""},
		"one whole department":                   {domain.BrakeLimits{DepartmentPercent: 30}, start(0, legal), times(1, start(time.Hour, legal)), false, "department_percent"},
		"a department of which one is a quarter": {domain.BrakeLimits{DepartmentPercent: 30}, start(0, legal), nil, false, ""},
		"shares count beyond the least":          {domain.BrakeLimits{DepartmentPercent: 30, Least: 5}, start(0, legal), times(2, start(time.Hour, legal)), false, ""},
		"nobody knows how many there are":        {domain.BrakeLimits{DepartmentPercent: 30, Least: 2}, start(0, func(s *domain.Start) { s.Department = "New" }), times(2, start(time.Hour, func(s *domain.Start) { s.Department = "New" })), false, "department_percent"},
		"no department is none":                  {domain.BrakeLimits{DepartmentPercent: 30}, start(0, other), times(50, start(time.Hour, other)), false, ""},
		"one source":                             {domain.BrakeLimits{PerSource: map[string]int{"agency": 2}}, start(0, other), times(2, start(time.Hour, other)), false, "per_source"},
		"another source":                         {domain.BrakeLimits{PerSource: map[string]int{"agency": 2}}, start(0), times(9, start(time.Hour, other)), false, ""},
		"one app":                                {domain.BrakeLimits{PerApp: map[domain.AppID]int{"apollo": 3}}, start(0), times(3, start(time.Hour)), false, "per_app"},
		"another app":                            {domain.BrakeLimits{PerApp: map[domain.AppID]int{"apollo": 3}}, start(0, other), times(3, start(time.Hour)), false, ""},
		"behind those that are held":             {domain.BrakeLimits{PerHour: 10}, start(0), nil, true, "held"},
		"urgent ones pass those that are held":   {domain.BrakeLimits{PerHour: 1, Urgent: 5}, start(0, urgent), times(9, start(time.Minute)), true, ""},
		"too many urgent ones are a wrong feed":  {domain.BrakeLimits{Urgent: 5}, start(0, urgent), times(5, start(time.Minute, urgent)), false, "urgent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finding := c.limits.Check(c.next, c.past, heads, c.held)
			require.Equal(t, c.limit, finding.Limit)
			require.Equal(t, c.limit == "", finding.Free())
			require.Equal(t, c.limit == "", finding.Why == "", "what is held is explained")
		})
	}
}

// However leavings come, no hour and no day sees more than allowed, and once one
// is held nobody but urgent ones passes.
func TestTheBrakeNeverLetsMoreThroughThanItSays(t *testing.T) {
	t.Parallel()
	stopped := 0
	seeds(t, 400, func(t require.TestingT, r *rand.Rand) {
		limits := domain.BrakeLimits{PerHour: 1 + r.IntN(6), PerDay: 1 + r.IntN(12), Urgent: 1 + r.IntN(3)}
		var past []domain.Start
		at, held := begin, false
		for range 60 {
			at = at.Add(time.Duration(r.IntN(50)) * time.Minute)
			next := domain.Start{At: at, Urgent: r.IntN(8) == 0}
			if !limits.Check(next, past, domain.Headcount{}, held).Free() {
				held = held || !next.Urgent
				stopped++
				continue
			}
			require.False(t, held && !next.Urgent)
			past = append(past, next)
			ordinary, urgent, day := 0, 0, 0
			for _, s := range past {
				switch within := at.Sub(s.At); {
				case within < time.Hour && s.Urgent:
					urgent++
				case within < time.Hour:
					ordinary++
				}
				if at.Sub(s.At) < 24*time.Hour && !s.Urgent {
					day++
				}
			}
			require.LessOrEqual(t, urgent, limits.Urgent)
			require.LessOrEqual(t, ordinary, limits.PerHour)
			require.LessOrEqual(t, day, limits.PerDay)
		}
	})
	require.Greater(t, stopped, 1000)
}

// A feed that calls everybody urgent drips through the hour's limit and meets the
// others all the same; what ordinary leavings used up does not hold a single one.
func TestUrgentOnesAreWeighedBesideTheirLike(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	limits := domain.BrakePolicy{}.Limits()
	heads := domain.Headcount{Company: 200}
	var past []domain.Start
	passed := 0
	for n := range 48 {
		next := domain.Start{At: now.Add(time.Duration(n) * 30 * time.Minute), Urgent: true}
		if limits.Check(next, past, heads, true).Free() {
			past, passed = append(past, next), passed+1
		}
	}
	require.Equal(t, 10, passed, "five per cent of the company")
	past = past[:0]
	for range 30 {
		past = append(past, domain.Start{At: now.Add(-time.Minute)})
	}
	require.True(t, limits.Check(domain.Start{At: now, Urgent: true}, past, heads, true).Free())
	require.False(t, limits.Check(domain.Start{At: now}, past, heads, false).Free())
}
