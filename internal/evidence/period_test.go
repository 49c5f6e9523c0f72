package evidence

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var _ PeriodSource = (*store.Store)(nil)

// leaver makes a leaving whose access was verified gone after a time; a negative one
// was never verified.
func (w *reviewWorld) leaver(name string, secret bool, after time.Duration) domain.Run {
	w.t.Helper()
	ctx := w.t.Context()
	p, err := w.s.UpsertPerson(ctx, name+"@example.com", name)
	require.NoError(w.t, err)
	job, err := w.s.UpsertEmployment(ctx, "emp-"+name, domain.Employment{Person: p.ID, Ends: noon})
	require.NoError(w.t, err)
	moment := domain.LastMoment{Local: "2026-11-20T13:00:00", Zone: "Europe/Berlin"}
	_, _, err = w.s.SayEmployment(ctx, job.ID, store.Said{State: domain.EmploymentEnding, At: noon.AddDate(0, 0, -7), Ends: noon, Moment: moment})
	require.NoError(w.t, err)
	r, _, err := w.s.CreateRun(ctx, domain.Run{Kind: domain.RunOffboarding, Person: p.ID, Employment: job.ID, AllApps: true, Apps: []domain.AppID{"apollo"}, Authority: domain.AuthorityHR,
		Requester: domain.SystemActor, LastMoment: moment, StartedAt: noon.AddDate(0, 0, -7), Confidential: secret, Readers: []domain.PersonID{"ada"}}, func(r domain.Run) (store.RunStart, error) {
		return store.RunStart{Events: []domain.AuditEvent{{Key: r.ID, Run: r.ID, Kind: domain.EventRunStarted, Actor: r.Requester, Subject: r.Person, At: r.StartedAt,
			Facts: map[string]string{"authority": string(r.Authority), "due": noon.Format(time.RFC3339)}}}}, nil
	})
	require.NoError(w.t, err)
	w.work(r.ID, after)
	return r
}

// work does what a leaving does, as the product stores it: a step of a secret has
// neither a title nor a phase.
func (w *reviewWorld) work(run string, after time.Duration) {
	w.t.Helper()
	ctx, secret := w.t.Context(), domain.SecretStep("API key")
	deactivate := domain.StepRecord{Run: run, App: "apollo", Key: domain.StepDeactivate, Phase: domain.PhaseCutOff, State: domain.StepWaiting, Channel: domain.ChannelAPI, Why: "it waits"}
	e := domain.Entry{Run: run, Steps: []domain.StepRecord{deactivate, {Run: run, App: "apollo", Key: secret, State: domain.StepAttested}},
		Plan:   &domain.Plan{Run: run, App: "apollo", Version: 1, Rules: []domain.PlanRule{{Kind: domain.Deals, Count: 40, Successor: "m1", Heir: w.mia.ID}}},
		Events: []domain.AuditEvent{{Key: "secret", Run: run, Kind: domain.EventStepChanged, Actor: domain.SystemActor, App: "apollo", Step: secret, To: string(domain.StepAttested), At: noon}}}
	require.NoError(w.t, w.s.Record(ctx, e))
	if after < 0 {
		return
	}
	attention := domain.AuditEvent{Key: "attention", Run: run, Kind: domain.EventStepChanged, Actor: domain.SystemActor, App: "apollo", Step: domain.StepDeactivate, To: string(domain.StepNeedsAttention),
		At: noon.Add(after / 2), Facts: map[string]string{"why": "the app refused"}}
	deactivate.State, deactivate.RequestID, deactivate.SettledAt, deactivate.Why = domain.StepVerified, "req-9", noon.Add(after), "the app lists the user as deactivated, or no longer at all"
	require.NoError(w.t, w.s.Record(ctx, domain.Entry{Run: run, Steps: []domain.StepRecord{deactivate}, Events: []domain.AuditEvent{attention, removed(run, domain.ChannelAPI, "req-9", after)},
		CutOff: &domain.CutOffTime{Run: run, App: "apollo", Channel: domain.ChannelAPI, Due: noon, VerifiedAt: noon.Add(after), Limit: time.Hour, Class: "standard"}}))
	w.moved(run)
}

