package e2e

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	sim "handover/internal/sim/apollo"
)

// variant is one choice of a thing that the vendor's documents leave open, and
// what a leaving has to make of it.
type variant struct {
	name   string
	change func(o *office)
	faults []sim.Fault

	// Where somebody has to help: which step says so, with which words, and what
	// that somebody does. Empty where the run goes through.
	step domain.StepKey
	says string
	help func(m *matrix, o *office)

	ends  map[domain.StepKey]domain.StepState // where they differ from the usual ones
	loses bool                                // emails are lost, and listed
	keeps int                                 // contacts that the leaver keeps, because somebody decided so
}

func switched(set func(w *sim.Switches)) func(*office) {
	return func(o *office) { set(&o.options.Switches) }
}

// variants covers every switch of the simulator; "usual" is the other side of
// all of them.
func variants() []variant {
	skipped := func(key domain.StepKey) map[domain.StepKey]domain.StepState {
		return map[domain.StepKey]domain.StepState{key: domain.StepSkipped}
	}
	return []variant{
		{name: "usual"},
		{name: "no-scim", change: func(o *office) { o.options.SCIMToken = "" }},
		{name: "errors-legacy", change: switched(func(w *sim.Switches) { w.Errors = sim.ErrorsLegacy }), step: domain.StepDeactivate, says: "the API key is refused", help: (*matrix).restoreKey},
		{name: "errors-structured", change: switched(func(w *sim.Switches) { w.Errors = sim.ErrorsStructured }), step: domain.StepDeactivate, says: "the API key is refused", help: (*matrix).restoreKey},
		{name: "deactivated-vanish", change: switched(func(w *sim.Switches) { w.DeactivatedVanish = true })},
		{name: "unlinked-vanish", change: switched(func(w *sim.Switches) { w.UnlinkedVanish = true })},
		{name: "deactivation-unlinks", change: switched(func(w *sim.Switches) { w.DeactivationUnlinks = true }), loses: true},
		{name: "emails-fail-at-once", change: switched(func(w *sim.Switches) { w.FailScheduledAtOnce = true }), loses: true},
		{name: "emails-fail-protected", change: func(o *office) {
			o.options.Switches.FailScheduledAtOnce = true
			o.edit = func(block string) string { return strings.Replace(block, "order: guide", "order: protect-email", 1) }
		}},
		{name: "key-dies", change: func(o *office) { o.options.Switches.KeyDiesWithCreator, o.tenant.KeyCreator = true, dana },
			step: domain.StepDeactivate, says: "the API key is refused", help: (*matrix).restoreKey},
		{name: "key-dies-known", change: func(o *office) {
			o.options.Switches.KeyDiesWithCreator, o.tenant.KeyCreator = true, dana
			o.keyOwner = dana
		}, step: domain.StepDeactivate, says: "the leaver made the API key", help: (*matrix).cutByHand},
		{name: "seat-held", change: switched(func(w *sim.Switches) { w.SeatHeldByDeactivated = true })},
		{name: "ignores-contact-owner", change: switched(func(w *sim.Switches) { w.IgnoreContactOwnerFilter = true })},
		{name: "ignores-account-owner", change: switched(func(w *sim.Switches) { w.IgnoreAccountOwnerFilter = true })},
		{name: "ignores-deal-owner", change: switched(func(w *sim.Switches) { w.IgnoreDealOwnerFilter = true })},
		{name: "ignores-task-user", change: switched(func(w *sim.Switches) { w.IgnoreTaskUserFilter = true })},
		{name: "honours-task-status", change: switched(func(w *sim.Switches) { w.HonourTaskStatusFilter = true })},
		{name: "mailbox-filter-id", change: switched(func(w *sim.Switches) { w.MailboxFilter = sim.MailboxFilterID })},
		{name: "mailbox-filter-address", change: switched(func(w *sim.Switches) { w.MailboxFilter = sim.MailboxFilterIDAndAddress })},
		{name: "hides-archived", change: switched(func(w *sim.Switches) { w.HideArchivedSequences = true })},
		{name: "sequence-refuses-source", change: switched(func(w *sim.Switches) { w.SequenceRefusesDeactivatedSource = true }),
			step: domain.StepSequences, says: "the app refuses the request as invalid", help: (*matrix).giveSequences},
		{name: "sequence-refuses-target", change: switched(func(w *sim.Switches) { w.SequenceRefusesDeactivatedTarget = true })},
		{name: "sequence-write-slow", change: switched(func(w *sim.Switches) { w.SequenceWriteTakes = 300 * time.Millisecond })},
		{name: "honours-contact-patch", change: switched(func(w *sim.Switches) { w.HonourContactOwnerPatch = true })},
		{name: "crm-overwrites", change: switched(func(w *sim.Switches) { w.CRMOverwriteAfter = 100 * time.Millisecond }),
			step: domain.StepContacts, says: "CRM sync", help: (*matrix).leaveToCRM, ends: skipped(domain.StepContacts), keeps: 3},
		{name: "small-batches", change: switched(func(w *sim.Switches) { w.UpdateOwnersMax = 10 })},
		{name: "bulk-jobs-slow", change: switched(func(w *sim.Switches) { w.BulkJobTakes = time.Minute })},
		{name: "no-retry-after", change: switched(func(w *sim.Switches) { w.NoRetryAfter = true }),
			faults: []sim.Fault{{Kind: sim.FaultSequenceLock, Endpoint: "sequences/update", Every: 2, Count: 3}}},
		{name: "no-usage-stats", change: switched(func(w *sim.Switches) { w.NoUsageStats = true })},
		{name: "seat-notice-short", change: switched(func(w *sim.Switches) { w.SeatNotice = 24 * time.Hour })},
	}
}

