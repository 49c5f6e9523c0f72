package activities

import (
	"context"
	"fmt"
	"strconv"

	"handover/domain"
)

// BookSeat writes what a leaver's seat means into the ledger: the seat stays
// bought; whether the next joiner can have it is read from a fresh listing.
func (s *Set) BookSeat(ctx context.Context, in SeatInput) (Nothing, error) {
	_, listing, err := s.list(ctx, in.App)
	if err != nil {
		return Nothing{}, err
	}
	snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
	if err != nil {
		return Nothing{}, err
	}
	entries, err := s.Ledger.SeatEntries(ctx, in.App)
	if err != nil {
		return Nothing{}, err
	}
	reusable := reusable(in.Contract.After(entries), listing, in.Account)
	why := seatSentence(snap.Account.FullSeat, reusable, in.Contract)
	step := s.step(in.StepRef, domain.StepVerified, domain.ChannelAPI, why)
	step.RequestID = listing.RequestID
	entry := domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}}
	if snap.Account.FullSeat != domain.No {
		entry.Seats = []domain.SeatEntry{{ID: domain.IdempotencyKey(in.Run, in.App, in.Step, "seat"), App: in.App, Kind: domain.SeatFreed,
			Run: in.Run, Person: in.Person, Account: in.Account, Reusable: reusable, At: s.now()}}
	}
	e := s.event(in.StepRef, domain.EventSeatBooked, "seat")
	e.Target, e.Facts = string(in.Account), map[string]string{"reusable": string(reusable), "why": why}
	entry.Events = []domain.AuditEvent{e}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}

// reusable is known only when the seats bought are known, every seat that is
// taken is known, and the leaver no longer sits on one.
func reusable(c domain.SeatContract, l domain.Listing, account domain.AccountID) domain.Tri {
	if l.AccountPresence(account) != domain.Absent {
		return domain.No
	}
	b := domain.Balance(c, l, 0)
	if b.Free < 0 || b.Unknown > 0 {
		return domain.Unknown
	}
	return domain.TriOf(b.Free > 0)
}

func seatSentence(full, reusable domain.Tri, c domain.SeatContract) string {
	if full == domain.No {
		return "the user had no paid seat"
	}
	text := "the seat stays bought"
	switch reusable {
	case domain.Yes:
		text += "; the next joiner can have it"
	case domain.No:
		text += "; it is not free for a joiner yet"
	default:
		text += "; whether it is free is unknown: state the seats bought and map every profile id in the policy file"
	}
	switch {
	case c.Billing == domain.BillingAnnual && !c.Renewal.IsZero():
		text += fmt.Sprintf("; annual contract: it can be given back on %s", c.Renewal.Format("2006-01-02"))
	case c.Billing == domain.BillingMonthly && !c.Renewal.IsZero():
		text += fmt.Sprintf("; monthly plan: reduce shortly before %s, nothing is refunded", c.Renewal.Format("2006-01-02"))
	}
	return text
}

// WeighSeats nets the seats that leavers freed against those promised to
// joiners, on a fresh listing, and prices what can be given back.
func (s *Set) WeighSeats(ctx context.Context, in WeighInput) (WeighResult, error) {
	_, listing, err := s.list(ctx, in.App)
	if err != nil {
		return WeighResult{}, err
	}
	entries, err := s.Ledger.SeatEntries(ctx, in.App)
	if err != nil {
		return WeighResult{}, err
	}
	contract := in.Contract.After(entries)
	promised, freed := domain.OpenPromises(entries), domain.OpenSeats(entries)
	r := WeighResult{Balance: domain.Balance(contract, listing, promised), Freed: freed}
	r.Save = in.Contract.PricePerSeat.Times(max(0, r.Balance.Spare))
	e := domain.AuditEvent{Key: in.Run + "/weighed", Run: in.Run, Kind: domain.EventSeatBooked, Actor: domain.SystemActor, App: in.App,
		RequestID: listing.RequestID, At: s.now(), Facts: map[string]string{
			"bought": strconv.Itoa(r.Balance.Bought), "occupied": strconv.Itoa(r.Balance.Occupied), "promised": strconv.Itoa(promised),
			"spare": strconv.Itoa(r.Balance.Spare)}}
	return r, s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Events: []domain.AuditEvent{e}})
}

// ReduceSeats books seats that a person gave back and a second person attested:
// the app shows no seat count, so the ledger stands on their word.
func (s *Set) ReduceSeats(ctx context.Context, in ReduceInput) (Nothing, error) {
	entry := domain.Entry{Run: in.Run}
	for i := range in.Seats {
		line := domain.SeatEntry{ID: fmt.Sprintf("%s/reduced-%d", in.Run, i+1), App: in.App, Kind: domain.SeatReduced, Run: in.Run, Reusable: domain.No, At: s.now()}
		if i < len(in.Freed) {
			line.Person, line.Account = in.Freed[i].Person, in.Freed[i].Account
		}
		entry.Seats = append(entry.Seats, line)
	}
	entry.Events = []domain.AuditEvent{{Key: in.Run + "/reduced", Run: in.Run, Kind: domain.EventSeatBooked, Actor: in.DoneBy, App: in.App,
		Channel: domain.ChannelPerson, Reason: in.Proof, At: s.now(),
		Facts: map[string]string{"reduced": strconv.Itoa(in.Seats), "saves": in.Save.String(), "confirmed_by": string(in.Attested)}}}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}
