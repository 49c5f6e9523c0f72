package domain_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func samplePlan() domain.Plan {
	return domain.Plan{
		Run: "offboarding:e7k2:1", App: "apollo", Account: "5f1e", Version: 2, Order: domain.OrderGuide, CutOffIncluded: true,
		Steps: []domain.PlannedStep{
			{Key: domain.StepDeactivate, Channel: domain.ChannelSCIM, Why: "the policy gives an address"},
			{Key: domain.StepContacts, Channel: domain.ChannelAPI, Why: "one call moves many"},
		},
		Rules: []domain.PlanRule{
			{Kind: domain.Contacts, Scope: domain.ScopeAll, Count: 2300, Ceiling: 2760, Successor: "77aa", Heir: "p-eli"},
			{Kind: domain.Deals, Scope: domain.ScopeOpen, Count: 25, Ceiling: 35, Successor: "77ab", Heir: "p-ada"},
		},
		Guards: []domain.GuardFinding{
			{Guard: domain.GuardSoleAdmin, State: domain.GuardWarn, Why: "one other admin remains"},
			{Guard: domain.GuardLegalHold, State: domain.GuardOpen, Why: "none"},
		},
		Mailboxes: 2, ScheduledEmails: 40, Emails: domain.EmailsHold, ForwardTo: "mb-1", KeepTogether: true, PolicyHash: "ab12",
	}
}

// The form of a plan is what people approved: it can never change for plans
// that exist. A new form gets a new name in its first line.
const planGolden = `format="handover-plan/1"
run="offboarding:e7k2:1"
app="apollo"
account="5f1e"
version="2"
order="guide"
cut_off_included="true"
step="deactivate/scim"
step="contacts/api"
rule.contacts="all/2300/2760/77aa/p-eli"
rule.deals="open/25/35/77ab/p-ada"
guard.legal_hold="open"
guard.sole_admin="warn"
mailboxes="2"
scheduled_emails="40"
emails="hold"
forward_to="mb-1"
keep_together="true"
policy_hash="ab12"
`

func TestPlanCanonicalFormIsGolden(t *testing.T) {
	t.Parallel()
	require.Equal(t, planGolden, samplePlan().Canonical())
	require.Equal(t, "v1:4e696b20adb712f07dc45d5f3cf0d86e2f01f4c972eade00b91338bbc419f740", samplePlan().Digest())
}

func TestPlanDigestIsTheSameForTheSamePlan(t *testing.T) {
	t.Parallel()
	want := samplePlan().Digest()
	seeds(t, 50, func(t require.TestingT, r *rand.Rand) {
		p := clone(t, samplePlan())
		r.Shuffle(len(p.Rules), func(i, j int) { p.Rules[i], p.Rules[j] = p.Rules[j], p.Rules[i] })
		r.Shuffle(len(p.Guards), func(i, j int) { p.Guards[i], p.Guards[j] = p.Guards[j], p.Guards[i] })
		before := clone(t, p)
		require.Equal(t, want, p.Digest(), "the order of rules and guards says nothing")
		require.Equal(t, before, p, "taking the digest changes nothing")
	})
	swapped := samplePlan()
	slices.Reverse(swapped.Steps)
	require.NotEqual(t, want, swapped.Digest(), "the order of steps is approved")
}

// Whatever a person approves is in the digest; reasons for a reader are not. A
// field added to the plan makes this test fail until somebody decides.
func TestPlanDigestFeelsEveryFieldButReasons(t *testing.T) {
	t.Parallel()
	p := samplePlan()
	p.Join = &domain.JoinTerms{Role: "r", RoleName: "R", From: "f", FromName: "F", Seat: domain.SeatBuy, Price: domain.Money{Minor: 1, Currency: "USD"}, PriceDate: "2026-02-26",
		Until: "2027-01-31", Gains: []string{"a"}, Loses: []string{"b"}, Warnings: []string{"c"}}
	want, changed := p.Digest(), 0
	eachChange(reflect.ValueOf(&p).Elem(), "plan", func(path string) {
		if strings.HasSuffix(path, ".Why") {
			require.Equal(t, want, p.Digest(), path)
			return
		}
		changed++
		require.NotEqual(t, want, p.Digest(), path)
	})
	require.Equal(t, want, p.Digest())
	require.Greater(t, changed, 30)
}

func TestNoTextOfAPlanCanPassForAnotherLine(t *testing.T) {
	t.Parallel()
	forged, honest := samplePlan(), samplePlan()
	forged.Run, forged.App = "a\"\napp=\"b", ""
	honest.Run, honest.App = "a", "b"
	require.NotEqual(t, honest.Canonical(), forged.Canonical())
	require.Len(t, strings.Split(forged.Canonical(), "\n"), len(strings.Split(honest.Canonical(), "\n")))

	forged.Rules[0].Kind = "x=\"1\"\nemails"
	require.Len(t, strings.Split(forged.Canonical(), "\n"), len(strings.Split(honest.Canonical(), "\n")))
}

func TestDriftNeedsShareAndNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ count, ceiling int }{{0, 10}, {1, 11}, {40, 50}, {50, 60}, {51, 62}, {100, 120}, {2300, 2760}, {50000, 60000}} {
		require.Equal(t, c.ceiling, domain.DefaultDrift.Ceiling(c.count), "for %d records", c.count)
	}
	seeds(t, 2000, func(t require.TestingT, r *rand.Rand) {
		d := domain.DriftLimits{Percent: r.IntN(101), Records: r.IntN(50)}
		planned, found := r.IntN(60_000), r.IntN(120_000)
		plan := domain.Plan{Rules: []domain.PlanRule{{Kind: domain.Contacts, Count: planned, Ceiling: d.Ceiling(planned)}}}
		_, drift := plan.CheckDrift(domain.Contacts, found)
		more := found - planned
		overShare, overNumber := 100*more > d.Percent*planned, more > d.Records
		require.Equal(t, overShare && overNumber, drift, "%d planned, %d found, %+v", planned, found, d)
	})
}

func TestANewKindOfRecordIsDrift(t *testing.T) {
	t.Parallel()
	drift, yes := samplePlan().CheckDrift(domain.Sequences, 1)
	require.True(t, yes)
	require.Equal(t, domain.Drift{Kind: domain.Sequences, Count: 1, NewKind: true}, drift)
	_, yes = samplePlan().CheckDrift(domain.Sequences, 0)
	require.False(t, yes, "nothing found is nothing new")
	_, yes = samplePlan().CheckDrift(domain.Contacts, 0)
	require.False(t, yes, "fewer is no drift")
}