// matrix is one leaving from all these apps at once.
type matrix struct {
	*world
	run    string
	before map[string]map[string]int // records of each kind, by app
}

func TestEverySwitchBothWays(t *testing.T) {
	t.Parallel()
	all := variants()
	var offices []*office
	for _, v := range all {
		o := &office{name: v.name, options: sim.Options{SCIMToken: scimToken}, tenant: team()}
		if v.change != nil {
			v.change(o)
		}
		offices = append(offices, o)
	}
	m := &matrix{world: newOffices(t, offices...), before: map[string]map[string]int{}}
	for i, o := range offices {
		m.before[o.name] = totals(o.app)
		require.NoError(t, o.app.SetFaults(uint64(i), all[i].faults...))
	}
	m.home.start("")
	m.run = m.start(leaving(dana, 6*time.Second)).ID
	m.office("errors-legacy").app.SetAPIKey("another key", priya)
	m.office("errors-structured").app.SetAPIKey("another key", priya)
	m.robot(nil)
	t.Run("apps", func(t *testing.T) {
		for i, v := range all {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				m.check(t, v, offices[i])
			})
		}
	})
	if !t.Failed() {
		r := m.awaitState(m.run, domain.RunClosed)
		m.checkPack(r)
	}
}

// check follows one app to its end. Whatever the vendor does, nobody else's
// record changes, none disappears, and somebody can still administrate.
func (m *matrix) check(t *testing.T, v variant, o *office) {
	harmless := func() {
		require.NoError(t, o.before.CheckOthers())
		require.Equal(t, m.before[o.name], totals(o.app))
		require.True(t, hasAdmin(o.app), "no admin is left")
	}
	if v.help != nil {
		// A slow machine has other troubles first, which pass.
		m.awaitSteps(t, o, fmt.Sprintf("somebody is asked for help with %s: %q", v.step, v.says), func(steps map[domain.StepKey]api.Step) bool {
			s := steps[v.step]
			asked := s.State == string(domain.StepNeedsAttention) || s.State == string(domain.StepWaiting) && asksForKey(s.Why)
			return asked && strings.Contains(s.Why, v.says)
		})
		harmless()
		v.help(m, o)
	}
	steps := m.awaitSteps(t, o, "all steps are settled", func(steps map[domain.StepKey]api.Step) bool {
		for _, s := range steps {
			if !domain.StepState(s.State).Settled() {
				return false
			}
		}
		return len(steps) > 0
	})
	for key, s := range steps {
		want, named := v.ends[key]
		require.False(t, named && string(want) != s.State, "%s is %s", key, s.State)
		require.False(t, !named && s.State == "skipped" && key != domain.StepPromote, "%s was skipped: %s", key, s.Why)
	}
	harmless()
	require.Equal(t, v.keeps, o.app.State().Counts["contacts"][o.id(dana)])
	if v.keeps == 0 {
		require.NoError(t, o.before.CheckLeaver(dana))
	}
	lost := slices.DeleteFunc(o.before.Lost(), func(id string) bool { return v.loses && m.listed(t, o)[id] })
	require.Equal(t, v.loses, len(o.before.Lost()) > 0, "whether emails are lost")
	require.Empty(t, lost, "emails that will never be sent and are listed nowhere")
}

func asksForKey(why string) bool { return strings.Contains(why, "key") }

