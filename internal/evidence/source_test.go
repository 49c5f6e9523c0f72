package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

const runID = "offboarding:e7k2:1"

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// ledger is a run with something of everything.
type ledger struct {
	run     domain.Run
	chain   []domain.ChainEntry
	global  []domain.GlobalEntry
	reasons []domain.ReasonProof
	people  map[domain.PersonID][]domain.PersonProof
	plan    domain.Plan
	records int
	shots   []domain.StepPicture
	steps   []domain.StepRecord
	cuts    []domain.CutOffTime
	onPage  func()
	noted   []string
	all     []domain.GlobalEntry // the global chain, with what others wrote

	settings map[string]string
}

func newLedger(records int) *ledger {
	l := &ledger{run: domain.Run{ID: runID, Kind: domain.RunOffboarding, Person: "dana", Requester: domain.SystemActor, State: domain.RunClosed,
		Why: "12 steps verified.", Apps: []domain.AppID{"apollo"}, AllApps: true, StartedAt: noon, ClosedAt: noon.Add(time.Hour)}, records: records,
		people: map[domain.PersonID][]domain.PersonProof{}, plan: domain.Plan{Run: runID, App: "apollo", Version: 1, Mailboxes: 1}}
	l.steps = []domain.StepRecord{{Run: runID, App: "apollo", Key: domain.StepDeactivate, Title: "Cut off", State: domain.StepVerified, Channel: domain.ChannelAPI, Why: "absent <i>", RequestID: "req-1"}}
	l.cuts = []domain.CutOffTime{{Run: runID, App: "apollo", Channel: domain.ChannelAPI, Due: noon, VerifiedAt: noon.Add(3 * time.Minute), Limit: time.Hour, Class: "standard"}}
	l.person("dana", "dana@example.com", "Dana <b>Reyes")
	l.person("eli", "eli@example.com", "Eli Stone")
	l.append(domain.EventRunStarted, map[string]string{domain.FactSubjectCommitment: l.people["dana"][0].Commitment}, "")
	l.append(domain.EventDecision, nil, "Dana agreed")
	l.append(domain.EventMemberRemoved, map[string]string{"how": "deactivated", "elapsed": "3m0s", "class": "standard", "limit": "1h0m0s"}, "")
	l.append(domain.EventRunClosed, nil, "")
	l.link(44, "", 1, "outside-runs")
	return l
}

func (l *ledger) person(id domain.PersonID, email, name string) {
	p := domain.PersonProof{Person: id, Email: email, Name: name, Salt: "salt-" + string(id), At: noon}
	p.Commitment = domain.PersonCommitment(p.Salt, p.Email, p.Name)
	l.people[id] = []domain.PersonProof{p}
}

// append adds an event; entries of other runs lie between its global numbers.
func (l *ledger) append(kind domain.EventKind, facts map[string]string, reason string) {
	seq, prev := int64(len(l.chain)+1), ""
	if seq > 1 {
		prev = l.chain[seq-2].Hash
	}
	e := domain.AuditEvent{Key: fmt.Sprint("key-", seq), Run: runID, Kind: kind, Actor: "eli", Subject: "dana", App: "apollo", Facts: facts,
		At: noon.Add(time.Duration(seq) * time.Minute)}
	if reason != "" {
		l.reasons = append(l.reasons, domain.ReasonProof{Seq: seq, Salt: "pepper", Text: reason})
		e.ReasonHash, e.Reason = domain.Commitment("pepper", reason), reason
	}
	switch kind {
	case domain.EventMemberRemoved:
		e.Step, e.To, e.Channel, e.RequestID = domain.StepDeactivate, "deactivated", domain.ChannelAPI, "req-1"
	case domain.EventRunClosed:
		e.To = string(domain.RunClosed)
	}
	l.chain = append(l.chain, domain.ChainEntry{Seq: seq, Prev: prev, Hash: domain.ChainHash(prev, seq, e), Event: e})
	l.link(max(10*seq, int64(len(l.all))+1), runID, seq, l.chain[seq-1].Hash)
}

// link adds an entry to the global chain, behind entries of another run, which is
// confidential.
func (l *ledger) link(seq int64, chain string, entry int64, of string) {
	for n := int64(len(l.all)) + 1; n <= seq; n++ {
		g := domain.GlobalEntry{Seq: n, Chain: "offboarding:other:1", Entry: n, Of: fmt.Sprint("other-", n)}
		if n > 1 {
			g.Prev = l.all[n-2].Hash
		}
		if n == seq {
			g.Chain, g.Entry, g.Of = chain, entry, of
		}
		g.Hash = domain.GlobalHash(g.Prev, g.Seq, g.Chain, g.Entry, g.Of)
		l.all = append(l.all, g)
		if n == seq && chain == runID {
			l.global = append(l.global, g)
		}
	}
}

func (l *ledger) GlobalEntries(_ context.Context, from, to int64) ([]domain.GlobalEntry, error) {
	return slices.Clone(l.all[min(int64(len(l.all)), from-1):min(int64(len(l.all)), to)]), nil
}

func (l *ledger) ConfidentialRuns(context.Context) ([]string, error) {
	return []string{"offboarding:other:1"}, nil
}

func (l *ledger) Setting(_ context.Context, name string) (string, error) {
	return l.settings[name], nil
}

