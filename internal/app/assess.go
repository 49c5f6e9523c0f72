package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/sethvargo/go-envconfig"

	"handover/activities"
	"handover/domain"
	"handover/internal/config"
)

// AssessOptions say what is assessed.
type AssessOptions struct {
	App    domain.AppID // "" is the only one of the policy, or apollo without a policy
	Roster []domain.RosterRow
	// Env is where variables are read; nil is the environment of the process.
	Env envconfig.Lookuper
	// Told hears what goes on, for whoever waits.
	Told func(text string)
}

// Assess looks at an app once and holds it against a roster. It only reads: the app,
// the environment and the policy file where there is one. Nothing is written anywhere.
func Assess(ctx context.Context, o AssessOptions) (Assessment, error) {
	env, vars, err := config.ReadEnv(ctx, o.Env)
	if err != nil {
		return Assessment{}, err
	}
	policy, err := assessPolicy(env)
	if err != nil {
		return Assessment{}, err
	}
	id, app, err := assessApp(policy, o.App)
	if err != nil {
		return Assessment{}, err
	}
	gate := newLonelyGate(RateLimits(func() *domain.Policy { return policy }), func(until time.Time) {
		o.Told("the app's quota is spent: going on at " + until.Local().Format(time.TimeOnly))
	})
	c, err := newConnector(id, app, vars, gate, noLists{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return Assessment{}, err
	}
	x := &assessor{options: o, app: app, connector: c, began: time.Now().UTC(), out: emptyAssessment()}
	x.people, x.out.Roster = readRoster(o.Roster, policy, x.began)
	x.out.App, x.out.Kind, x.out.ReadAt = id, app.Kind, x.began
	if err := x.look(ctx); err != nil {
		return Assessment{}, err
	}
	x.out.Calls, x.out.Took = gate.calls, time.Since(x.began).Round(time.Second).String()
	return x.out, nil
}

// assessPolicy reads the policy file where there is one. Without one an app of kind
// apollo.io is assumed, with its key in the environment.
func assessPolicy(env config.Env) (*domain.Policy, error) {
	if _, err := os.Stat(env.PolicyFile); errors.Is(err, os.ErrNotExist) && os.Getenv("HANDOVER_POLICY") == "" {
		return &domain.Policy{Company: domain.CompanyPolicy{TimeZone: "UTC"},
			Apps: map[domain.AppID]*domain.AppPolicy{"apollo": {Kind: domain.KindApolloIO}}}, nil
	}
	p, _, err := config.ReadPolicy(env.PolicyFile)
	return p, err
}

func assessApp(p *domain.Policy, id domain.AppID) (domain.AppID, *domain.AppPolicy, error) {
	if id != "" {
		if p.Apps[id] == nil {
			return id, nil, fmt.Errorf("assess: the policy names no app %q", id)
		}
		return id, p.Apps[id], nil
	}
	var shown []domain.AppID
	for _, name := range slices.Sorted(maps.Keys(p.Apps)) {
		if p.Apps[name].Kind == domain.KindApolloIO {
			shown = append(shown, name)
		}
	}
	if len(shown) != 1 {
		return "", nil, fmt.Errorf("assess: say which app with --app: the policy has %d of kind %s", len(shown), domain.KindApolloIO)
	}
	return shown[0], p.Apps[shown[0]], nil
}

// assessor is one assessment while it goes on.
type assessor struct {
	options   AssessOptions
	app       *domain.AppPolicy
	connector activities.Connector
	people    roster
	began     time.Time
	listing   domain.Listing
	rules     domain.Rules
	gone      []domain.Account // nobody can use them, or nobody should
	out       Assessment
}

func (x *assessor) look(ctx context.Context) error {
	x.options.Told("reading the app's users")
	var err error
	if x.listing, err = x.connector.ListAccounts(ctx); err != nil {
		return err
	}
	l := x.listing
	x.rules = domain.Rules{App: x.out.App, HRSpoke: len(x.options.Roster) > 0, InviteLife: x.app.Joining.InviteLife, At: x.began}
	x.out.Accounts = AssessedList{Listed: len(l.Accounts), Total: l.Total, Complete: l.Complete && !l.Hidden}
	switch {
	case l.Hidden:
		x.out.Accounts.Why = "the app shows Handover no users"
	case !l.Complete:
		x.out.Accounts.Why = "the list of users was cut short: who is missing here may have access all the same"
	}
	if x.out.Accounts.Why != "" {
		x.unknown(x.out.Accounts.Why)
	}
	x.startKnowing()
	x.judge()
	x.seats()
	for _, part := range []func(context.Context) error{x.mailboxes, x.records, x.activity} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	x.commands()
	return nil
}

// unknown notes what could not be known, once.
func (x *assessor) unknown(text string) {
	if !slices.Contains(x.out.Unknown, text) {
		x.out.Unknown = append(x.out.Unknown, text)
	}
}

// missed notes a part that the app did not tell, and lets the rest go on. What is no
// answer of the app ends the assessment.
func (x *assessor) missed(what string, err error) error {
	var f *domain.Fault
	if !errors.As(err, &f) {
		return err
	}
	x.unknown(what + ": " + f.SafeMessage)
	return nil
}

func user(a domain.Account, why string) AssessedUser {
	return AssessedUser{Account: a.ID, Email: domain.NormalEmail(a.Email), Name: a.Name, Admin: a.Admin, Seat: a.SeatType, Why: why}
}

// judge holds each account against the roster.
func (x *assessor) judge() {
	count := domain.AppCount{}
	for _, a := range x.listing.Accounts {
		who := x.people.Of(a.ID, a.Email)
		if a.Active == domain.Yes {
			x.out.Accounts.Active++
		}
		for _, f := range x.rules.JudgeAccount(a, who).Found {
			into := map[domain.FindingKind]*[]AssessedUser{domain.FoundLeftButActive: &x.out.Leavers, domain.FoundUnknownToHR: &x.out.Nobodys, domain.FoundStaleInvite: &x.out.Invites}[f.Kind]
			why := f.Why
			if f.Kind == domain.FoundLeftButActive && !who.LastEnd.IsZero() {
				why = "left on " + who.LastEnd.Format(time.DateOnly)
			}
			if f.Kind == domain.FoundUnknownToHR {
				why = "in no line of the roster"
			}
			*into = append(*into, user(a, why))
		}
		if a.Active == domain.No || who.Gone(x.began) {
			x.gone = append(x.gone, a)
		}
		if last := x.people.leaving(a.Email); a.Active != domain.No && !last.IsZero() {
			x.out.Leaving = append(x.out.Leaving, user(a, "leaves on "+last.Format(time.DateOnly)))
		}
		if a.WorkingAdmin() == domain.Yes {
			x.out.Admins.Working = append(x.out.Admins.Working, user(a, ""))
		}
		count.Add(a, nil)
	}
	x.out.Admins.Maybe = count.MaybeAdm
	if x.out.Accounts.Complete {
		for _, f := range x.rules.JudgeApp(count, -1).Found {
			x.out.Admins.Note = f.Why
		}
	}
	for _, list := range [][]AssessedUser{x.out.Leavers, x.out.Leaving, x.out.Nobodys, x.out.Invites, x.out.Admins.Working} {
		slices.SortFunc(list, func(a, b AssessedUser) int {
			return cmp.Or(cmp.Compare(a.Email, b.Email), cmp.Compare(a.Account, b.Account))
		})
	}
	if count.MaybeAdm > 0 {
		x.out.Known.Admins = min(x.out.Known.Admins, KnownPartly)
		x.unknown(fmt.Sprintf("whether %d more accounts are working admins: say admin and full_seat in the policy file for the profiles of those who may be", count.MaybeAdm))
	}
	if x.out.Roster.Left == 0 {
		x.unknown("nobody in the roster has left: leavers are found only when the file names them, with a status or a last day")
	}
}

// seats counts seats and prices them. What hangs on something unknown is -1.
func (x *assessor) seats() {
	contract, n := x.app.Contract(), domain.CountSeats(x.listing)
	price := x.app.Price(domain.SeatFull)
	s := domain.Stand(contract, n, nil)
	out := AssessedSeats{Bought: s.Contract.Bought, Occupied: -1, Maybe: n.Unknown, ByType: n.ByType, Free: s.Free, Price: price.PerSeat.String(), Idle: s.Idle.String(),
		Period: string(contract.Billing), Notes: s.Warnings(x.out.Kind, price, x.began)}
	if n.Complete && n.Unknown == 0 {
		out.Occupied = n.Paid
	}
	unsure, listing := 0, x.listing.Index()
	for _, u := range x.out.Leavers {
		if a, ok := listing.ByID(u.Account); ok && a.Active == domain.Yes {
			switch a.FullSeat {
			case domain.Yes:
				out.Leavers++
			case domain.Unknown:
				unsure++
			}
		}
	}
	out.Wasted = contract.PricePerSeat.Times(out.Leavers).String()
	if unsure > 0 || x.out.Known.Leavers != KnownWhole {
		out.Leavers, out.Wasted = -1, "unknown"
	}
	x.out.Seats = out
}

// commands are what would clean up, for a person to type when Handover is set up.
func (x *assessor) commands() {
	leave := func(account domain.AccountID) {
		text := fmt.Sprintf("handover offboard %s --app %s --now", account, x.out.App)
		if !slices.Contains(x.out.Commands, text) {
			x.out.Commands = append(x.out.Commands, text)
		}
	}
	for _, u := range x.out.Leavers {
		leave(u.Account)
	}
	for _, o := range x.out.Orphans {
		leave(o.Account)
	}
	for _, b := range x.out.Boxes {
		if b.Listed {
			leave(b.Account)
		}
	}
}
