package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// SeatLine is one line of the seat ledger.
type SeatLine struct {
	Kind     string    `json:"kind" doc:"freed, taken, reduced, promised or waived"`
	Person   Person    `json:"person"`
	Account  string    `json:"account"`
	Reusable string    `json:"reusable"`
	At       time.Time `json:"at"`
	Run      string    `json:"run"`
}

// SeatPrice is what one type of seat costs for a billing period.
type SeatPrice struct {
	Seat   string `json:"seat"`
	Price  string `json:"price" doc:"unknown where nobody published or wrote it"`
	Date   string `json:"date,omitempty" doc:"when the price was known"`
	Source string `json:"source,omitempty" doc:"policy file, or vendor's guide"`
	Why    string `json:"why,omitempty" doc:"what to do about an unknown price"`
}

// SeatHint is a question about one person's seat.
type SeatHint struct {
	Email string `json:"email"`
	Text  string `json:"text"`
}

// SeatUses is what is known of the use of paid seats.
type SeatUses struct {
	Asked   int        `json:"asked" doc:"people on paid seats, or on seats that may be"`
	Idle    []SeatHint `json:"idle" doc:"of whom nothing was seen for 90 days, in any source"`
	Unknown int        `json:"unknown" doc:"of whom it is not known"`
	Why     string     `json:"why,omitempty" doc:"why, and what to do"`
}

// Seats is the seats of an app. Numbers that hang on something unknown are -1.
type Seats struct {
	App       string     `json:"app"`
	Kind      string     `json:"kind"`
	Plan      string     `json:"plan,omitempty"`
	Bought    int        `json:"bought" doc:"-1 is unknown; less what was given back since as_of"`
	AsOf      string     `json:"as_of,omitempty"`
	SaidBy    string     `json:"said_by,omitempty"`
	Billing   string     `json:"billing,omitempty"`
	Renewal   string     `json:"renewal,omitempty" doc:"the number bought stays as it is until then"`
	LastCall  string     `json:"last_call,omitempty" doc:"last day for notice"`
	Minimum   int        `json:"minimum"`
	Price     string     `json:"price_per_seat" doc:"of a full seat, for a billing period"`
	PriceDate string     `json:"price_date,omitempty"`
	Ledger    []SeatLine `json:"ledger"`
	Uses      *SeatUses  `json:"uses,omitempty" doc:"with activity: who of those on paid seats uses the app"`

	PriceSource string         `json:"price_source,omitempty"`
	Prices      []SeatPrice    `json:"prices"`
	ReadAt      *time.Time     `json:"read_at,omitempty" doc:"when the app was listed"`
	Unread      string         `json:"unread,omitempty" doc:"why who sits there is unknown"`
	ByType      map[string]int `json:"by_type" doc:"users who can log in, by type of seat; unknown are those whose role is not explained"`
	Occupied    int            `json:"occupied" doc:"sit on a paid seat; -1 is unknown"`
	Unpaid      int            `json:"unpaid" doc:"sit on a free one; -1 is unknown"`
	Unknown     int            `json:"unknown" doc:"may sit on a paid one; -1 is unknown"`
	Unmapped    []string       `json:"unmapped" doc:"ids of roles to explain in the policy file"`
	Promised    int            `json:"promised" doc:"to joiners who are still to come"`
	Freed       int            `json:"freed" doc:"by leavers, and not given back"`
	Free        int            `json:"free" doc:"bought, and nobody sits there; -1 is unknown"`
	Reusable    int            `json:"reusable" doc:"free beyond promises: the next joiner can have it; -1 is unknown"`
	Spare       int            `json:"spare" doc:"can be given back at the renewal; -1 is unknown"`
	Idle        string         `json:"idle_per_period" doc:"what the free ones cost in a billing period, or unknown"`
	Warnings    []string       `json:"warnings"`
	Hints       []SeatHint     `json:"hints"`
}

func (x *door) seats(ctx context.Context, in *struct {
	Activity bool `query:"activity" doc:"also tell who of those on paid seats uses the app"`
}) (*body[[]Seats], error) {
	read := x.desk.Seats
	if in.Activity {
		read = x.desk.SeatsInUse
	}
	reports, err := read(ctx, actor(ctx))
	if err != nil {
		return nil, x.problem(ctx, err)
	}
	out, v := &body[[]Seats]{Body: []Seats{}}, x.view(ctx)
	for _, r := range reports {
		out.Body = append(out.Body, v.seats(r))
	}
	return out, nil
}

func (v *viewer) seats(r desk.SeatReport) Seats {
	s := r.Standing
	c, n := s.Contract, s.Count
	out := Seats{App: string(r.App), Kind: r.Kind, Plan: c.Plan, Bought: c.Bought, AsOf: day(c.AsOf), SaidBy: c.SaidBy, Billing: string(c.Billing),
		Renewal: day(c.Renewal), LastCall: day(c.LastCall()), Minimum: c.Minimum, Price: c.PricePerSeat.String(), PriceDate: c.PriceDate,
		PriceSource: c.PriceSource, Prices: []SeatPrice{}, ReadAt: when(n.ReadAt), Unread: r.Unread, ByType: map[string]int{}, Occupied: -1, Unpaid: -1,
		Unknown: -1, Unmapped: append([]string{}, n.Unmapped...), Promised: s.Promised, Freed: s.Freed, Free: s.Free, Reusable: s.Reusable, Spare: s.Spare,
		Idle: s.Idle.String(), Warnings: append([]string{}, r.Warnings...), Hints: []SeatHint{}, Ledger: []SeatLine{}}
	if n.Complete {
		out.ByType, out.Occupied, out.Unpaid, out.Unknown = n.ByType, n.Paid, n.Unpaid, n.Unknown
	}
	for _, seat := range slices.Sorted(maps.Keys(r.Prices)) {
		p := r.Prices[seat]
		out.Prices = append(out.Prices, SeatPrice{Seat: seat, Price: p.PerSeat.String(), Date: p.Date, Source: p.Source, Why: p.Why})
	}
	for _, h := range r.Hints {
		out.Hints = append(out.Hints, SeatHint(h))
	}
	if u := r.Uses; u != nil {
		out.Uses = &SeatUses{Asked: u.Asked, Idle: []SeatHint{}, Unknown: u.Unknown, Why: u.Why}
		for _, h := range u.Idle {
			out.Uses.Idle = append(out.Uses.Idle, SeatHint(h))
		}
	}
	for _, e := range r.Ledger {
		out.Ledger = append(out.Ledger, v.seatLine(e))
	}
	return out
}

func (v *viewer) seatLine(e domain.SeatEntry) SeatLine {
	return SeatLine{Kind: string(e.Kind), Person: v.person(e.Person), Account: string(e.Account), Reusable: string(e.Reusable), At: e.At, Run: e.Run}
}