func (l *ledger) Run(_ context.Context, id string) (domain.Run, error) {
	if id != runID {
		return domain.Run{}, domain.ErrNotFound
	}
	return l.run, nil
}

func (l *ledger) PersonProofs(_ context.Context, id domain.PersonID) ([]domain.PersonProof, error) {
	return l.people[id], nil
}

func (l *ledger) Steps(context.Context, string, domain.AppID) ([]domain.StepRecord, error) {
	return l.steps, nil
}

func (l *ledger) Snapshots(context.Context, string) ([]domain.Snapshot, error) {
	return []domain.Snapshot{{Run: runID, App: "apollo", Found: true, Counts: map[domain.RecordKind]int{"deals": 3, "contacts": 2}}}, nil
}

func (l *ledger) Plans(context.Context, string) ([]domain.Plan, error) {
	return []domain.Plan{l.plan}, nil
}

func (l *ledger) ApprovalsOf(context.Context, string) ([]domain.Approval, error) {
	return []domain.Approval{{ID: "a1", Run: runID, App: "apollo", Digest: l.plan.Digest(), State: domain.ApprovalApproved,
		Policy: domain.ApprovalPolicy{Name: "two-stages"}, PolicyDigest: "v1:frozen",
		Decisions: []domain.Decision{{Actor: "eli", ActingFor: "ada", Verdict: domain.Approve, Digest: l.plan.Digest(), At: noon, Channel: domain.ChannelSlack}}}}, nil
}

func (l *ledger) TasksOf(context.Context, string) ([]domain.Task, error) {
	return []domain.Task{{ID: "t1", Run: runID, App: "apollo", Title: "Unlink", State: domain.TaskSettled, Owner: "eli", DoneBy: "eli", Proof: "a note"}}, nil
}

func (l *ledger) CutOffs(context.Context, string) ([]domain.CutOffTime, error) {
	return l.cuts, nil
}

func (l *ledger) RunSeats(context.Context, string) ([]domain.SeatEntry, error) { return nil, nil }

func (l *ledger) Transfers(context.Context, string) ([]domain.Transfer, error) {
	return []domain.Transfer{{Key: domain.TransferKey{Run: runID, App: "apollo", Kind: domain.Contacts}, Phase: domain.TransferDone, MovedN: l.records}}, nil
}

func (l *ledger) Items(_ context.Context, _ domain.TransferKey, after string, limit int) ([]domain.TransferItem, error) {
	if l.onPage != nil {
		l.onPage()
	}
	first := 0
	if after != "" {
		if _, err := fmt.Sscanf(after, "c%d", &first); err != nil {
			return nil, err
		}
		first++
	}
	var items []domain.TransferItem
	for i := first; i < min(first+limit, l.records); i++ {
		items = append(items, domain.TransferItem{Record: domain.Record{ID: fmt.Sprintf("c%06d", i), Owner: "a0"}, To: "a1", State: domain.ItemMoved})
	}
	return items, nil
}

func (l *ledger) ChainEntries(_ context.Context, _ string, after int64, limit int) ([]domain.ChainEntry, error) {
	return l.chain[after:min(int(after)+limit, len(l.chain))], nil
}

func (l *ledger) Reasons(context.Context, string) ([]domain.ReasonProof, error) {
	return append([]domain.ReasonProof(nil), l.reasons...), nil
}

func (l *ledger) GlobalEntriesOf(_ context.Context, _ string, after int64, limit int) ([]domain.GlobalEntry, error) {
	return append([]domain.GlobalEntry(nil), l.global[after:min(int(after)+limit, len(l.global))]...), nil
}

func (l *ledger) Pictures(_ context.Context, _ string, after domain.StepPicture, limit int) ([]domain.StepPicture, error) {
	return l.shots[after.Number:min(after.Number+limit, len(l.shots))], nil
}

// play adds a playing of a recipe with so many pictures.
func (l *ledger) play(n int) {
	all := sha256.New()
	for i := range n {
		png := fmt.Appendf(nil, "picture %d", i+1)
		sum := sha256.Sum256(png)
		all.Write(sum[:])
		l.shots = append(l.shots, domain.StepPicture{Run: runID, App: "apollo", Step: domain.StepDeactivate, Play: "p1", Number: i + 1, What: "click", At: noon, SHA256: hex.EncodeToString(sum[:]), PNG: png})
	}
	l.append(domain.EventRecipePlayed, map[string]string{domain.FactPictures: fmt.Sprint(n), domain.FactPicturesHash: hex.EncodeToString(all.Sum(nil))}, "")
	last := &l.chain[len(l.chain)-1]
	last.Event.RequestID = domain.PlayID("p1")
	last.Hash = domain.ChainHash(last.Prev, last.Seq, last.Event)
	g := &l.all[len(l.all)-1]
	g.Of = last.Hash
	g.Hash = domain.GlobalHash(g.Prev, g.Seq, g.Chain, g.Entry, g.Of)
	l.global[len(l.global)-1] = *g
}

func (l *ledger) Head(context.Context) (int64, string, error) {
	last := l.all[len(l.all)-1]
	return last.Seq, last.Hash, nil
}

func (l *ledger) NotePack(_ context.Context, _, path, sum string) error {
	l.noted = append(l.noted, path, sum)
	return nil
}

func signer(t *testing.T) Signer {
	t.Helper()
	s, err := ParseSigningKey(NewSigningKey())
	require.NoError(t, err)
	return s
}
