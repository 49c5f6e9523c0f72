package domain

import "time"

// ReconcilePolicy is how apps are compared with HR every night.
type ReconcilePolicy struct {
	At      string `yaml:"at"`      // local time of the company, HH:MM; "" is 02:30
	Records *int   `yaml:"records"` // accounts of the gone whose records are counted in one night; 0 counts none
	Canary  *int   `yaml:"canary"`  // how many go first when findings are fixed in bulk
	AtOnce  *int   `yaml:"at_once"` // how many such runs are open at the same time
}

// Hour is when reconciliation begins, as hour and minute of the company's time zone.
// What cannot be read is half past two, as where nothing is written.
func (p ReconcilePolicy) Hour() (hour, minute int) {
	at, err := time.Parse("15:04", p.At)
	if err != nil {
		return 2, 30
	}
	return at.Hour(), at.Minute()
}

// Most are the bounds with their defaults: 25 accounts a night, a canary of 3, ten
// runs at once.
func (p ReconcilePolicy) Most() (records, canary, atOnce int) {
	or := func(value *int, otherwise int) int {
		if value == nil {
			return otherwise
		}
		return *value
	}
	return or(p.Records, 25), max(1, or(p.Canary, 3)), max(1, or(p.AtOnce, 10))
}
