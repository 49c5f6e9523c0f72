package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"handover/domain"
)

// FindSeat tells whether there is a paid seat for somebody: of those that are
// bought and nobody sits on, those go first whom one was promised to earlier. A
// promise is kept in the ledger, so that one free seat is not given to two.
func (s *Set) FindSeat(ctx context.Context, in FindSeatInput) (FindSeatResult, error) {
	if in.Waive {
		_, err := s.WaiveSeat(ctx, in.StepRef)
		return FindSeatResult{Need: domain.SeatNone}, err
	}
	if in.Bought {
		return s.noteBought(ctx, in.StepRef)
	}
	if in.Promise {
		if err := s.Ledger.Record(ctx, s.promiseEntry(in.StepRef)); err != nil {
			return FindSeatResult{}, err
		}
		s.crash("seat-promised-not-answered")
	}
	// The ledger first: a seat that is taken meanwhile is counted twice rather than
	// not at all.
	entries, err := s.Ledger.SeatEntries(ctx, in.App)
	if err != nil {
		return FindSeatResult{}, err
	}
	_, listing, err := s.list(ctx, in.App)
	if err != nil {
		return FindSeatResult{}, err
	}
	before, later, err := s.promisedOthers(ctx, in.StepRef, entries, listing)
	if err != nil {
		return FindSeatResult{}, err
	}
	r := FindSeatResult{Balance: domain.Balance(in.Contract.After(entries), listing, domain.OpenPromises(entries)), Before: before, RequestID: listing.RequestID}
	free := r.Balance.Bought - r.Balance.Occupied - r.Balance.Unknown + later
	switch {
	case r.Balance.Free < 0 || r.Balance.Unknown > 0 && free-before <= 0:
		r.Need, r.Why = domain.SeatUnknown, "whether a paid seat is free is not known: look at the plan page before one is bought"
	case free-before > 0:
		r.Need, r.Why = domain.SeatFree, fmt.Sprintf("%d of %d paid seats are free, %d of them promised to others", free, r.Balance.Bought, before)
	default:
		r.Need, r.Why = domain.SeatBuy, fmt.Sprintf("all %d paid seats are taken or promised: one more is charged at once", r.Balance.Bought)
	}
	return r, nil
}

func promiseID(run string, app domain.AppID) string {
	return domain.IdempotencyKey(run, app, domain.StepFindSeat, "promise")
}

func (s *Set) promiseEntry(ref StepRef) domain.Entry {
	e := s.event(ref, domain.EventSeatPromised, "promise")
	return domain.Entry{Run: ref.Run, Events: []domain.AuditEvent{e},
		Seats: []domain.SeatEntry{{ID: promiseID(ref.Run, ref.App), App: ref.App, Kind: domain.SeatPromise, Run: ref.Run, Person: ref.Person, Reusable: domain.No, At: s.now()}}}
}

// noteBought keeps a purchase, once for each plan that asked for one: another role
// of the same run may cost another seat, and a repetition of this call costs none.
func (s *Set) noteBought(ctx context.Context, ref StepRef) (FindSeatResult, error) {
	plans, err := s.Ledger.Plans(ctx, ref.Run)
	if err != nil {
		return FindSeatResult{}, err
	}
	version := 0
	for _, p := range plans {
		if p.App == ref.App {
			version = max(version, p.Version)
		}
	}
	bought := domain.SeatEntry{ID: domain.IdempotencyKey(ref.Run, ref.App, domain.StepFindSeat, "bought-"+strconv.Itoa(version)), App: ref.App, Kind: domain.SeatBought,
		Run: ref.Run, Person: ref.Person, Reusable: domain.No, At: s.now()}
	return FindSeatResult{Need: domain.SeatFree}, s.Ledger.Record(ctx, domain.Entry{Run: ref.Run, Seats: []domain.SeatEntry{bought}})
}

// WaiveSeat gives up the seat that was promised to somebody who does not come.
func (s *Set) WaiveSeat(ctx context.Context, in StepRef) (Nothing, error) {
	return Nothing{}, s.Ledger.Record(ctx, s.waiveEntry(in))
}

