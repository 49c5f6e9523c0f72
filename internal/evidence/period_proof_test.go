package evidence

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

// joiner makes a joining that began at noon.
func (w *reviewWorld) joiner(name string) domain.Run {
	w.t.Helper()
	p, err := w.s.UpsertPerson(w.t.Context(), name+"@example.com", name)
	require.NoError(w.t, err)
	job, err := w.s.UpsertEmployment(w.t.Context(), "emp-"+name, domain.Employment{Person: p.ID, Starts: noon})
	require.NoError(w.t, err)
	_, _, err = w.s.SayEmployment(w.t.Context(), job.ID, store.Said{At: noon})
	require.NoError(w.t, err)
	r, _, err := w.s.CreateRun(w.t.Context(), domain.Run{Kind: domain.RunOnboarding, Person: p.ID, Employment: job.ID, AllApps: true, Apps: []domain.AppID{"apollo"}, Authority: domain.AuthorityHR,
		Requester: domain.SystemActor, StartedAt: noon}, began)
	require.NoError(w.t, err)
	return r
}

func began(r domain.Run) (store.RunStart, error) {
	return store.RunStart{Events: []domain.AuditEvent{{Key: r.ID, Run: r.ID, Kind: domain.EventRunStarted, Actor: r.Requester, Subject: r.Person, At: r.StartedAt, Facts: map[string]string{"authority": string(r.Authority)}}}}, nil
}

// What somebody writes into the database past Handover makes no pack that verifies, and
// the refusal names it.
func TestAPeriodThatWasWrittenPastHandoverIsFound(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ statement, want string }{
		"an invented cut-off": {"INSERT INTO cut_offs (run, app, channel, due, verified_at, limit_ns, class) SELECT run, app, channel, due, verified_at, limit_ns, class FROM (SELECT '%open' AS run, app, channel, due, verified_at, limit_ns, class FROM cut_offs WHERE run = '%quick') x",
			"%open to apollo is said to have ended at 2026-11-20T12:01:00Z, and the audit chain does not say so"},
		"an invented step":       {"UPDATE steps SET state = 'verified' WHERE run = '%open' AND step = 'deactivate'", "%open in apollo is called verified, and the audit chain does not say so"},
		"a moment":               {"UPDATE cut_offs SET verified_at = verified_at - 3000000 WHERE run = '%late'", "%late to apollo is said to have ended at"},
		"a limit":                {"UPDATE cut_offs SET limit_ns = limit_ns * 10 WHERE run = '%late'", "%late to apollo is said to have ended at"},
		"a late one taken away":  {"DELETE FROM cut_offs WHERE run = '%late'", "the measurement is missing"},
		"a hidden run":           {"UPDATE runs SET kind = 'x' WHERE id = '%late'", "%late began on 2026-11-13 and no list of the period names it"},
		"a run taken away":       {"DELETE FROM runs WHERE id = '%late'", "%late began on 2026-11-13 and no list of the period names it"},
		"a run moved away":       {"UPDATE runs SET moment_local = '2027-11-20T13:00:00' WHERE id = '%late'", "%late began on 2026-11-13 and no list of the period names it"},
		"a run called retracted": {"UPDATE runs SET state = 'retracted' WHERE id = '%late'", "%late is called retracted, and the audit chain does not say so"},
		"a run called closed":    {"UPDATE runs SET state = 'closed' WHERE id = '%open'", "%open is called closed, and the audit chain does not say so"},
		"a run of other apps":    {"UPDATE runs SET apps = '[\"space\"]' WHERE id = '%late'", "tells of an end of access in apollo that the pack leaves out"},
		"a run of another":       {"UPDATE runs SET person = 'eve' WHERE id = '%late'", "%late is of another person"},
		"a run that never began": {"UPDATE runs SET id = 'offboarding:0:1' WHERE id = '%late'", "the audit chain of offboarding:0:1 does not say that it began"},
		"a retraction unsaid":    {"UPDATE runs SET state = 'closed' WHERE id = '%back'", "the audit chain says that it was retracted"},
		"a joining taken away":   {"DELETE FROM runs WHERE id = '%new'", "%new began on 2026-11-20 and no list of the period names it"},
		"a secret":               {"UPDATE steps SET state = 'attested' WHERE run = '%open' AND step = 'secret-other'", "secret-other"},
		"an event":               {"UPDATE events SET body = REPLACE(body, '3h0m0s', '3m0s') WHERE chain = '%late'", "of the audit chain of %late is missing or was changed"},
		"an event taken away":    {"DELETE FROM events WHERE chain = '%late' AND kind = 'member_removed'", "entry 4 of the audit chain of %late is missing"},
		"a global entry":         {"DELETE FROM global_entries WHERE chain = '' AND entry = 2", "of the global chain is missing or was changed"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w, key := newReviewWorld(t), signer(t)
			quick, slow, open, back := w.leaver("dana", false, time.Minute), w.leaver("eli", false, 3*time.Hour), w.leaver("fay", false, -1), w.leaver("ida", false, -1)
			w.end(back.ID, domain.RunRetracted)
			require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: open.ID, Steps: []domain.StepRecord{{Run: open.ID, App: "apollo", Key: domain.SecretStep("other"), State: domain.StepWaiting}},
				Events: []domain.AuditEvent{{Key: "outside", Kind: domain.EventReconciled, Actor: domain.SystemActor, At: noon}}}))
			names := strings.NewReplacer("%quick", quick.ID, "%late", slow.ID, "%open", open.ID, "%back", back.ID, "%new", w.joiner("kay").ID)
			_, err := verify(w.period(key, asIs), key)
			require.NoError(t, err)
			w.past(names.Replace(c.statement))
			var pack bytes.Buffer
			q := domain.EvidencePeriod{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1), Viewer: w.mia}
			err = BuildPeriod(t.Context(), &pack, w.s, q, noon, key)
			if err == nil {
				_, err = verify(pack.Bytes(), key)
			}
			require.ErrorContains(t, err, names.Replace(c.want))
		})
	}
}

