package evidence

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// removed is the event that the cut-off of an access writes: so long after noon.
func removed(run string, channel domain.Channel, request string, after time.Duration) domain.AuditEvent {
	return domain.AuditEvent{Key: run + "/removed", Run: run, Kind: domain.EventMemberRemoved, Actor: domain.SystemActor, App: "apollo", Step: domain.StepDeactivate, From: "active", To: "deactivated",
		Channel: channel, RequestID: request, At: noon.Add(after), Facts: map[string]string{"how": "deactivated", "elapsed": after.String(), "class": "standard", "limit": "1h0m0s"}}
}

const proven = "offboarding:p:1"

func stepEvent(kind domain.EventKind, step domain.StepKey, to domain.StepState) domain.AuditEvent {
	return domain.AuditEvent{Run: proven, Kind: kind, App: "apollo", Step: step, To: string(to), At: noon}
}

func noted(events ...domain.AuditEvent) *runProof {
	p := newRunProof()
	for _, e := range events {
		p.note(e)
	}
	return p
}

func TestAStepIsWhatTheAuditChainSays(t *testing.T) {
	t.Parallel()
	cut, attested := removed(proven, domain.ChannelAPI, "r1", time.Minute), removed(proven, domain.ChannelPerson, "", time.Minute)
	attested.Facts = map[string]string{"how": "attested"}
	byHand := cut
	byHand.Channel = ""
	late := cut
	late.Facts = map[string]string{"ignored_move": "skipped to verified"}
	secret, absent := domain.SecretStep("dialer"), stepEvent(domain.EventStepChanged, domain.StepDeactivate, domain.StepVerified)
	row := func(key domain.StepKey, state domain.StepState, channel domain.Channel, request string, after time.Duration) domain.StepRecord {
		return domain.StepRecord{App: "apollo", Key: key, State: state, Channel: channel, RequestID: request, SettledAt: noon.Add(after)}
	}
	verified := row(domain.StepDeactivate, domain.StepVerified, domain.ChannelAPI, "r1", time.Minute)
	attestedRow := row(domain.StepDeactivate, domain.StepAttested, domain.ChannelPerson, "", time.Minute)
	for what, c := range map[string]struct {
		events []domain.AuditEvent
		row    domain.StepRecord
		want   string
	}{
		"verified":                    {[]domain.AuditEvent{cut}, verified, ""},
		"gone before we came":         {[]domain.AuditEvent{byHand}, verified, ""},
		"no account":                  {[]domain.AuditEvent{absent}, verified, ""},
		"two people":                  {[]domain.AuditEvent{attested, stepEvent(domain.EventStepChanged, domain.StepDeactivate, domain.StepAttested)}, attestedRow, ""},
		"a role":                      {[]domain.AuditEvent{stepEvent(domain.EventRoleChanged, domain.StepRole, "Member")}, row(domain.StepRole, domain.StepVerified, "", "", 0), ""},
		"a secret":                    {[]domain.AuditEvent{stepEvent(domain.EventStepChanged, secret, domain.StepAttested)}, row(secret, domain.StepAttested, "", "", 0), ""},
		"back and gone again":         {[]domain.AuditEvent{cut, stepEvent(domain.EventAccessReturned, domain.StepDeactivate, ""), cut}, verified, ""},
		"nothing was claimed":         {nil, row(domain.StepDeactivate, domain.StepSkipped, "", "", 0), ""},
		"nothing said":                {nil, verified, "is called verified"},
		"two people said, no app":     {[]domain.AuditEvent{attested}, verified, "is called verified"},
		"the app said, no two people": {[]domain.AuditEvent{cut}, attestedRow, "is called attested"},
		"said too late":               {[]domain.AuditEvent{late}, verified, "is called verified"},
		"back":                        {[]domain.AuditEvent{cut, stepEvent(domain.EventAccessReturned, domain.StepDeactivate, "")}, verified, "is called verified"},
		"undone":                      {[]domain.AuditEvent{cut, stepEvent(domain.EventUndone, domain.StepDeactivate, "")}, verified, "is called verified"},
		"a secret that nobody said":   {[]domain.AuditEvent{cut}, row(secret, domain.StepAttested, "", "", 0), "is called attested"},
		"another channel":             {[]domain.AuditEvent{cut}, row(domain.StepDeactivate, domain.StepVerified, domain.ChannelIDP, "r1", time.Minute), "another channel or request"},
		"another request":             {[]domain.AuditEvent{cut}, row(domain.StepDeactivate, domain.StepVerified, domain.ChannelAPI, "r2", time.Minute), "another channel or request"},
		"earlier than it was":         {[]domain.AuditEvent{cut}, row(domain.StepDeactivate, domain.StepVerified, domain.ChannelAPI, "r1", -time.Hour), "earlier than the audit chain says"},
	} {
		err := noted(c.events...).checkSteps(proven, []domain.StepRecord{c.row})
		if c.want == "" {
			require.NoError(t, err, what)
		} else {
			require.ErrorContains(t, err, c.want, what)
		}
	}
}