func (m *matrix) awaitSteps(t *testing.T, o *office, what string, is func(map[domain.StepKey]api.Step) bool) map[domain.StepKey]api.Step {
	t.Helper()
	var r api.Run
	for until := time.Now().Add(patience); time.Now().Before(until); <-time.After(300 * time.Millisecond) {
		got, ok := m.world.run(m.run)
		if !ok {
			continue
		}
		r = got
		steps := map[domain.StepKey]api.Step{}
		for _, s := range r.Steps {
			if s.App == o.name {
				steps[domain.StepKey(s.Step)] = s
			}
		}
		if is(steps) {
			return steps
		}
		m.tryAgain(o, steps)
	}
	r.Steps = slices.DeleteFunc(r.Steps, func(s api.Step) bool { return s.App != o.name })
	require.Failf(t, "wait until "+what, "%s", stepsOf(r))
	return nil
}

// noAnswer is how a step says that a call came to no answer in its time.
var noAnswer = []string{"context canceled", "stopped before its answer came", "no worker or app answered in time"}

// tryAgain is a person who presses Retry where a call came to no answer in its time:
// on a busy machine that may be so more often than the policy tries by itself.
func (m *matrix) tryAgain(o *office, steps map[domain.StepKey]api.Step) {
	for key, s := range steps {
		if s.State != string(domain.StepNeedsAttention) || !slices.ContainsFunc(noAnswer, func(why string) bool { return strings.Contains(s.Why, why) }) {
			continue
		}
		if c := m.as(priya); c != nil {
			_, err := client.Post[api.Message](context.Background(), c, "/runs/"+m.run+"/steps/"+o.name+"/"+string(key)+"/retry", map[string]any{"reason": "it came to no answer"})
			m.say("retry %s %s: %v", o.name, key, err)
		}
	}
}

// listed are the emails that the audit log names as lost.
func (m *matrix) listed(t *testing.T, o *office) map[string]bool {
	t.Helper()
	events, err := client.Get[[]api.Event](context.Background(), m.present(t, priya), "/audit", url.Values{"run": {m.run}, "kind": {string(domain.EventEmailsLost)}})
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, e := range events {
		for fact := range e.Facts {
			if id, ok := strings.CutPrefix(fact, "lost_"); ok && e.App == o.name {
				ids[id] = true
			}
		}
	}
	return ids
}

// totals counts the records of each kind, whoever owns them.
func totals(app *sim.Simulator) map[string]int {
	sum := map[string]int{}
	for kind, owners := range app.State().Counts {
		for _, n := range owners {
			sum[kind] += n
		}
	}
	return sum
}

func hasAdmin(app *sim.Simulator) bool {
	return slices.ContainsFunc(app.State().Users, func(u sim.UserState) bool { return u.Active && u.Profile == sim.ProfileAdmin })
}

func (m *matrix) command(o *office, step domain.StepKey, verb, reason string) {
	path := fmt.Sprintf("/runs/%s/steps/%s/%s/%s", m.run, o.name, step, verb)
	m.until(priya, func(c *client.Client) bool {
		if _, err := client.Post[api.Message](context.Background(), c, path, map[string]any{"reason": reason}); err != nil {
			m.say("%s %s of %s: %v", verb, step, o.name, err)
		}
		return true
	})
}

// restoreKey puts a key of somebody who stays in place: the installation was
// given its value before.
func (m *matrix) restoreKey(o *office) { o.app.SetAPIKey(apiKey, priya) }

// cutByHand is what an administrator does whom the guard has stopped: a key of
// somebody who stays, access cut in the app, and a word about why.
func (m *matrix) cutByHand(o *office) {
	o.app.SetAPIKey(apiKey, priya)
	if err := o.app.Deactivate(dana); err != nil {
		m.say("deactivate by hand: %v", err)
	}
	m.command(o, domain.StepDeactivate, "retry", "the key was rotated, and access cut by hand")
}

func (m *matrix) giveSequences(o *office) {
	ids, _ := o.app.Owned(sim.KindSequence, dana)
	for _, q := range o.app.State().Sequences {
		if slices.Contains(ids, q.ID) && !q.Archived {
			if err := o.app.SetOwner(sim.KindSequence, q.ID, eli); err != nil {
				m.say("give sequence: %v", err)
			}
		}
	}
	m.command(o, domain.StepSequences, "retry", "given by hand")
}

func (m *matrix) leaveToCRM(o *office) {
	m.command(o, domain.StepContacts, "skip", "the CRM owns these contacts")
}
