package activities

import "handover/domain"

// CountInput asks who sits on an app's seats.
type CountInput struct {
	// Money are the emails of people who decide about money and do nothing else
	// here: of them it is asked whether they need a paid seat.
	Money []string `json:"money"`
	// Activity also asks when those on paid seats were last seen.
	Activity bool `json:"activity,omitempty"`
}

// CountResult is what a fresh listing shows of an app's seats.
type CountResult struct {
	Count domain.SeatCount  `json:"count"`
	Hints []domain.SeatHint `json:"hints"`
	Uses  *SeatUses         `json:"uses,omitempty"` // where it was asked for
}

func countSeats(l domain.Listing, in CountInput) PreviewResult {
	return PreviewResult{Complete: l.Complete, Hidden: l.Hidden,
		Seats: &CountResult{Count: domain.CountSeats(l), Hints: domain.BillingHints(l, in.Money)}}
}