func (s *Set) waiveEntry(ref StepRef) domain.Entry {
	return domain.Entry{Run: ref.Run, Seats: []domain.SeatEntry{{ID: domain.IdempotencyKey(ref.Run, ref.App, domain.StepFindSeat, "waived"), App: ref.App, Kind: domain.SeatWaived,
		Run: ref.Run, Person: ref.Person, Reusable: domain.No, At: s.now()}}}
}

// promisedOthers counts the open promises that were made to others before this run's
// own, all of them where it has none, but for those who sit on their seat already: the
// listing counts them. What another run promised to the same person is the same seat. Those who were promised one later and sit by now came after this run:
// what they sit on was free besides, or was bought for them.
func (s *Set) promisedOthers(ctx context.Context, ref StepRef, entries []domain.SeatEntry, l domain.Listing) (before, later int, err error) {
	own := slices.IndexFunc(entries, func(e domain.SeatEntry) bool { return e.ID == promiseID(ref.Run, ref.App) })
	for i, e := range entries {
		first := own < 0 || i < own
		if e.Kind != domain.SeatPromise || e.Run == ref.Run || e.Person == ref.Person || first && endedLater(entries, e) {
			continue
		}
		sits, err := s.sits(ctx, e, l)
		switch {
		case err != nil:
			return 0, 0, err
		case first && !sits:
			before++
		case !first && sits:
			later++
		}
	}
	return before, later, nil
}

// sits tells that the listing counts somebody's seat, who joined and of whom the
// ledger does not say so yet.
func (s *Set) sits(ctx context.Context, promise domain.SeatEntry, l domain.Listing) (bool, error) {
	p, err := s.Ledger.Person(ctx, promise.Person)
	if err != nil {
		return false, err
	}
	linked, err := s.Ledger.AccountLink(ctx, promise.App, promise.Person)
	if err != nil {
		return false, err
	}
	a := domain.MembershipOf(l, p.Email, linked).Account
	return a.ID != "" && a.Active != domain.No && a.FullSeat != domain.No, nil
}

// endedLater tells that a promise was taken up or waived.
func endedLater(entries []domain.SeatEntry, promise domain.SeatEntry) bool {
	for _, e := range entries {
		if (e.Kind == domain.SeatTaken || e.Kind == domain.SeatWaived) && e.Run == promise.Run && e.Person == promise.Person {
			return true
		}
	}
	return false
}

// ProposeJoin makes the plan of a joining, or of a role change, and opens the
// request where somebody has to agree.
func (s *Set) ProposeJoin(ctx context.Context, in ProposeJoinInput) (ProposeJoinResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ProposeJoinResult{}, err
	}
	terms := in.Terms
	plan := domain.Plan{Run: in.Run, App: in.App, Account: in.Account, Version: in.Version, PolicyHash: in.PolicyHash, Join: &terms}
	if in.Guards {
		claims, err := s.Ledger.Claims(ctx, in.App)
		if err != nil {
			return ProposeJoinResult{}, err
		}
		plan.Guards = []domain.GuardFinding{domain.CheckSoleAdmin(listing, claims, in.Account, s.now())}
	}
	channels := s.choices(ctx, in.App, c)
	for _, key := range in.Steps {
		spec, _ := domain.StepOf(in.Kind, key)
		choice := choiceOf(channels, spec.Capability)
		plan.Steps = append(plan.Steps, domain.PlannedStep{Key: key, Channel: choice.Channel, Why: choice.Why})
	}
	r := ProposeJoinResult{Digest: plan.Digest()}
	entry := s.joinEntry(in, plan)
	if in.Approval != nil {
		r.Clock = s.clock(*in.Approval)
		s.addRequest(&entry, in, plan, r)
	}
	return r, s.Ledger.Record(ctx, entry)
}