// moved moves two of the deals to Mia; the plan named forty.
func (w *reviewWorld) moved(run string) {
	w.t.Helper()
	ctx := w.t.Context()
	deals, err := w.s.OpenTransfer(ctx, domain.TransferKey{Run: run, App: "apollo", Kind: domain.Deals})
	require.NoError(w.t, err)
	_, err = w.s.SaveCollected(ctx, deals, []domain.TransferItem{{Record: domain.Record{ID: "d1"}, To: "m1"}, {Record: domain.Record{ID: "d2"}, To: "m1"}, {Record: domain.Record{ID: "d3"}, To: "m1"}}, false)
	require.NoError(w.t, err)
	_, err = w.s.TakeChunk(ctx, deals.Key, 3)
	require.NoError(w.t, err)
	_, err = w.s.SettleChunk(ctx, deals.Key, map[string]domain.ItemState{"d1": domain.ItemMoved, "d2": domain.ItemMoved, "d3": domain.ItemForeign}, "req-3")
	require.NoError(w.t, err)
}

// end ends a run as the product does.
func (w *reviewWorld) end(run string, state domain.RunState) {
	w.t.Helper()
	e := domain.AuditEvent{Key: run + "/concluded", Run: run, Kind: domain.EventRunClosed, Actor: domain.SystemActor, To: string(state), At: noon}
	require.NoError(w.t, w.s.Record(w.t.Context(), domain.Entry{Run: run, RunState: state, RunWhy: "HR took it back", Events: []domain.AuditEvent{e}}))
}

func (w *reviewWorld) period(key Signer, change func(*domain.EvidencePeriod)) []byte {
	w.t.Helper()
	q := domain.EvidencePeriod{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1), Asked: w.mia.ID, Viewer: w.mia}
	change(&q)
	var b bytes.Buffer
	require.NoError(w.t, BuildPeriod(w.t.Context(), &b, w.s, q, noon, key))
	return b.Bytes()
}

func asIs(*domain.EvidencePeriod) {}

func TestPeriodPack(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	quick := w.leaver("dana", false, time.Minute)
	w.leaver("eli", false, 3*time.Hour)
	w.leaver("fay", false, -1)
	w.leaver("gus", true, time.Minute)
	alone, err := w.s.UpsertPerson(t.Context(), "hal@example.com", "hal")
	require.NoError(t, err)
	job, err := w.s.UpsertEmployment(t.Context(), "emp-hal", domain.Employment{Person: alone.ID})
	require.NoError(t, err)
	_, _, err = w.s.SayEmployment(t.Context(), job.ID, store.Said{State: domain.EmploymentEnding, At: noon, Ends: noon})
	require.NoError(t, err)

	pack := w.period(key, asIs)
	report, err := verify(pack, key)
	require.NoError(t, err)
	require.Equal(t, []int{3, 4, 1, 1, 1, 1}, []int{report.Period.Leavers, report.Period.Hires, report.Period.Hidden, report.Period.Late, report.Period.Open, report.Period.Without})
	require.Len(t, report.Period.Sample, 3)
	require.Equal(t, pack, w.period(key, asIs), "the same contents are the same bytes")
	all := parts(t, pack)
	leavers := string(all["period/leavers.csv"])
	require.Contains(t, leavers, quick.ID+",dana <dana@example.com>,2026-11-20T13:00:00,Europe/Berlin,2026-11-20T12:00:00Z,2026-11-20T12:00:00Z,starting,,apollo,removed,2026-11-20T12:01:00Z,verified,api,,1m0s,1m0s,1h0m0s,standard,yes,,req-9,")
	require.Contains(t, leavers, ",3h0m0s,3h0m0s,1h0m0s,standard,no,it needed attention: the app refused,req-9,")
	require.Contains(t, leavers, ",apollo,open,,waiting,api,,,")
	require.Contains(t, leavers, "2 deals to =Mia <mia@example.com>,API key: attested", "what moved, not what was planned")
	require.False(t, bytes.Contains(pack, []byte("gus@example.com")), "the pack names nobody of a confidential run")
	require.Equal(t, 1, report.Period.HiresHidden)
	require.Contains(t, string(all["period/exceptions.csv"]), "HR named an end and no run stands for it")
	require.Contains(t, string(all["period/period.html"]), "confidential runs are left out")

	require.Zero(t, second(verify(w.period(key, func(q *domain.EvidencePeriod) { q.Viewer = domain.Person{ID: "ada"} }), key)).Period.Hidden, "a reader sees theirs")
	none := second(verify(w.period(key, func(q *domain.EvidencePeriod) { q.From, q.To = noon.AddDate(1, 0, 0), noon.AddDate(1, 0, 1) }), key))
	require.Zero(t, none.Period.Leavers+none.Period.Hires+none.Period.Hidden)
	require.Zero(t, second(verify(w.period(key, func(q *domain.EvidencePeriod) { q.App = "space" }), key)).Period.Leavers)
	require.Error(t, BuildPeriod(t.Context(), io.Discard, w.s, domain.EvidencePeriod{From: noon, To: noon}, noon, key))
}

