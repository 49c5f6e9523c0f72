package evidence

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"handover/domain"
)

// Names of the parts that Verify reads.
const (
	runName       = "run.json"
	peopleName    = "people.json"
	plansName     = "plans.json"
	stepsName     = "steps.json"
	cutOffsName   = "cut_offs.json"
	approvalsName = "approvals.json"
	transfersName = "transfers.json"
	picturesName  = "pictures.json"
	chainName     = "chain.jsonl"
	reasonsName   = "reasons.json"
	globalName    = "global.jsonl"
	headName      = "head.json"
	summaryName   = "summary.json"
)

// PlanPart is a plan with the text whose digest people approved.
type PlanPart struct {
	Digest    string      `json:"digest"`
	Canonical string      `json:"canonical"`
	Plan      domain.Plan `json:"plan"`
}

// TransferPart is a transfer with the file that lists its records.
type TransferPart struct {
	Transfer domain.Transfer          `json:"transfer"`
	File     string                   `json:"file"`
	States   map[domain.ItemState]int `json:"states"`
}

// HeadPart is the end of the global chain when the pack was built.
type HeadPart struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// builder carries what the later parts need of the earlier ones.
type builder struct {
	pack   *packWriter
	from   Source
	run    domain.Run
	people map[domain.PersonID]bool
	sum    Summary
	last   int64 // of the run's chain: what was written later is not in the pack
	links  linkRange
}

// Build writes the signed pack of a run. The same contents are the same bytes.
func Build(ctx context.Context, w io.Writer, from Source, run string, key Signer) error {
	if _, err := key.sign(make([]byte, 64)); err != nil {
		return err
	}
	b := &builder{pack: newPackWriter(w, key), from: from, people: map[domain.PersonID]bool{}}
	if err := b.read(ctx, run); err != nil {
		return err
	}
	b.mention(b.run.Person, b.run.Requester)
	for _, write := range []func(context.Context) error{b.chain, b.global, b.linked, b.requests, b.plans, b.rows, b.transfers, b.pictures, b.review, b.who, b.summary} {
		if err := write(ctx); err != nil {
			return fmt.Errorf("build evidence pack: %w", err)
		}
	}
	if err := b.pack.close(); err != nil {
		return fmt.Errorf("build evidence pack: %w", err)
	}
	return nil
}

// reads is how often the rows of a run are read again while somebody writes them.
const reads = 10

// read reads the rows that the audit chain has to prove, and up to which entry of it
// they say what it says.
func (b *builder) read(ctx context.Context, run string) error {
	var err error
	b.last, err = b.steady(ctx, run, func() error {
		if b.run, err = b.from.Run(ctx, run); err != nil {
			return err
		}
		if b.sum.Steps, err = b.from.Steps(ctx, run, ""); err != nil {
			return err
		}
		b.sum.CutOffs, err = b.from.CutOffs(ctx, run)
		return err
	})
	b.sum.Format, b.sum.Run = format, b.run
	return err
}

// steady reads rows of a run while nothing is written about it, and answers with the
// number of the last entry of its chain. Of a run that does not stand still for a
// moment the entries of then may be missing.
func (b *builder) steady(ctx context.Context, run string, read func() error) (int64, error) {
	last := int64(0)
	for range reads {
		if err := b.entries(ctx, run, last, func(e domain.ChainEntry) error { last = e.Seq; return nil }); err != nil {
			return last, err
		}
		if err := read(); err != nil {
			return last, err
		}
		ahead, err := b.from.GlobalEntriesOf(ctx, run, last, 1)
		if err != nil {
			return last, err
		}
		next, err := b.from.ChainEntries(ctx, run, last, 1)
		switch {
		case err == nil && len(next) == 0 && len(ahead) > 0:
			return last, fmt.Errorf("entry %d of the audit chain of %s is missing: somebody wrote to the database past Handover", last+1, run)
		case err != nil || len(next) == 0:
			return last, err
		}
	}
	return last, domain.NewFault(domain.FaultUnavailable, "evidence.read", "", "the run is being written all the time: try again", nil)
}

// entries goes through a run's chain behind an entry.
func (b *builder) entries(ctx context.Context, run string, after int64, each func(domain.ChainEntry) error) error {
	for {
		found, err := b.from.ChainEntries(ctx, run, after, page)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, e := range found {
			if err := each(e); err != nil {
				return err
			}
			after = e.Seq
		}
	}
}

func (b *builder) mention(people ...domain.PersonID) {
	for _, p := range people {
		if p != "" && p != domain.SystemActor && p != domain.UnknownActor {
			b.people[p] = true
		}
	}
}

// chain writes the run's chain as it is now: what is added later is not in the
// parts that follow either.
func (b *builder) chain(ctx context.Context) error {
	if err := b.pack.json(runName, b.run); err != nil {
		return err
	}
	told := newRunProof()
	err := b.pack.part(chainName, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		return b.entries(ctx, b.run.ID, 0, func(e domain.ChainEntry) error {
			if e.Seq > b.last {
				return nil
			}
			told.note(e.Event)
			b.mention(e.Event.Actor, e.Event.ActingFor, e.Event.Subject)
			b.sum.LastHash, b.sum.Entries = e.Hash, b.sum.Entries+1
			e.Event.Reason = "" // it stands in its own part, with its salt
			return lines.Encode(e)
		})
	})
	if err != nil {
		return err
	}
	for i, s := range b.sum.Steps {
		b.sum.Steps[i] = told.asTold(s)
	}
	reasons, err := b.from.Reasons(ctx, b.run.ID)
	if err != nil {
		return err
	}
	reasons = slices.DeleteFunc(reasons, func(r domain.ReasonProof) bool { return r.Seq > b.last })
	return b.pack.json(reasonsName, orEmpty(reasons))
}

