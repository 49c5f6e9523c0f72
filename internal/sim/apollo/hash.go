package apollo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// Ref names one record.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// HashFilter says what a hash leaves out.
type HashFilter struct {
	// Except leaves out whole records.
	Except []Ref
	// Kinds leaves out all records of these kinds.
	Kinds []Kind
	// Fields are masked wherever they hold one of Users (ids), together with the record's time of update: so a hash taken
	// before a transfer from one of them to another equals the one taken after it.
	Fields, Users []string
}

// HashExcept gives the SHA-256 of all records apart from those a filter leaves out. Equal states give equal hashes.
func (s *Simulator) HashExcept(f HashFilter) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	h := &hasher{sum: sha256.New(), filter: f, except: map[Ref]bool{}}
	for _, ref := range f.Except {
		h.except[ref] = true
	}
	hashTable(h, s.t.users, (*user).fields)
	hashTable(h, s.t.mailboxes, (*mailbox).fields)
	hashTable(h, s.t.contacts, (*contact).fields)
	hashTable(h, s.t.accounts, (*account).fields)
	hashTable(h, s.t.deals, (*deal).fields)
	hashTable(h, s.t.tasks, (*task).fields)
	hashTable(h, s.t.sequences, (*sequence).fields)
	hashTable(h, s.t.emails, (*message).fields)
	hashTable(h, s.t.lists, (*list).fields)
	hashTable(h, s.t.workflows, (*workflow).fields)
	hashTable(h, s.t.invites, (*invite).fields)
	hashCalls(h, s.t.calls)
	if !slices.Contains(f.Kinds, KindPlan) {
		h.row(KindPlan, "plan", []field{{"seats", fmt.Sprint(s.t.plan)}})
	}
	if !slices.Contains(f.Kinds, KindCRM) {
		h.row(KindCRM, "crm", []field{{"sync_user_id", s.t.crmUser}})
	}
	return hex.EncodeToString(h.sum.Sum(nil))
}

type field struct{ name, value string }

type hasher struct {
	sum    hash.Hash
	filter HashFilter
	except map[Ref]bool
	buf    []byte
}

func hashTable[T any](h *hasher, t *table[T], fields func(*T) []field) {
	if slices.Contains(h.filter.Kinds, t.kind) {
		return
	}
	for _, rec := range t.rows {
		if rec == nil || h.except[Ref{t.kind, t.idOf(rec)}] {
			continue
		}
		h.row(t.kind, t.idOf(rec), fields(rec))
	}
}

func (h *hasher) row(kind Kind, id string, fields []field) {
	masked := slices.ContainsFunc(fields, h.masked)
	h.buf = append(append(append(h.buf[:0], kind...), 0), id...)
	for _, f := range fields {
		value := f.value
		if h.masked(f) || (masked && f.name == "updated_at") {
			value = "*"
		}
		h.buf = append(append(append(append(h.buf, 0), f.name...), '='), value...)
	}
	h.sum.Write(append(h.buf, '\n'))
}

func (h *hasher) masked(f field) bool {
	return slices.Contains(h.filter.Fields, f.name) && slices.Contains(h.filter.Users, f.value)
}
