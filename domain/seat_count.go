package domain

import (
	"maps"
	"slices"
	"time"
)

// Labels of accounts whose type of seat nobody named, beside the policy's words.
const (
	SeatUnpaid  = "unpaid"  // no paid seat, of no named type
	SeatUnnamed = "unknown" // whether a paid seat is taken is not known
)

// SeatCount is who sits where, as one listing showed it: numbers and ids of
// profiles, no people.
type SeatCount struct {
	Complete bool           `json:"complete"` // every account was listed
	Hidden   bool           `json:"hidden"`   // the app shows Handover nobody
	ReadAt   time.Time      `json:"read_at"`
	ByType   map[string]int `json:"by_type"` // accounts that can log in, by type of seat; they add up to the next three
	Paid     int            `json:"paid"`    // sit on a paid seat
	Unpaid   int            `json:"unpaid"`
	Unknown  int            `json:"unknown"`  // may sit on one
	Unmapped []string       `json:"unmapped"` // ids of the profiles or roles that would have to be explained to know
}

// CountSeats counts a listing. Accounts that cannot log in sit nowhere; of whom it
// is not known whether they can, or what their role takes, that stays unknown.
func CountSeats(l Listing) SeatCount {
	n := SeatCount{Complete: l.Complete && !l.Hidden, Hidden: l.Hidden, ReadAt: l.StartedAt, ByType: map[string]int{}}
	unmapped := map[string]bool{}
	for _, a := range l.Accounts {
		switch {
		case a.Active == No:
			continue
		case a.FullSeat == No:
			n.Unpaid++
			n.ByType[orText(a.SeatType, SeatUnpaid)]++
		case a.FullSeat == Yes && a.Active == Yes:
			n.Paid++
			n.ByType[orText(a.SeatType, SeatFull)]++
		default:
			n.Unknown++
			n.ByType[SeatUnnamed]++
			if a.FullSeat == Unknown && a.ProfileID != "" {
				unmapped[a.ProfileID] = true
			}
		}
	}
	n.Unmapped = slices.Sorted(maps.Keys(unmapped))
	return n
}

// SeatStanding is what an app's contract, its ledger and one listing say together.
// Numbers that hang on something unknown are -1.
type SeatStanding struct {
	Contract  SeatContract `json:"contract"` // with what was given back since its figure
	Count     SeatCount    `json:"count"`
	Promised  int          `json:"promised"`   // to joiners who are still to come
	Freed     int          `json:"freed"`      // by leavers, and not given back
	Free      int          `json:"free"`       // bought, and nobody sits there
	Reusable  int          `json:"reusable"`   // free beyond promises: the next joiner can have it
	Spare     int          `json:"spare"`      // reusable, and beyond the plan's minimum: can be given back
	FixedTill time.Time    `json:"fixed_till"` // the number bought stays as it is until then; zero is unknown
	Idle      Money        `json:"idle"`       // what the free ones cost in a billing period
}

// Stand weighs seats. Where anybody may sit on a seat of whom it is not known, no
// number of free ones is given, not even a small one.
func Stand(c SeatContract, n SeatCount, ledger []SeatEntry) SeatStanding {
	c = c.After(ledger)
	s := SeatStanding{Contract: c, Count: n, Promised: OpenPromises(ledger), Freed: len(OpenSeats(ledger)), Free: -1, Reusable: -1, Spare: -1, FixedTill: c.Renewal}
	if c.Bought < 0 || !n.Complete || n.Unknown > 0 {
		return s
	}
	s.Free = max(0, c.Bought-n.Paid)
	s.Reusable = max(0, s.Free-s.Promised)
	s.Spare = max(0, min(s.Reusable, c.Bought-c.Minimum))
	s.Idle = c.PricePerSeat.Times(s.Free)
	return s
}
