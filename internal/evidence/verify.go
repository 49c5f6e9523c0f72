package evidence

import (
	"archive/zip"
	"crypto/ed25519"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"handover/domain"
)

// Report is what a pack that verifies says.
type Report struct {
	Run         string
	State       domain.RunState
	Person      domain.PersonID
	Name        string // as far as it is kept
	Email       string
	Entries     int    // of the run's audit chain
	LastHash    string // of the run's audit chain
	GlobalFirst int64  // numbers of the run's first and last entry in the global chain
	GlobalLast  int64
	Head        HeadPart // of the global chain when the pack was built: compare it with what was anchored outside
	Records     map[domain.ItemState]int
	Review      *ReviewReport // of an access review
	Period      *PeriodReport // of a period: then there is no run
	Parts       []Part

	Withheld int       // links of the global chain of which only the hash is told: those of confidential runs
	Latest   time.Time // of what the pack tells: no anchor from before it may have a number above the head

	global map[int64]string // hashes of the run's entries in the global chain, by number
	links  linkHashes       // of the global chain, without a gap

	removed map[int64]time.Time // when an access ended, by the number of the entry that says so
}

// VerifyFile verifies a pack in a file.
func VerifyFile(path string, key ed25519.PublicKey) (Report, error) {
	file, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return Report{}, fmt.Errorf("open pack: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return Report{}, errors.Join(fmt.Errorf("open pack: %w", err), file.Close())
	}
	report, err := Verify(file, info.Size(), key)
	return report, errors.Join(err, file.Close())
}

// Verify checks a pack offline against the public key that was given out
// beforehand: every byte by the signature, and then that the parts fit
// together, which somebody who signs with a key of their own cannot fake as
// long as the head was anchored outside.
func Verify(r io.ReaderAt, size int64, key ed25519.PublicKey) (Report, error) {
	if err := checkSignature(r, size, key); err != nil {
		return Report{}, err
	}
	files, parts, err := openParts(r, size)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{files: files, report: Report{Parts: parts, Records: map[domain.ItemState]int{}, global: map[int64]string{}, removed: map[int64]time.Time{}}, ends: map[int64]time.Time{}, hashes: map[int64]string{}, reasons: map[int64]string{},
		played: map[string]domain.AuditEvent{}, closing: reviewChain{carried: map[int]readBack{}}, proof: newRunProof()}
	if _, ok := files[periodName]; ok {
		if err := v.period(); err != nil {
			return Report{}, err
		}
		return v.report, nil
	}
	for _, check := range []func() error{v.readRun, v.chain, v.global, v.linked, v.rows, v.said, v.people, v.plans, v.transfers, v.pictures, v.review, v.summary} {
		if err := check(); err != nil {
			return Report{}, err
		}
	}
	return v.report, nil
}

// verifier carries what the later checks need of the earlier ones.
type verifier struct {
	files   map[string]*zip.File
	report  Report
	hashes  map[int64]string             // of the chain, by number
	reasons map[int64]string             // commitments, by number
	played  map[string]domain.AuditEvent // recipes, by the id of their playing
	subject string                       // the commitment that the first entry binds
	kind    domain.RunKind
	run     domain.Run
	proof   *runProof           // what the chain proves of the rows
	ends    map[int64]time.Time // of accesses, by their number in the chain
	closing reviewChain         // what the chain binds of an access review
}

func (v *verifier) read(name string, into any) error {
	f, ok := v.files[name]
	if !ok {
		return fmt.Errorf("verify pack: %s is missing", name)
	}
	return readJSON(f, into)
}

// lines reads a part that is one JSON document a line.
func lines[T any](v *verifier, name string, each func(T) error) error {
	f, ok := v.files[name]
	if !ok {
		return fmt.Errorf("verify pack: %s is missing", name)
	}
	return readPart(f, func(r io.Reader) error {
		rows := json.NewDecoder(r)
		for {
			var row T
			err := rows.Decode(&row)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := each(row); err != nil {
				return err
			}
		}
	})
}