func (s *Set) joinEntry(in ProposeJoinInput, plan domain.Plan) domain.Entry {
	proposed := s.event(in.StepRef, domain.EventPlanProposed, "plan-"+strconv.Itoa(in.Version))
	proposed.Digest, proposed.PolicyHash = plan.Digest(), in.PolicyHash
	proposed.Facts = map[string]string{"version": strconv.Itoa(in.Version), "role": in.Terms.Role, "seat": string(in.Terms.Seat), "price": in.Terms.Price.String()}
	entry := domain.Entry{Run: in.Run, Plan: &plan, Events: []domain.AuditEvent{proposed}}
	if in.Version > 1 {
		return entry
	}
	for i, key := range in.Steps {
		spec, _ := domain.StepOf(in.Kind, key)
		entry.Steps = append(entry.Steps, domain.StepRecord{Run: in.Run, App: in.App, Key: key, Order: i + 1, Title: spec.Title, Phase: spec.Phase,
			State: domain.StepPlanned, Channel: plan.Steps[i].Channel, Why: plan.Steps[i].Why})
	}
	return entry
}

func (s *Set) addRequest(entry *domain.Entry, in ProposeJoinInput, plan domain.Plan, r ProposeJoinResult) {
	approval := *in.Approval
	approval.Digest, approval.LateAt = r.Digest, r.LateAt
	opened := s.event(in.StepRef, domain.EventApprovalOpened, "approval-"+strconv.Itoa(in.Version))
	opened.Digest, opened.Target = r.Digest, approval.ID
	opened.Facts = map[string]string{"scope": string(approval.Scope), "approval_policy": approval.PolicyDigest}
	notice := domain.Notice{ID: approval.ID + "/opened", Run: in.Run, App: in.App, Kind: "approval-opened", About: approval.ID, To: approval.Policy.Stages[0].Approvers,
		Text: joinText(in.App, *plan.Join, in.Change), At: s.now()}
	entry.Approvals, entry.Notices, entry.Events = []domain.Approval{approval}, []domain.Notice{notice}, append(entry.Events, opened)
}

// joinText is a request in one line.
func joinText(app domain.AppID, t domain.JoinTerms, change bool) string {
	what := fmt.Sprintf("Decide about access to %s with the role %s", app, t.RoleName)
	if change {
		what = fmt.Sprintf("Decide about the role %s in %s", t.RoleName, app)
	}
	switch {
	case t.Seat == domain.SeatBuy:
		return fmt.Sprintf("%s: a paid seat has to be bought, %s as of %s.", what, t.Price, orText(t.PriceDate, "an unknown date"))
	case t.Seat == domain.SeatUnknown:
		return what + ": whether a paid seat has to be bought is not known."
	case t.Seat == domain.SeatFree:
		return what + ": a paid seat is free."
	}
	return what + "."
}

func orText(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// OpenSignIn gives the app at the identity provider, where the person does not have
// it there already, and reads back from the provider.
func (s *Set) OpenSignIn(ctx context.Context, in AccountInput) (ActResult, error) {
	door := s.signIn(in.App)
	if door == nil {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: "no identity provider is connected in front of this app"}, nil
	}
	p, err := s.Ledger.Person(ctx, in.Person)
	if err != nil {
		return ActResult{}, err
	}
	if err := s.stillJoins(ctx, in.StepRef, "sign_in.open"); err != nil {
		return ActResult{}, err
	}
	had, err := door.FindAssignment(ctx, p.Email)
	if err == nil && had.User == "" {
		err = domain.NewFault(domain.FaultNotFound, "sign_in.open", in.App, door.Provider()+" knows nobody with this person's work email yet: a person makes them there first", nil)
	}
	already := err == nil && had.Presence == domain.Present
	if err == nil && !already {
		had.Ways = nil // given directly
		if _, err = door.Assign(ctx, had); err == nil {
			had, err = door.ReadAssignment(ctx, had.User)
		}
	}
	if why, shut := doorShut(err); shut {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: why}, nil
	}
	if err != nil {
		return ActResult{}, err
	}
	if had.Presence != domain.Present {
		return ActResult{Outcome: OutcomeUnverified, Channel: domain.ChannelIDP, RequestID: had.RequestID, Why: door.Provider() + " does not show it yet"}, nil
	}
	step := s.step(in.StepRef, domain.StepVerified, domain.ChannelIDP, door.Provider()+" gives this person the app ("+ways(had)+")")
	step.RequestID = had.RequestID
	e := s.event(in.StepRef, domain.EventSignInOpened, "opened")
	e.From, e.To, e.Channel, e.RequestID = "not assigned", "assigned", domain.ChannelIDP, had.RequestID
	if already {
		e.From, e.Facts = "", map[string]string{"how": "it was so before, or an earlier try of this run did it"}
	}
	err = s.Ledger.Record(ctx, domain.Entry{Run: in.Run, Steps: []domain.StepRecord{step}, Events: []domain.AuditEvent{e}})
	return ActResult{Outcome: OutcomeVerified, Channel: domain.ChannelIDP, RequestID: had.RequestID}, err
}

