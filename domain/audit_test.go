package domain_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func sampleEvent() domain.AuditEvent {
	return domain.AuditEvent{
		Key: "offboarding:e7k2:1/apollo/contacts/moved-100", Run: "offboarding:e7k2:1", Kind: domain.EventRecordsMoved, Actor: domain.SystemActor,
		ActingFor: "p-rita", Subject: "p-dana", App: "apollo", Step: domain.StepContacts, Target: "chunk-1", From: "5f1e", To: "77aa",
		Channel: domain.ChannelAPI, Digest: "v1:abc", PolicyHash: "ab12", RequestID: "req-9", Reason: "free text", ReasonHash: "c0ffee",
		Zone: "Europe/Berlin", Facts: map[string]string{"count": "100", "kind": "Größe"}, At: time.Date(2026, 12, 18, 16, 30, 0, 123456000, time.UTC),
	}
}

// The form of an event is hashed for years: it can never change for events that
// exist.
const eventGolden = `format="handover-audit/1"
key="offboarding:e7k2:1/apollo/contacts/moved-100"
run="offboarding:e7k2:1"
kind="records_moved"
actor="system"
acting_for="p-rita"
subject="p-dana"
app="apollo"
step="contacts"
target="chunk-1"
from="5f1e"
to="77aa"
channel="api"
digest="v1:abc"
policy_hash="ab12"
request_id="req-9"
reason_hash="c0ffee"
zone="Europe/Berlin"
fact.count="100"
fact.kind="Gr\u00f6\u00dfe"
at="1797611400123456"
`

func TestAuditEventCanonicalFormIsGolden(t *testing.T) {
	t.Parallel()
	require.Equal(t, eventGolden, sampleEvent().Canonical())
	require.Equal(t, "084a9dbb942af569d994916448f4a0095043fa1fe710e1964188997fd834467f", domain.ChainHash("", 1, sampleEvent()))
	require.Equal(t, "378cfabc7b000c9782c044219eb38d759e505474191a0f8ea7003dc208449316", domain.GlobalHash("aa", 7, "offboarding:e7k2:1", 3, "bb"))
	require.Equal(t, "9e4cbe53d0aa22f31e8fc45c6d9e6e2f036d97dce7aa32d2838d577a444d9087", domain.Commitment("salt", "Dana Reyes"))
	require.Equal(t, "handover-audit/1", domain.AuditFormat)
}

// What is personal stays outside the hash; everything else is felt by it. A
// field added to the event makes this test fail until it is hashed or excused.
func TestAuditEventHashFeelsEveryFieldButTheFreeText(t *testing.T) {
	t.Parallel()
	e, changed := sampleEvent(), 0
	want := domain.ChainHash("prev", 3, e)
	eachChange(reflect.ValueOf(&e).Elem(), "event", func(path string) {
		if path == "event.Reason" {
			require.Equal(t, want, domain.ChainHash("prev", 3, e), path)
			return
		}
		changed++
		require.NotEqual(t, want, domain.ChainHash("prev", 3, e), path)
	})
	require.Greater(t, changed, 15)
	require.NotEqual(t, want, domain.ChainHash("prev", 4, e))
	require.NotEqual(t, want, domain.ChainHash("other", 3, e))
	e.At = e.At.In(time.FixedZone("elsewhere", 3600))
	require.Equal(t, want, domain.ChainHash("prev", 3, e), "one instant is one instant")
	require.Equal(t, want, domain.ChainHash("prev", 3, clone(t, e)), "what was stored is what was hashed")
}

func TestNoTextOfAnEventCanPassForAnotherLine(t *testing.T) {
	t.Parallel()
	lines := strings.Count(eventGolden, "\n")
	for _, evil := range []string{"x\"\nto=\"y", "x\nto=y", "\u2028to=\"y\"", string([]byte{0xff, '\n'})} {
		e := sampleEvent()
		e.From, e.Facts = evil, map[string]string{evil: evil, "count": "1"}
		text := e.Canonical()
		require.Equal(t, lines, strings.Count(text, "\n"), "%q", evil)
		require.Equal(t, 1, strings.Count(text, "\nto="))
	}
}

func chain(n int) []domain.ChainEntry {
	var entries []domain.ChainEntry
	prev := ""
	for i := range n {
		e := sampleEvent()
		e.Key = fmt.Sprintf("%s/%d", e.Key, i)
		seq := int64(i + 1)
		entry := domain.ChainEntry{Seq: seq, Prev: prev, Hash: domain.ChainHash(prev, seq, e), Event: e}
		entries, prev = append(entries, entry), entry.Hash
	}
	return entries
}

func TestAWholeChainIsWhole(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		at, err := domain.VerifyChain(chain(n))
		require.NoError(t, err)
		require.Zero(t, at)
	}
}

func TestEveryTouchOfAChainIsFound(t *testing.T) {
	t.Parallel()
	seeds(t, 2000, func(t require.TestingT, r *rand.Rand) {
		entries := chain(2 + r.IntN(8))
		i := r.IntN(len(entries) - 1)
		first, what := i+1, ""
		switch r.IntN(6) {
		case 0:
			what = "an entry taken out"
			entries = slices.Delete(entries, i, i+1)
		case 1:
			what = "two entries swapped"
			entries[i], entries[i+1] = entries[i+1], entries[i]
		case 2:
			what = "two entries swapped and numbered anew"
			entries[i], entries[i+1] = entries[i+1], entries[i]
			entries[i].Seq, entries[i+1].Seq = int64(i+1), int64(i+2)
		case 3:
			what = "an entry written twice"
			entries = slices.Insert(entries, i+1, entries[i])
			first = i + 2
		case 4:
			what = "an event changed"
			entries[i].Event.To = "mallory"
		case 5:
			what = "an event changed and hashed anew"
			entries[i].Event.To = "mallory"
			entries[i].Hash = domain.ChainHash(entries[i].Prev, entries[i].Seq, entries[i].Event)
			first = i + 2
		}
		at, err := domain.VerifyChain(entries)
		require.Error(t, err, what)
		require.Equal(t, int64(first), at, what)
	})
}

func TestEveryFieldOfEveryEntryIsFound(t *testing.T) {
	t.Parallel()
	entries := chain(3)
	for i := range entries {
		eachChange(reflect.ValueOf(&entries[i]).Elem(), fmt.Sprintf("entry %d", i+1), func(path string) {
			if strings.HasSuffix(path, ".Event.Reason") {
				return
			}
			_, err := domain.VerifyChain(entries)
			require.Error(t, err, path)
		})
	}
	_, err := domain.VerifyChain(entries)
	require.NoError(t, err)
}

func TestGlobalHashFeelsEveryPart(t *testing.T) {
	t.Parallel()
	want := domain.GlobalHash("p", 1, "run", 2, "h")
	for i, other := range []string{domain.GlobalHash("q", 1, "run", 2, "h"), domain.GlobalHash("p", 2, "run", 2, "h"), domain.GlobalHash("p", 1, "ruin", 2, "h"),
		domain.GlobalHash("p", 1, "run", 3, "h"), domain.GlobalHash("p", 1, "run", 2, "i"), domain.GlobalHash("p", 1, "run\nentry=2", 2, "h")} {
		require.NotEqual(t, want, other, "part %d", i)
	}
}

func TestACommitmentHidesAndBinds(t *testing.T) {
	t.Parallel()
	c := domain.Commitment("salt", "Dana Reyes")
	require.NotContains(t, c, "Dana")
	require.NotEqual(t, c, domain.Commitment("other", "Dana Reyes"))
	require.NotEqual(t, c, domain.Commitment("salt", "Dana Reye"))
}
