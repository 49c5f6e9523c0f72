package domain

import "time"

// After adds to the count that the policy file states what was bought on a later
// day, and takes off what was given back: until somebody updates the file it is out
// of date. What was bought or given back on the very day is taken to be in the
// figure: whoever buys updates the file after it, with that day's date. Where the
// figure is older than the purchase of its day, a joiner's seat is asked about once
// too often, and whoever is to buy it sees on the plan page that one is free; counted
// twice it would be promised to somebody for whom the app then charges unasked.
func (c SeatContract) After(ledger []SeatEntry) SeatContract {
	if c.Bought < 0 {
		return c
	}
	for _, e := range ledger {
		switch later := e.At.Format(time.DateOnly) > c.AsOf.Format(time.DateOnly); {
		case later && e.Kind == SeatReduced:
			c.Bought = max(0, c.Bought-1)
		case later && e.Kind == SeatBought:
			c.Bought++
		}
	}
	return c
}

// OpenPromises counts the joiners who were promised a seat, have not taken it, and
// are still to come. The ledger is in order of time.
func OpenPromises(ledger []SeatEntry) int {
	waiting := map[PersonID]int{}
	for _, e := range ledger {
		switch {
		case e.Kind == SeatPromise:
			waiting[e.Person]++
		case (e.Kind == SeatTaken || e.Kind == SeatWaived) && waiting[e.Person] > 0:
			waiting[e.Person]--
		}
	}
	open := 0
	for _, n := range waiting {
		open += n
	}
	return open
}

// OpenSeats lists the seats that leavers freed, that their accounts have not taken
// again and that were not given back since.
func OpenSeats(ledger []SeatEntry) []SeatEntry {
	over := map[AccountID]time.Time{}
	for _, e := range ledger {
		if e.Kind == SeatReduced || e.Kind == SeatTaken {
			over[e.Account] = e.At // the ledger is in order of time
		}
	}
	open := []SeatEntry{}
	for _, e := range ledger {
		if end, settled := over[e.Account]; e.Kind == SeatFreed && (!settled || end.Before(e.At)) {
			open = append(open, e)
		}
	}
	return open
}
