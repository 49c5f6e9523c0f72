package domain

import (
	"fmt"
	"time"
)

// ReviewPolicy is how access is reviewed. Durations that are not written have the
// defaults of WithDefaults.
type ReviewPolicy struct {
	EveryMonths *int            `yaml:"every_months"` // 1, 2, 3, 4, 6 or 12; 0: only when somebody asks
	FirstMonth  int             `yaml:"first_month"`  // of the year: 1 is January
	Day         int             `yaml:"day"`          // of the month, 1 to 28
	At          string          `yaml:"at"`           // local time in the company's zone
	Due         time.Duration   `yaml:"due"`
	Reminders   []time.Duration `yaml:"reminders"`
	Escalate    time.Duration   `yaml:"escalate"`
	Silence     SilenceRule     `yaml:"silence"`
	Fallback    []string        `yaml:"fallback"` // references: who reviews whom nobody else can
	PeopleAge   time.Duration   `yaml:"people_age"`
	ListAge     time.Duration   `yaml:"list_age"`
	Canary      *int            `yaml:"canary"`
	AtOnce      int             `yaml:"at_once"`
	Idle        *time.Duration  `yaml:"idle"`
	AdminsWant  int             `yaml:"admins_want"`
	Retry       time.Duration   `yaml:"retry"`
	Look        time.Duration   `yaml:"look"`
}

// AppReviewPolicy is what one app does otherwise.
type AppReviewPolicy struct {
	EveryMonths *int `yaml:"every_months"`
}

const day = 24 * time.Hour

// WithDefaults fills in what is not written: two weeks to decide, reminders after
// three, seven and eleven days, silence keeps, three removals first.
func (p ReviewPolicy) WithDefaults() ReviewPolicy {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	number := func(n *int, to int) {
		if *n <= 0 {
			*n = to
		}
	}
	set(&p.Due, 14*day)
	set(&p.Escalate, 10*day)
	set(&p.PeopleAge, 35*day)
	set(&p.ListAge, day)
	set(&p.Retry, time.Hour)
	set(&p.Look, time.Hour)
	number(&p.FirstMonth, 1)
	number(&p.Day, 5)
	number(&p.AtOnce, 10)
	number(&p.AdminsWant, 2)
	if p.EveryMonths == nil {
		p.EveryMonths = pointer(3)
	}
	if p.Canary == nil {
		p.Canary = pointer(3)
	}
	if p.Idle == nil {
		p.Idle = pointer(IdleAfter)
	}
	if p.Reminders == nil {
		p.Reminders = []time.Duration{3 * day, 7 * day, 11 * day}
	}
	if p.At == "" {
		p.At = "09:00"
	}
	if p.Silence == "" {
		p.Silence = SilenceKeep
	}
	if len(p.Fallback) == 0 {
		p.Fallback = []string{"role:" + string(RoleAdmin)}
	}
	return p
}

func pointer[T any](v T) *T { return &v }

// ReviewsOf is how one app is reviewed.
func (p *Policy) ReviewsOf(app AppID) ReviewPolicy {
	r := p.Reviews.WithDefaults()
	if a := p.Apps[app]; a != nil && a.Review.EveryMonths != nil {
		r.EveryMonths = a.Review.EveryMonths
	}
	return r
}

// Months are those in which a review begins, 1 is January; none where only people
// ask for one.
func (p ReviewPolicy) Months() []int {
	if p.EveryMonths == nil || *p.EveryMonths <= 0 {
		return nil
	}
	var months []int
	for m := 1; m <= 12; m++ {
		if (m-p.FirstMonth+12)%*p.EveryMonths == 0 {
			months = append(months, m)
		}
	}
	return months
}

// Clock reads the local time of day at which a review begins.
func (p ReviewPolicy) Clock() (hour, minute int, err error) {
	t, err := time.Parse("15:04", p.At)
	if err != nil {
		return 0, 0, fmt.Errorf("read time of day %q: write it as 09:00", p.At)
	}
	return t.Hour(), t.Minute(), nil
}

// LastDue is when a review by the clock began last, or should have; zero where none
// does.
func (p ReviewPolicy) LastDue(now time.Time, zone *time.Location) time.Time {
	hour, minute, err := p.Clock()
	if err != nil {
		return time.Time{}
	}
	local := now.In(zone)
	due := time.Time{}
	for _, year := range []int{local.Year() - 1, local.Year()} {
		for _, m := range p.Months() {
			if t := time.Date(year, time.Month(m), p.Day, hour, minute, 0, 0, zone); !t.After(now) {
				due = t
			}
		}
	}
	return due
}

// PeriodOf names the period of a review that began by the clock: a quarter where it
// comes every quarter, else its month.
func (p ReviewPolicy) PeriodOf(at time.Time, zone *time.Location) string {
	local := at.In(zone)
	if p.EveryMonths != nil && *p.EveryMonths == 3 {
		return fmt.Sprintf("%d-Q%d", local.Year(), (int(local.Month())+2)/3)
	}
	return local.Format("2006-01")
}