func (v *verifier) readRun() error {
	if err := v.read(runName, &v.run); err != nil {
		return err
	}
	run := v.run
	v.report.Run, v.report.State, v.report.Person, v.kind = run.ID, run.State, run.Person, run.Kind
	return nil
}

// chain checks each entry against the one before it.
func (v *verifier) chain() error {
	err := lines(v, chainName, func(e domain.ChainEntry) error {
		want := int64(v.report.Entries + 1)
		switch {
		case e.Seq != want:
			return fmt.Errorf("verify pack: entry %d of the audit chain is missing or stands elsewhere", want)
		case e.Event.Run != v.report.Run:
			return fmt.Errorf("verify pack: entry %d belongs to another run", want)
		case e.Prev != v.report.LastHash || e.Hash != domain.ChainHash(e.Prev, e.Seq, e.Event):
			return fmt.Errorf("verify pack: entry %d of the audit chain was changed", want)
		}
		if e.Seq == 1 {
			v.subject = e.Event.Facts[domain.FactSubjectCommitment]
		}
		v.hashes[e.Seq], v.report.LastHash, v.report.Entries = e.Hash, e.Hash, v.report.Entries+1
		v.closing.note(e.Event)
		v.proof.note(e.Event)
		v.toldAt(e.Event.At)
		if e.Event.Kind == domain.EventMemberRemoved {
			v.ends[e.Seq] = e.Event.At
		}
		if e.Event.Kind == domain.EventRecipePlayed {
			v.played[e.Event.RequestID] = e.Event
		}
		if e.Event.ReasonHash != "" {
			v.reasons[e.Seq] = e.Event.ReasonHash
		}
		return nil
	})
	if err == nil && v.report.Entries == 0 {
		err = errors.New("verify pack: the audit chain is empty")
	}
	return err
}

// toldAt keeps the latest moment of which the pack tells.
func (v *verifier) toldAt(at time.Time) {
	if at.After(v.report.Latest) {
		v.report.Latest = at
	}
}

// rows checks that steps and measurements are what the audit chain says: a row says
// nothing by itself.
func (v *verifier) rows() error {
	var steps []domain.StepRecord
	var cuts []domain.CutOffTime
	if err := v.read(stepsName, &steps); err != nil {
		return err
	}
	if err := v.read(cutOffsName, &cuts); err != nil {
		return err
	}
	if err := v.proof.checkSteps(v.report.Run, steps); err != nil {
		return err
	}
	if err := v.proof.checkCuts(v.report.Run, cuts); err != nil {
		return err
	}
	return v.proof.checkRun(v.run)
}

// global checks that each entry stands in the global chain, in the same order.
func (v *verifier) global() error {
	var before domain.GlobalEntry
	err := lines(v, globalName, func(g domain.GlobalEntry) error {
		fits := g.Chain == v.report.Run && g.Entry == before.Entry+1 && g.Seq > before.Seq && g.Of == v.hashes[g.Entry] &&
			g.Hash == domain.GlobalHash(g.Prev, g.Seq, g.Chain, g.Entry, g.Of) && (g.Seq != before.Seq+1 || g.Prev == before.Hash || before.Seq == 0)
		if !fits {
			return fmt.Errorf("verify pack: entry %d does not stand in the global chain as it should", before.Entry+1)
		}
		if before.Seq == 0 {
			v.report.GlobalFirst = g.Seq
		}
		v.report.global[g.Seq] = g.Hash
		if at, ok := v.ends[g.Entry]; ok {
			v.report.removed[g.Seq] = at
		}
		before = g
		return nil
	})
	if err != nil {
		return err
	}
	if int(before.Entry) != v.report.Entries {
		return fmt.Errorf("verify pack: the audit chain has %d entries and the global chain knows %d", v.report.Entries, before.Entry)
	}
	v.report.GlobalLast = before.Seq
	if err := v.read(headName, &v.report.Head); err != nil {
		return err
	}
	head := v.report.Head
	if head.Seq < before.Seq || (head.Seq == before.Seq && head.Hash != before.Hash) {
		return errors.New("verify pack: the head of the global chain does not fit its entries")
	}
	return nil
}

