package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

const policyText = "version: 2\n"

// registered makes a leaver, and something of everything that happens outside of runs.
func registered(t *testing.T) (*reviewWorld, domain.Run, string) {
	t.Helper()
	w, ctx := newReviewWorld(t), t.Context()
	sum := sha256.Sum256([]byte(policyText))
	hash := hex.EncodeToString(sum[:])
	w.past("INSERT INTO policies (hash, body, first_at) VALUES ('" + hash + "', '" + policyText + "', 0)")
	run, secret := w.leaver("dana", false, time.Minute), w.leaver("gus", true, time.Minute)
	outside := func(key string, kind domain.EventKind, subject domain.PersonID, target string) domain.AuditEvent {
		return domain.AuditEvent{Key: key, Kind: kind, Actor: domain.UnknownActor, Subject: subject, App: "apollo", Target: target, From: "member", To: "owner", At: noon}
	}
	old := outside("old", domain.EventRoleChanged, "", "u-old")
	old.At = noon.AddDate(0, -1, 0)
	require.NoError(t, w.s.Record(ctx, domain.Entry{Events: []domain.AuditEvent{outside("a", domain.EventRoleChanged, run.Person, "u-dana"), outside("b", domain.EventRoleChanged, secret.Person, "u-gus"), old,
		{Key: "no", Kind: domain.EventRefused, Actor: w.mia.ID, At: noon, Facts: map[string]string{"code": "right"}},
		{Key: "policy", Kind: domain.EventPolicyChanged, Actor: domain.SystemActor, From: "h1", To: hash, PolicyHash: hash, At: noon},
		{Key: "done", Kind: domain.EventReconciled, Actor: domain.SystemActor, At: noon}}}))
	require.NoError(t, w.s.Record(ctx, domain.Entry{Run: run.ID, Events: []domain.AuditEvent{{Key: "no", Run: run.ID, Kind: domain.EventRefused, Actor: w.mia.ID, At: noon, Facts: map[string]string{"code": "self"}}}}))
	f := domain.NewFinding("apollo", domain.FoundTooManyOwners, domain.SeverityMedium, "", "", "three owners", noon)
	x := domain.Exception{ID: "x1", Finding: f.ID, App: "apollo", Until: noon.AddDate(0, 3, 0), Reason: "a third owner during the move", AskedBy: w.mia.ID, AskedAt: noon}
	asked := domain.AuditEvent{Key: "asked", Kind: domain.EventExceptionAsked, Actor: w.mia.ID, App: "apollo", Target: f.ID, At: noon, Reason: x.Reason, Facts: map[string]string{"exception": "x1"}}
	require.NoError(t, w.s.AskException(ctx, x, asked))
	x.DecidedBy, x.DecidedAt, x.Agreed = run.Person, noon, true
	agreed := asked
	agreed.Key, agreed.Kind, agreed.Actor, agreed.Reason = "agreed", domain.EventExceptionAgreed, run.Person, ""
	counted, err := w.s.DecideException(ctx, x, agreed)
	require.NoError(t, err)
	require.True(t, counted)
	_, err = w.s.KeepHREvent(ctx, domain.HREvent{ID: "m1", Source: "hr", Type: domain.HRChanged, Email: "dana@example.com", Title: "Lead", OccurredAt: noon})
	require.NoError(t, err)
	return w, run, hash
}

func twoApps(q *domain.EvidencePeriod) { q.Apps = []domain.AppID{"apollo", "space"} }

func TestThePackOfAPeriodHoldsWhatHappenedOutsideOfRuns(t *testing.T) {
	t.Parallel()
	w, run, hash := registered(t)
	key := signer(t)
	pack := w.period(key, twoApps)
	_, err := verify(pack, key)
	require.NoError(t, err)
	all := parts(t, pack)
	register := string(all["period/register.csv"])
	for _, want := range []string{"role_changed,unknown", "u-dana,member,owner", "refused,'=Mia <mia@example.com>,", "code: right", "code: self,," + run.ID, "exception_asked,", "a third owner during the move",
		"exception_agreed,dana <dana@example.com>", "policy_changed,Handover"} {
		require.Contains(t, register, want)
	}
	require.NotContains(t, register, "u-gus", "of somebody who leaves in confidence")
	require.NotContains(t, register, "u-old", "before the period")
	require.NotContains(t, register, "reconciled")
	require.Contains(t, string(all["period/exceptions.csv"]), "is let be until 2027-02-20, as =Mia <mia@example.com> asked and a second person agreed\",a third owner during the move,dana <dana@example.com>")
	require.Equal(t, policyText, string(all["period/policies/"+hash+".yaml"]))
	require.Equal(t, "run,person,app,outcome\n"+run.ID+",dana <dana@example.com>,apollo,removed\n"+run.ID+",dana <dana@example.com>,space,not looked at\n", string(all["period/apps.csv"]))
	require.Contains(t, string(all["period/hr_events.csv"]), ",hr,m1,person.changed,,,Lead,waiting,")
	for _, chapter := range []string{"#apps", "#register", "#policy"} {
		require.Contains(t, string(all["period/period.html"]), chapter)
	}
}

func TestAForgedRegisterIsFound(t *testing.T) {
	t.Parallel()
	w, run, hash := registered(t)
	key := signer(t)
	pack := w.period(key, twoApps)
	for what, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"an event": {swap(registerName, "u-dana", "u-eve"), "was changed"},
		"a reason": {swap(registerSaid, "during the move", "for ever"), "not the one that was given"},
		"who agreed": {func(all map[string][]byte) {
			all[exceptionsName] = []byte(strings.Replace(string(all[exceptionsName]), `"who": "`+string(run.Person), `"who": "eve`, 1))
		}, "does not say that two people agreed"},
		"an agreement":     {rows(registerName, func(l []string) []string { return l[:len(l)-1] }), "does not say that two people agreed"},
		"a policy":         {swap(policiesFolder+hash+".yaml", "2", "3"), "is another one"},
		"an app left out":  {swap(appsName, `"app": "space"`, `"app": "apollo"`), "what became of"},
		"an app looked at": {swap(appsName, `"not looked at"`, `"removed"`), "what became of"},
		"no apps":          {func(all map[string][]byte) { all[appsName] = []byte("[]") }, "not told for every leaver"},
	} {
		_, err := verify(forge(t, pack, key, c.change), key)
		require.ErrorContains(t, err, c.want, what)
	}
	w.past("UPDATE finding_exceptions SET decided_by = 'eve'")
	_, err := verify(w.period(key, twoApps), key)
	require.ErrorContains(t, err, "does not say that two people agreed")
	w.past("DELETE FROM events WHERE chain = '' AND event_key = 'no'")
	q := domain.EvidencePeriod{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1), Viewer: w.mia}
	require.ErrorContains(t, BuildPeriod(t.Context(), new(strings.Builder), w.s, q, noon, key), "is missing or was changed", "a refused attempt that was taken out")
}