// second drops an error that a test has seen to be none.
func second[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAForgedPeriodIsFound(t *testing.T) {
	t.Parallel()
	w, key := newReviewWorld(t), signer(t)
	w.leaver("dana", false, time.Minute)
	w.leaver("eli", false, 3*time.Hour)
	pack := w.period(key, asIs)
	for what, c := range map[string]struct{ part, old, next, want string }{
		"in time":   {leaversName, `"in_time": false`, `"in_time": true`, "not what its moments say"},
		"a moment":  {leaversName, `"verified_at": "2026-11-20T15`, `"verified_at": "2026-11-20T12`, "the audit chain does not say so"},
		"a reason":  {leaversName, `"reason": "it needed attention: the app refused"`, `"reason": "HR asked for it"`, "the reason why"},
		"who did":   {leaversName, `"done_by": []`, `"done_by": ["eve"]`, "was ended by others than is said"},
		"how":       {leaversName, `"outcome": "removed"`, `"outcome": "attested"`, "did not end as it is said"},
		"a secret":  {leaversName, `"step": "secret-API key"`, `"step": "secret-other"`, "is called attested, and the audit chain does not say so"},
		"an event":  {proofsName, `"elapsed":"1m0s"`, `"elapsed":"1s"`, "was changed"},
		"its place": {proofsName, `"global":{"seq":`, `"global":{"seq":9`, "does not stand in the global chain"},
		"the zone":  {leaversName, `"zone": "Europe/Berlin"`, `"zone": "Europe/Lisbon"`, "not the instant that it means"},
		"the seed":  {sampleName, `"seed": "`, `"seed": "x`, "not the one that its seed draws"},
		"the count": {periodName, `"leavers": 2`, `"leavers": 3`, "do not fit its lists"},
		"late ones": {periodName, `"late": 1`, `"late": 0`, "than were counted"},
		"a name":    {peopleName, `"name": "dana"`, `"name": "dora"`, "not the one that was committed to"},
		"an HR row": {populationName, "[", "[{},", "do not fit its lists"},
	} {
		_, err := verify(forge(t, pack, key, func(all map[string][]byte) {
			changed := strings.Replace(string(all[c.part]), c.old, c.next, 1)
			require.NotEqual(t, string(all[c.part]), changed, what)
			all[c.part] = []byte(changed)
		}), key)
		require.ErrorContains(t, err, c.want, what)
	}
}

func TestASampleIsDrawnByItsSeedAlone(t *testing.T) {
	t.Parallel()
	var runs []string
	for i := range 100 {
		runs = append(runs, fmt.Sprint("run-", i))
	}
	first := drawSample("a", runs, sampleSize)
	require.Len(t, first, 25)
	slices.Reverse(runs)
	require.Equal(t, first, drawSample("a", runs, sampleSize))
	require.NotEqual(t, first, drawSample("b", runs, sampleSize))
	require.Len(t, drawSample("a", runs[:3], sampleSize), 3)
	require.Empty(t, drawSample("a", nil, sampleSize))
}

func TestThePackerGivesAPeriodAndLeavesNothing(t *testing.T) {
	t.Parallel()
	w, dir := newReviewWorld(t), t.TempDir()
	w.leaver("dana", false, time.Minute)
	p := Packer{Source: w.s, Signer: signer(t), Dir: dir}
	file, err := p.BuildPeriod(t.Context(), domain.EvidencePeriod{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}, noon)
	require.NoError(t, err)
	pack, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, err = verify(pack, p.Signer)
	require.NoError(t, err)
	onlyFile(t, dir, "")
}

// Whoever asks for a pack that nothing proves hears what does not fit.
func TestThePackerGivesNoPeriodThatNothingProves(t *testing.T) {
	t.Parallel()
	w, dir := newReviewWorld(t), t.TempDir()
	run := w.leaver("dana", false, time.Minute).ID
	w.past("UPDATE runs SET kind = 'x' WHERE id = '" + run + "'")
	p := Packer{Source: w.s, Signer: signer(t), Dir: dir}
	_, err := p.BuildPeriod(t.Context(), domain.EvidencePeriod{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}, noon)
	var fault *domain.Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, domain.FaultConflict, fault.Kind)
	require.Contains(t, fault.SafeMessage, run+" began on 2026-11-13 and no list of the period names it")
	onlyFile(t, dir, "")
}