// GrantAccess records that a person has what was approved: the account is theirs,
// the seat is taken, or left free, and access for a time has its end. What is said
// first stands; a later call books the seat. Where it lets somebody in who has left it
// records nothing, and is a fault of kind conflict.
func (s *Set) GrantAccess(ctx context.Context, in GrantInput) (Nothing, error) {
	if in.LetsIn {
		left, err := s.hasLeft(ctx, in.StepRef)
		if err == nil && left {
			err = domain.NewFault(domain.FaultConflict, "access.grant", in.App, "this person has left, and is granted nothing: remove them from the app", nil)
		}
		if err != nil {
			return Nothing{}, err
		}
	}
	entries, err := s.Ledger.SeatEntries(ctx, in.App)
	if err != nil {
		return Nothing{}, err
	}
	e := s.event(in.StepRef, domain.EventAccessGranted, "granted")
	e.Target, e.To, e.Digest = string(in.Account), in.Role.Key, in.Digest
	if !in.Until.IsZero() {
		e.Facts = map[string]string{"until": in.Until.UTC().Format(time.RFC3339)}
	}
	entry := domain.Entry{Run: in.Run, Events: []domain.AuditEvent{e},
		Grants: []domain.Grant{{Run: in.Run, App: in.App, Person: in.Person, Role: in.Role.Key, At: s.now(), Until: in.Until}}}
	if !in.Early {
		entry.Seats = s.seatGranted(in, entries)
	}
	if in.Account != "" {
		entry.Links = []domain.AccountLink{{App: in.App, Person: in.Person, Account: in.Account}}
	}
	return Nothing{}, s.Ledger.Record(ctx, entry)
}

// seatGranted is what a granted role means in the seat ledger. A promise ends with
// it, whatever the role turned out to take.
func (s *Set) seatGranted(in GrantInput, entries []domain.SeatEntry) []domain.SeatEntry {
	promised := slices.ContainsFunc(entries, func(e domain.SeatEntry) bool { return e.ID == promiseID(in.Run, in.App) })
	seat := domain.SeatEntry{ID: domain.IdempotencyKey(in.Run, in.App, domain.StepBookSeat, "seat"), App: in.App, Run: in.Run, Person: in.Person, Account: in.Account, Reusable: domain.No, At: s.now()}
	if in.Role.FullSeat == domain.Yes && in.Was != domain.Yes || in.Role.FullSeat == domain.Unknown && promised {
		seat.Kind = domain.SeatTaken
		return []domain.SeatEntry{seat}
	}
	var seats []domain.SeatEntry
	if promised {
		seats = s.waiveEntry(in.StepRef).Seats
	}
	if in.Role.FullSeat == domain.No && in.Was == domain.Yes {
		seat.Kind, seat.Reusable = domain.SeatFreed, domain.Unknown
		seats = append(seats, seat)
	}
	return seats
}

// invited finds the invitation of a run; an empty one is none yet.
func (s *Set) invited(ctx context.Context, id string) (domain.Invite, error) {
	i, err := s.Ledger.Invite(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Invite{}, nil
	}
	return i, err
}
