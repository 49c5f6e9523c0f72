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
		return store.RunStart{Events: []domain.AuditEvent{{Key: r.ID, Run: r.ID, Kind: domain.EventRunStarted, Actor: domain.SystemActor, At: noon}}}, nil
	})
	require.NoError(w.t, err)
	e := domain.Entry{Run: r.ID, Steps: []domain.StepRecord{
		{Run: r.ID, App: "apollo", Key: domain.StepDeactivate, Phase: domain.PhaseCutOff, State: domain.StepVerified, Channel: domain.ChannelAPI, Why: "the app refused at first", RequestID: "req-9"},
		{Run: r.ID, App: "apollo", Key: "secret-1", Phase: domain.PhaseSecrets, Title: "API key", State: domain.StepAttested}},
		Plan: &domain.Plan{Run: r.ID, App: "apollo", Version: 1, Rules: []domain.PlanRule{{Kind: domain.Deals, Count: 40, Heir: w.mia.ID}}}}
	if after >= 0 {
		e.CutOff = &domain.CutOffTime{Run: r.ID, App: "apollo", Channel: domain.ChannelAPI, Due: noon, VerifiedAt: noon.Add(after), Limit: time.Hour, Class: "standard"}
	}
	require.NoError(w.t, w.s.Record(ctx, e))
	return r
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
	require.Contains(t, leavers, quick.ID+",dana <dana@example.com>,2026-11-20T13:00:00,Europe/Berlin,2026-11-20T12:00:00Z,apollo,2026-11-20T12:01:00Z,verified,api,,1m0s,1h0m0s,standard,yes,")
	require.Contains(t, leavers, ",3h0m0s,1h0m0s,standard,no,the app refused at first,req-9,")
	require.Contains(t, leavers, "not verified")
	require.Contains(t, leavers, "40 deals to =Mia <mia@example.com>,API key: attested")
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
		"a moment":  {leaversName, `"verified_at": "2026-11-20T15`, `"verified_at": "2026-11-20T12`, "not what its moments say"},
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