// A leaving that was taken back is no leaver: it stands in a list of its own, and in no
// count, exception or sample.
func TestALeavingThatWasTakenBackIsNoLeaver(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	stays, denied := w.leaver("dana", false, -1), w.leaver("eli", false, -1)
	w.leaver("fay", false, time.Minute)
	w.end(stays.ID, domain.RunRetracted)
	w.end(denied.ID, domain.RunDenied)
	pack := w.period(key, asIs)
	report := second(verify(pack, key))
	require.Equal(t, []int{1, 2, 0, 0}, []int{report.Period.Leavers, report.Period.Retracted, report.Period.Open, report.Period.Late})
	require.Len(t, report.Period.Sample, 1)
	all := parts(t, pack)
	require.NotContains(t, string(all["period/leavers.csv"]), stays.ID)
	require.Contains(t, string(all["period/retracted.csv"]), stays.ID+",dana <dana@example.com>,2026-11-20T13:00:00,Europe/Berlin,2026-11-20T12:00:00Z,retracted,HR took it back,")
	require.Contains(t, string(all["period/retracted.csv"]), denied.ID)
}

// Runs that lie elsewhere are linked and shown to lie there; a confidential one is linked
// by its hash alone.
func TestEveryRunOfTheGlobalChainIsAccountedFor(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.leaver("dana", false, time.Minute)
	elsewhere := w.leaver("eli", false, time.Minute)
	secret := w.leaver("gus", true, time.Minute)
	moment := domain.LastMoment{Local: "2027-11-20T13:00:00", Zone: "Europe/Berlin"}
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: elsewhere.ID, LastMoment: &moment,
		Events: []domain.AuditEvent{{Key: "moved", Run: elsewhere.ID, Kind: domain.EventRunRescheduled, Actor: domain.SystemActor, To: "2027-11-20T12:00:00Z", At: noon}}}))
	pack := w.period(key, asIs)
	report := second(verify(pack, key))
	require.Equal(t, []int{1, 1}, []int{report.Period.Leavers, report.Period.Hidden})
	require.Positive(t, report.Withheld)
	require.False(t, bytes.Contains(pack, []byte(secret.ID)))
	all := parts(t, pack)
	require.Contains(t, string(all[proofsName]), elsewhere.ID)
	require.NotContains(t, string(all["period/leavers.csv"]), elsewhere.ID)
	for what, change := range map[string]func(map[string][]byte){
		"its entries":   rows(proofsName, func(l []string) []string { return l[:1] }),
		"a link":        rows(linksName, func(l []string) []string { return append(l[:2:2], l[3:]...) }),
		"the last link": rows(linksName, func(l []string) []string { return l[:len(l)-1] }),
		"all links":     rows(linksName, func([]string) []string { return nil }),
	} {
		_, err := verify(forge(t, pack, key, change), key)
		require.Error(t, err, what)
	}
}

func TestAJoiningStandsForABeginningAtHR(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	run := w.joiner("kay")
	p, err := w.s.UpsertPerson(t.Context(), "lou@example.com", "lou")
	require.NoError(t, err)
	job, err := w.s.UpsertEmployment(t.Context(), "emp-lou", domain.Employment{Person: p.ID, Starts: noon})
	require.NoError(t, err)
	_, _, err = w.s.SayEmployment(t.Context(), job.ID, store.Said{At: noon})
	require.NoError(t, err)
	pack := w.period(key, asIs)
	report := second(verify(pack, key))
	require.Equal(t, []int{1, 2, 1}, []int{report.Period.Movers, report.Period.Hires, report.Period.Unjoined})
	require.Contains(t, string(parts(t, pack)["period/hr_population.csv"]), ","+run.ID+"\n")
	require.Contains(t, string(parts(t, pack)["period/exceptions.csv"]), "HR named a beginning and no joining stands for it,,lou <lou@example.com>")
}

