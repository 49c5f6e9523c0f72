package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var chainTests = map[string]func(t *testing.T, s *store.Store){
	"eight writers leave it whole": func(t *testing.T, s *store.Store) {
		runs := []domain.Run{leaving(t, s, "dana"), leaving(t, s, "eli"), leaving(t, s, "frank")}
		allFine(t, together(8, func(i int) error {
			for n := range 20 {
				a, b := runs[n%3], runs[(n+i)%3]
				events := []domain.AuditEvent{event(a, domain.EventSweep, name(i)+name(n)), event(b, domain.EventSweep, name(i)+name(n)+"b"),
					event(a, domain.EventSweep, "shared"+name(n))}
				if err := s.Record(t.Context(), domain.Entry{Run: a.ID, Steps: []domain.StepRecord{step(a, domain.StepRunning)}, Events: events}); err != nil {
					return err
				}
			}
			return nil
		}))
		total := 0
		for _, r := range runs {
			total += len(whole(t, s, r.ID))
		}
		require.Equal(t, 3+8*20*2+20, total)
		seq, hash, err := s.Head(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, total, seq)
		last, err := s.GlobalEntries(t.Context(), seq, seq+10)
		require.NoError(t, err)
		require.Len(t, last, 1)
		require.Equal(t, hash, last[0].Hash)
	},
	"what is odd in a text survives the way to disk": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		e := event(r, domain.EventDecision, "decision")
		e.Facts = map[string]string{"quote": "\"a\nb\t<&>", "bad": "x\xffy\x00z", "emoji": "ü 漢 🙂"}
		e.Reason = "she said \x00 so \xff"
		e.At = noon.In(time.FixedZone("X", 3600))
		record(t, s, domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}})
		entries := whole(t, s, r.ID)
		got := entries[1].Event
		require.Equal(t, "x\uFFFDyz", got.Facts["bad"])
		require.True(t, got.At.Equal(noon.Truncate(time.Microsecond)))
		reasons, err := s.Reasons(t.Context(), r.ID)
		require.NoError(t, err)
		require.Len(t, reasons, 1)
		require.Equal(t, got.Reason, reasons[0].Text)
		require.Equal(t, domain.Commitment(reasons[0].Salt, reasons[0].Text), got.ReasonHash)
		require.Equal(t, "x\xffy\x00z", e.Facts["bad"], "the caller's event is left alone")
	},
	"the first event binds the subject": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		proofs, err := s.PersonProofs(t.Context(), r.Person)
		require.NoError(t, err)
		require.Equal(t, proofs[0].Commitment, whole(t, s, r.ID)[0].Event.Facts[domain.FactSubjectCommitment])
	},
	"an event without a key is refused": func(t *testing.T, s *store.Store) {
		err := s.Record(t.Context(), domain.Entry{Events: []domain.AuditEvent{{Kind: domain.EventRefused, At: noon}}})
		require.Equal(t, domain.FaultInvalid, domain.KindOf(err))
	},
	"the audit log is filtered and paged": func(t *testing.T, s *store.Store) {
		r := leaving(t, s, "dana")
		e := event(r, domain.EventRoleChanged, "role")
		e.Actor, e.ActingFor, e.Reason, e.At = "eli", "frank", "asked to", noon.Add(time.Hour)
		record(t, s, domain.Entry{Run: r.ID, Events: []domain.AuditEvent{e}})
		record(t, s, domain.Entry{Events: []domain.AuditEvent{{Key: "outside", Kind: domain.EventRefused, Actor: "eli", At: noon}}})
		for _, c := range []struct {
			f    store.AuditFilter
			want string
		}{
			{store.AuditFilter{}, "refused role_changed run_started"},
			{store.AuditFilter{Actor: "frank"}, "role_changed"},
			{store.AuditFilter{Actor: "eli"}, "refused role_changed"},
			{store.AuditFilter{Subject: r.Person}, "role_changed run_started"},
			{store.AuditFilter{Kind: domain.EventRefused}, "refused"},
			{store.AuditFilter{Since: noon.Add(time.Minute)}, "role_changed"},
			{store.AuditFilter{Until: noon.Add(time.Minute), App: "apollo"}, "run_started"},
			{store.AuditFilter{Run: r.ID, Limit: 1}, "role_changed"},
			{store.AuditFilter{Before: 3}, "role_changed run_started"},
		} {
			lines, err := s.Audit(t.Context(), c.f)
			require.NoError(t, err)
			var kinds []string
			for _, line := range lines {
				kinds = append(kinds, string(line.Entry.Event.Kind))
			}
			require.Equal(t, c.want, strings.Join(kinds, " "), "%+v", c.f)
		}
		lines, err := s.Audit(t.Context(), store.AuditFilter{Actor: "frank"})
		require.NoError(t, err)
		require.Equal(t, "asked to", lines[0].Entry.Event.Reason)
		require.EqualValues(t, 2, lines[0].Global)
	},
}
