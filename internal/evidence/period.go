package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"handover/domain"
)

// Parts of the pack of a period.
const (
	periodName     = "period/period.json"
	leaversName    = "period/leavers.json"
	moversName     = "period/joiners_and_movers.json"
	populationName = "period/hr_population.json"
	sampleName     = "period/sample.json"
	exceptionsName = "period/exceptions.json"
	retractedName  = "period/retracted.json"
	proofsName     = "period/audit_entries.jsonl"
	registerName   = "period/register.jsonl"
	registerSaid   = "period/register_reasons.json"
	hrName         = "period/hr_events.json"
	appsName       = "period/apps.json"
	policiesFolder = "period/policies/"
)

// periodFormat names what the pack of a period looks like. The first one tied nothing
// to the audit chain.
const periodFormat = "handover-period/2"

// sampleSize is how many leavers an auditor looks at.
const sampleSize = 25

// PeriodSource is where the contents of a period's pack come from.
type PeriodSource interface {
	Source
	RunsPage(ctx context.Context, kind domain.RunKind, after string, limit int) ([]domain.Run, error)
	HiresBetween(ctx context.Context, from, to time.Time, after string, limit int) ([]domain.HRHire, error)
	ReviewsBetween(ctx context.Context, from, to time.Time) ([]domain.Review, error)
	ReviewCounts(ctx context.Context, id string) (domain.ReviewCounts, error)
	// FirstSince is the number in the global chain of the first entry from a moment on; 0
	// is none.
	FirstSince(ctx context.Context, from time.Time) (int64, error)
	Employments(ctx context.Context, person domain.PersonID) ([]domain.Employment, error)
	HRSaidBetween(ctx context.Context, from, to time.Time, after domain.HRSaid, limit int) ([]domain.HRSaid, error)
	Exceptions(ctx context.Context, finding string, open bool, limit int) ([]domain.Exception, error)
	Finding(ctx context.Context, id string) (domain.Finding, error)
	PolicyChanges(ctx context.Context) ([]domain.ChainEntry, error)
	PolicyText(ctx context.Context, hash string) (string, error)
}

// hiddenRun stands for a run that whoever asked may not see.
const hiddenRun = "confidential"

// drawSample picks up to n runs: those whose hash with the seed is the smallest. It
// depends on nothing but the seed and the runs.
func drawSample(seed string, runs []string, n int) []string {
	key := func(run string) string {
		sum := sha256.Sum256([]byte("handover-sample/1\n" + seed + "\n" + run))
		return hex.EncodeToString(sum[:])
	}
	drawn := slices.SortedFunc(slices.Values(runs), func(a, b string) int { return cmp.Compare(key(a), key(b)) })
	return append([]string{}, drawn[:min(n, len(drawn))]...)
}

// periodBuilder collects what lies in a time. It holds a row for each leaver, not
// their chains or records.
type periodBuilder struct {
	*builder
	source     PeriodSource
	part       PeriodPart
	leavers    []LeaverPart
	movers     []MoverPart
	hires      []HirePart
	retracted  []LeaverPart
	exceptions []ExceptionPart
	sample     SamplePart
	stands     map[string]string    // the leaving for an employment
	joined     map[string]string    // the joining for an employment
	proven     map[string]provenRun // the runs of which audit entries are shown
	cast       map[string]bool      // confidential runs that are not named
	hr         []domain.HRSaid
	apps       []AppPart
	events     []RegisterPart           // what stands in the register, in the order of the chains
	outside    []ShownEntry             // of them those outside of runs
	others     linkSpan                 // entries outside of runs that the links tell of
	discreet   map[domain.PersonID]bool // who leaves in confidence, unknown to whoever asked
	names      map[domain.PersonID]string
}

// BuildPeriod writes the signed pack of a period as of a moment.
func BuildPeriod(ctx context.Context, w io.Writer, from PeriodSource, q domain.EvidencePeriod, now time.Time, key Signer) error {
	if _, err := key.sign(make([]byte, 64)); err != nil {
		return err
	}
	if !q.From.Before(q.To) {
		return domain.NewFault(domain.FaultInvalid, "evidence.period", "", "the period is empty: its end must be later than its beginning", nil)
	}
	if q.Seed == "" {
		q.Seed = q.From.UTC().Format(time.DateOnly) + "/" + q.To.UTC().Format(time.DateOnly)
	}
	b := &periodBuilder{builder: &builder{pack: newPackWriter(w, key), from: from, people: map[domain.PersonID]bool{}}, source: from, stands: map[string]string{},
		joined: map[string]string{}, proven: map[string]provenRun{}, discreet: map[domain.PersonID]bool{}, names: map[domain.PersonID]string{}, part: PeriodPart{Format: periodFormat, Period: q, BuiltAt: now.UTC(),
			Query: "employments that HR named with a beginning or an end in the period; runs of kind offboarding whose last moment, and of kinds onboarding and role-change whose start, lies in it"}}
	b.mention(q.Asked)
	for _, write := range []func(context.Context) error{b.readLeavers, b.readMovers, b.readLate, b.readHires, b.readHR, b.readReviews, b.readRegister, b.readExceptions, b.readApps, b.draw, b.parts, b.proofs, b.register, b.policies, b.chained, b.who, b.sheets, b.print} {
		if err := write(ctx); err != nil {
			return fmt.Errorf("build evidence pack of a period: %w", err)
		}
	}
	return b.pack.close()
}

func (b *periodBuilder) draw(context.Context) error {
	runs := make([]string, 0, len(b.leavers))
	for _, l := range b.leavers {
		runs = append(runs, l.Run)
	}
	b.sample = SamplePart{Seed: b.part.Period.Seed, Of: len(runs), Runs: drawSample(b.part.Period.Seed, runs, sampleSize)}
	b.part.Leavers, b.part.Movers, b.part.Hires, b.part.Exceptions, b.part.Retracted = len(b.leavers), len(b.movers), len(b.hires), len(b.exceptions), len(b.retracted)
	b.part.Registered = len(b.events)
	return nil
}

func (b *periodBuilder) parts(context.Context) error {
	var errs []error
	for _, p := range []struct {
		name string
		rows any
	}{{periodName, b.part}, {leaversName, orEmpty(b.leavers)}, {retractedName, orEmpty(b.retracted)}, {moversName, orEmpty(b.movers)}, {populationName, orEmpty(b.hires)}, {sampleName, b.sample},
		{exceptionsName, orEmpty(b.exceptions)}, {hrName, orEmpty(b.hr)}, {appsName, orEmpty(b.apps)}} {
		errs = append(errs, b.pack.json(p.name, p.rows))
	}
	return errors.Join(errs...)
}