func TestATimeToCutOffIsTheOneThatTheAuditChainTells(t *testing.T) {
	t.Parallel()
	cut := domain.CutOffTime{App: "apollo", Channel: domain.ChannelAPI, Due: noon, VerifiedAt: noon.Add(time.Minute), Limit: time.Hour, Class: "standard"}
	told := removed(proven, domain.ChannelAPI, "r1", time.Minute)
	require.NoError(t, noted(told).checkCuts(proven, []domain.CutOffTime{cut}))
	for what, change := range map[string]func(*domain.CutOffTime){
		"a moment":                   func(c *domain.CutOffTime) { c.VerifiedAt = c.VerifiedAt.Add(-3 * time.Second) },
		"when it was due":            func(c *domain.CutOffTime) { c.Due = c.Due.Add(time.Second) },
		"both":                       func(c *domain.CutOffTime) { c.Due, c.VerifiedAt = c.Due.Add(time.Hour), c.VerifiedAt.Add(time.Hour) },
		"the channel":                func(c *domain.CutOffTime) { c.Channel = domain.ChannelIDP },
		"the class":                  func(c *domain.CutOffTime) { c.Class = "others" },
		"the limit":                  func(c *domain.CutOffTime) { c.Limit = 2 * time.Hour },
		"the app":                    func(c *domain.CutOffTime) { c.App = "space" },
		"a moment that nobody knows": func(c *domain.CutOffTime) { c.VerifiedAt = time.Time{} },
	} {
		forged := cut
		change(&forged)
		require.ErrorContains(t, noted(told).checkCuts(proven, []domain.CutOffTime{forged}), "the audit chain does not say so", what)
	}
	require.ErrorContains(t, noted().checkCuts(proven, []domain.CutOffTime{cut}), "the audit chain does not say so")
	require.ErrorContains(t, noted(told).checkCuts(proven, nil), "the measurement is missing")
}

func TestARunIsTheOneThatTheAuditChainTells(t *testing.T) {
	t.Parallel()
	run := domain.Run{ID: proven, Kind: domain.RunOffboarding, Person: "dana", Authority: domain.AuthorityHR, State: domain.RunClosed, LastMoment: domain.LastMoment{Local: "2026-11-20T13:00:00", Zone: "Europe/Berlin"}}
	began := domain.AuditEvent{Kind: domain.EventRunStarted, Subject: "dana", Facts: map[string]string{"authority": "hr", "due": "2026-11-19T12:00:00Z"}}
	moved := domain.AuditEvent{Kind: domain.EventRunRescheduled, To: "2026-11-20T12:00:00Z"}
	over := domain.AuditEvent{Kind: domain.EventRunClosed, To: string(domain.RunClosed)}
	require.NoError(t, noted(began, moved, over).checkRun(run))
	require.NoError(t, noted(began, moved, domain.AuditEvent{Kind: domain.EventRunRescheduled}, over).checkRun(run), "HR's ended now names no moment")
	require.NoError(t, noted(began, moved, over, domain.AuditEvent{Kind: domain.EventRunRescheduled, To: "2026-12-20T12:00:00Z"}).checkRun(run), "what came after its end moves nothing")
	require.ErrorContains(t, noted(began, over).checkRun(run), "the last moment")
	require.ErrorContains(t, noted(began, moved).checkRun(run), "is called closed")
	for what, change := range map[string]func(*domain.Run){
		"a person": func(r *domain.Run) { r.Person = "eli" }, "the authority": func(r *domain.Run) { r.Authority = domain.AuthorityPerson },
		"the state": func(r *domain.Run) { r.State = domain.RunRetracted }, "the moment": func(r *domain.Run) { r.LastMoment.Zone = "Europe/Lisbon" },
	} {
		forged := run
		change(&forged)
		require.Error(t, noted(began, moved, over).checkRun(forged), what)
	}
}

// A pack made of rows that somebody wrote past Handover is not published.
func TestRowsThatNoEventSaysMakeNoPack(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*ledger)
		want   string
	}{
		"an invented cut-off": {func(l *ledger) {
			l.cuts = append(l.cuts, domain.CutOffTime{Run: runID, App: "space", Due: noon, VerifiedAt: noon.Add(12 * time.Second)})
		}, "to space is said to have ended"},
		"a moved one":             {func(l *ledger) { l.cuts[0].VerifiedAt = l.cuts[0].VerifiedAt.Add(-3 * time.Second) }, "to apollo is said to have ended"},
		"one that was taken away": {func(l *ledger) { l.cuts = nil }, "the measurement is missing"},
		"an invented step":        {func(l *ledger) { l.steps[0].App = "space" }, "step deactivate of " + runID + " in space is called verified"},
	} {
		from := newLedger(1)
		c.change(from)
		p := Packer{Source: from, Signer: signer(t), Dir: t.TempDir()}
		_, err := p.BuildPack(t.Context(), runID)
		require.ErrorContains(t, err, c.want, what)
		require.ErrorIs(t, err, domain.ErrUnproven, what)
		require.Empty(t, from.noted, what)
	}
}