// paged reads pages until one is empty.
func paged[T any](read func(after int64) ([]T, error), each func(T) (int64, error)) error {
	for after := int64(0); ; {
		rows, err := read(after)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if after, err = each(row); err != nil {
				return err
			}
		}
	}
}

func (b *builder) global(ctx context.Context) error {
	err := b.pack.part(globalName, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		return paged(func(after int64) ([]domain.GlobalEntry, error) {
			found, err := b.from.GlobalEntriesOf(ctx, b.run.ID, after, page)
			return slices.DeleteFunc(found, func(g domain.GlobalEntry) bool { return g.Entry > b.last }), err
		}, func(g domain.GlobalEntry) (int64, error) {
			b.links.first = g.Seq // the last one's
			return g.Entry, lines.Encode(g)
		})
	})
	if err != nil {
		return err
	}
	var head HeadPart
	if head.Seq, head.Hash, err = b.from.Head(ctx); err != nil {
		return err
	}
	b.sum.Head, b.links.head = head, head
	return b.pack.json(headName, head)
}

func (b *builder) requests(ctx context.Context) error {
	approvals, err := b.from.ApprovalsOf(ctx, b.run.ID)
	if err != nil {
		return err
	}
	for _, a := range approvals {
		b.mention(a.Requester)
		for _, d := range a.Decisions {
			b.mention(d.Actor, d.ActingFor)
		}
	}
	tasks, err := b.from.TasksOf(ctx, b.run.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		b.mention(t.Owner, t.Backup, t.DoneBy, t.ConfirmedBy)
	}
	b.sum.Approvals, b.sum.Tasks = orEmpty(approvals), orEmpty(tasks)
	if err := b.pack.json(approvalsName, b.sum.Approvals); err != nil {
		return err
	}
	return b.pack.json("tasks.json", b.sum.Tasks)
}

func (b *builder) plans(ctx context.Context) error {
	plans, err := b.from.Plans(ctx, b.run.ID)
	if err != nil {
		return err
	}
	parts := []PlanPart{}
	for _, p := range plans {
		for _, rule := range p.Rules {
			b.mention(rule.Heir)
		}
		parts = append(parts, PlanPart{Digest: p.Digest(), Canonical: p.Canonical(), Plan: p})
	}
	return b.pack.json(plansName, parts)
}

func (b *builder) rows(ctx context.Context) error {
	snapshots, err := b.from.Snapshots(ctx, b.run.ID)
	if err != nil {
		return err
	}
	seats, err := b.from.RunSeats(ctx, b.run.ID)
	if err != nil {
		return err
	}
	b.sum.Steps, b.sum.CutOffs = orEmpty(b.sum.Steps), orEmpty(b.sum.CutOffs)
	for _, s := range b.sum.Steps {
		b.mention(s.Owner)
	}
	for _, part := range []struct {
		name string
		rows any
	}{{"snapshots.json", orEmpty(snapshots)}, {stepsName, b.sum.Steps}, {cutOffsName, b.sum.CutOffs}, {"seats.json", orEmpty(seats)}} {
		if err := b.pack.json(part.name, part.rows); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) transfers(ctx context.Context) error {
	transfers, err := b.from.Transfers(ctx, b.run.ID)
	if err != nil {
		return err
	}
	b.sum.Transfers = []TransferPart{}
	for i, t := range transfers {
		part := TransferPart{Transfer: t, File: fmt.Sprintf("transfers/%02d.csv", i+1), States: map[domain.ItemState]int{}}
		if err := b.pack.part(part.File, func(w io.Writer) error { return b.records(ctx, w, part) }); err != nil {
			return err
		}
		b.sum.Transfers = append(b.sum.Transfers, part)
	}
	return b.pack.json(transfersName, b.sum.Transfers)
}

// records lists every record of a transfer, page by page.
func (b *builder) records(ctx context.Context, w io.Writer, part TransferPart) error {
	table := csv.NewWriter(w)
	if err := table.Write([]string{"id", "from", "to", "state"}); err != nil {
		return err
	}
	for after := ""; ; {
		items, err := b.from.Items(ctx, part.Transfer.Key, after, page)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			table.Flush()
			return table.Error()
		}
		for _, item := range items {
			part.States[item.State]++
			if err := table.Write([]string{item.Record.ID, string(item.Record.Owner), string(item.To), string(item.State)}); err != nil {
				return err
			}
			after = item.Record.ID
		}
	}
}

// who writes whom the opaque ids of the pack stand for, as far as anybody knows.
func (b *builder) who(ctx context.Context) error {
	all := []domain.PersonProof{}
	b.sum.People = map[domain.PersonID]domain.PersonProof{}
	for _, id := range slices.Sorted(maps.Keys(b.people)) {
		proofs, err := b.from.PersonProofs(ctx, id)
		if err != nil {
			return err
		}
		all = append(all, proofs...)
		if len(proofs) > 0 {
			b.sum.People[id] = proofs[len(proofs)-1]
		}
	}
	return b.pack.json(peopleName, all)
}

// orEmpty makes "none" a list and not a null.
func orEmpty[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}