// The pack of a period reaches from its first entry to its head, so that every anchor
// from then on is met, though the export itself writes to the audit log.
func TestAPeriodMeetsItsAnchors(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.leaver("dana", false, time.Minute)
	seq, hash, err := w.s.Head(t.Context())
	require.NoError(t, err)
	anchor, err := key.Anchor(seq, hash, noon)
	require.NoError(t, err)
	w.leaver("eli", false, time.Minute)
	report := second(verify(w.period(key, asIs), key))
	require.Greater(t, report.Head.Seq, seq)
	fitting, err := CompareAnchors(report, []Anchor{anchor}, key.Public())
	require.NoError(t, err)
	require.Equal(t, 1, fitting)
	ahead, err := key.Anchor(report.Head.Seq+1, hash, noon.Add(-time.Hour))
	require.NoError(t, err)
	_, err = CompareAnchors(report, []Anchor{ahead}, key.Public())
	require.ErrorContains(t, err, "its end was cut off")
}

// Access that came back and was ended again counts by its first end, and is told.
func TestAccessThatCameBackIsAnException(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	run := w.leaver("dana", false, time.Minute).ID
	back := domain.AuditEvent{Key: "sweep", Run: run, Kind: domain.EventAccessReturned, Actor: domain.UnknownActor, App: "apollo", Step: domain.StepDeactivate, At: noon.Add(2 * time.Minute), Facts: map[string]string{"why": "the app still lists the user as active"}}
	row := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, State: domain.StepNeedsAttention}
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{row}, Events: []domain.AuditEvent{back}}))
	pack := w.period(key, asIs)
	require.Equal(t, 1, second(verify(pack, key)).Period.Open, "it is back now")
	require.Contains(t, string(parts(t, pack)["period/leavers.csv"]), ",came back,")
	again := removed(run, domain.ChannelPerson, "req-10", time.Hour)
	again.Key = "removed-1"
	row.State, row.Channel, row.RequestID, row.SettledAt = domain.StepVerified, domain.ChannelPerson, "req-10", noon.Add(time.Hour)
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{row}, Events: []domain.AuditEvent{again}}))
	pack = w.period(key, asIs)
	require.Zero(t, second(verify(pack, key)).Period.Open)
	all := parts(t, pack)
	require.Contains(t, string(all["period/leavers.csv"]), ",removed,2026-11-20T12:01:00Z,verified,api,")
	require.Contains(t, string(all["period/exceptions.csv"]), run+",apollo,deactivate,access came back,the app still lists the user as active,unknown,2026-11-20T12:02:00Z")
}

// What an app cannot show two people attest: it is no open access, and has its time.
func TestAnAttestedEndOfAccessIsNotOpen(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	run := w.leaver("dana", false, -1).ID
	e := removed(run, domain.ChannelPerson, "", time.Minute)
	e.Actor, e.Facts = w.mia.ID, map[string]string{"how": "attested", "confirmed_by": "kim"}
	row := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, State: domain.StepAttested, Channel: domain.ChannelPerson, SettledAt: noon.Add(time.Minute)}
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{row}, Events: []domain.AuditEvent{e}}))
	pack := w.period(key, asIs)
	report := second(verify(pack, key))
	require.Equal(t, []int{0, 1, 0}, []int{report.Period.Open, report.Period.Attested, report.Period.Late})
	require.Contains(t, string(parts(t, pack)["period/leavers.csv"]), ",apollo,attested,2026-11-20T12:01:00Z,attested,person,'=Mia <mia@example.com>; kim")
	for _, change := range []func(map[string][]byte){swap(leaversName, `"attested_at": "2026-11-20T12:01`, `"attested_at": "2026-11-20T12:00`), swap(leaversName, `"kim"`, `"lou"`)} {
		_, err := verify(forge(t, pack, key, change), key)
		require.ErrorContains(t, err, "verify pack: the access of "+run)
	}
}

// No account on a complete listing is no open access either.
func TestNoAccountIsNotOpen(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	run := w.leaver("dana", false, -1).ID
	e := domain.AuditEvent{Key: "absent", Run: run, Kind: domain.EventStepChanged, Actor: domain.SystemActor, App: "apollo", Step: domain.StepDeactivate, To: string(domain.StepVerified), At: noon}
	row := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, State: domain.StepVerified, Channel: domain.ChannelAPI, RequestID: "req-1"}
	require.NoError(t, w.s.Record(t.Context(), domain.Entry{Run: run, Steps: []domain.StepRecord{row}, Events: []domain.AuditEvent{e}}))
	pack := w.period(key, twoApps)
	report := second(verify(pack, key))
	require.Equal(t, []int{0, 1}, []int{report.Period.Open, report.Period.Absent})
	require.Contains(t, string(parts(t, pack)["period/apps.csv"]), ",apollo,no account\n")
}