// said checks the texts that were not erased against their commitments.
func (v *verifier) said() error {
	var reasons []domain.ReasonProof
	if err := v.read(reasonsName, &reasons); err != nil {
		return err
	}
	for _, r := range reasons {
		if v.reasons[r.Seq] != domain.Commitment(r.Salt, r.Text) {
			return fmt.Errorf("verify pack: the reason beside entry %d is not the one that was given", r.Seq)
		}
	}
	return nil
}

// people checks names against their commitments, and the subject's against the
// one that the first entry of the chain binds.
func (v *verifier) people() error {
	var people []domain.PersonProof
	if err := v.read(peopleName, &people); err != nil {
		return err
	}
	bound := v.subject == ""
	for _, p := range people {
		if !p.Erased() && !p.Holds() || p.Erased() && p.Name+p.Email != "" {
			return errors.New("verify pack: a name is not the one that was committed to")
		}
		if p.Person == v.report.Person {
			bound = bound || p.Commitment == v.subject
			v.report.Name, v.report.Email = p.Name, p.Email
		}
	}
	if !bound {
		return errors.New("verify pack: the person is not the one the run was started for")
	}
	return nil
}

// plans checks that each plan has the digest people saw, and that what was
// approved for an app is one of them.
func (v *verifier) plans() error {
	var plans []PlanPart
	if err := v.read(plansName, &plans); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, p := range plans {
		if p.Canonical != p.Plan.Canonical() || p.Digest != p.Plan.Digest() || p.Plan.Run != v.report.Run {
			return errors.New("verify pack: a plan is not the one its digest stands for")
		}
		known[string(p.Plan.App)+p.Digest] = true
	}
	var approvals []domain.Approval
	if err := v.read(approvalsName, &approvals); err != nil {
		return err
	}
	for _, a := range approvals {
		if a.App != "" && a.State == domain.ApprovalApproved && !known[string(a.App)+a.Digest] {
			return errors.New("verify pack: the plan that was approved is missing")
		}
	}
	return nil
}

// transfers counts the records of each transfer again.
func (v *verifier) transfers() error {
	var transfers []TransferPart
	if err := v.read(transfersName, &transfers); err != nil {
		return err
	}
	for _, t := range transfers {
		f, ok := v.files[t.File]
		if !ok {
			return fmt.Errorf("verify pack: %s is missing", t.File)
		}
		states := map[domain.ItemState]int{}
		if err := readPart(f, func(r io.Reader) error { return countRecords(r, states) }); err != nil {
			return err
		}
		for state, n := range states {
			if t.States[state] != n {
				return fmt.Errorf("verify pack: %s does not list as many records as were counted", t.File)
			}
			v.report.Records[state] += n
		}
		if len(states) != len(t.States) {
			return fmt.Errorf("verify pack: %s does not list as many records as were counted", t.File)
		}
	}
	return nil
}

func countRecords(r io.Reader, states map[domain.ItemState]int) error {
	table := csv.NewReader(r)
	table.ReuseRecord = true
	for line := 0; ; line++ {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line > 0 {
			states[domain.ItemState(row[len(row)-1])]++
		}
	}
}

func (v *verifier) summary() error {
	var s Summary
	if err := v.read(summaryName, &s); err != nil {
		return err
	}
	if s.Format != format || s.Run.ID != v.report.Run || s.Entries != v.report.Entries || s.LastHash != v.report.LastHash || s.Head != v.report.Head {
		return errors.New("verify pack: the summary does not fit the audit chain")
	}
	return nil
}
