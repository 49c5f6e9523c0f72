package apollo_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// kindOf pairs our kinds of records with the simulator's.
var kindOf = map[domain.RecordKind]sim.Kind{
	domain.Contacts: sim.KindContact, domain.Accounts: sim.KindAccount, domain.Deals: sim.KindDeal,
	domain.Tasks: sim.KindTask, domain.Sequences: sim.KindSequence,
}

func TestListingsFindExactlyTheOwnersRecordsInEveryWorld(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		switches func(*sim.Switches)
		filtered []domain.RecordKind
	}{
		"filters honoured": {func(*sim.Switches) {}, []domain.RecordKind{domain.Contacts, domain.Accounts, domain.Deals, domain.Tasks}},
		"filters ignored": {func(s *sim.Switches) {
			s.IgnoreContactOwnerFilter, s.IgnoreAccountOwnerFilter = true, true
			s.IgnoreDealOwnerFilter, s.IgnoreTaskUserFilter = true, true
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := demo(t, with(tc.switches))
			for kind, simKind := range kindOf {
				records, last := w.all(kind, w.id(leaver))
				require.ElementsMatch(t, w.owned(simKind, leaver), ids(records), kind)
				require.Equal(t, slices.Contains(tc.filtered, kind), last.Filtered, kind)
				require.False(t, last.Truncated, kind)
				require.NotEmpty(t, last.RequestID, kind)
			}
		})
	}
}

func TestListingsCostNoMoreThanTheirPages(t *testing.T) {
	t.Parallel()
	w := demo(t)
	for kind, want := range map[domain.RecordKind]int{
		domain.Contacts: 23, domain.Accounts: 2, domain.Deals: 1, domain.Tasks: 2, domain.Sequences: 1,
	} {
		before := w.sim.Counts().Total
		_, last := w.all(kind, w.id(leaver))
		require.Equal(t, want, w.sim.Counts().Total-before, "%s of %d", kind, last.Total)
	}
}

func TestDealsFilterIsTriedOnce(t *testing.T) {
	t.Parallel()
	w := demo(t, with(func(s *sim.Switches) { s.IgnoreDealOwnerFilter = true }))
	first, _ := w.all(domain.Deals, w.id(leaver))
	calls := w.sim.Counts().Total
	again, _ := w.all(domain.Deals, w.id(leaver))
	require.Equal(t, first, again)
	require.Equal(t, calls-1, w.sim.Counts().Total-calls, "the filter is not tried again")
}

func TestScopeOfRecords(t *testing.T) {
	t.Parallel()
	w := demo(t)
	for kind, want := range map[domain.RecordKind]int{domain.Deals: 25, domain.Tasks: 60, domain.Sequences: 23, domain.Contacts: 2300} {
		records, _ := w.all(kind, w.id(leaver))
		open := 0
		for _, r := range records {
			if r.Open {
				open++
			}
		}
		require.Equal(t, want, open, kind)
	}
}

func TestMovingTwiceIsTheSameAsOnce(t *testing.T) {
	t.Parallel()
	w := demo(t)
	for _, rule := range w.RecordRules() {
		records, _ := w.all(rule.Kind, w.id(leaver))
		records = slices.DeleteFunc(records, func(r domain.Record) bool { return !r.Open })
		batch := records[:min(rule.BatchSize, len(records))]
		for range 2 {
			moved, err := w.MoveRecords(t.Context(), rule.Kind, batch, w.id(manager))
			require.NoError(t, err, rule.Kind)
			require.NotEmpty(t, moved.RequestID)
			require.Len(t, moved.Owners, len(batch), rule.Kind)
			for _, r := range batch {
				require.Equal(t, w.id(manager), moved.Owners[r.ID], rule.Kind)
			}
		}
		require.Subset(t, w.owned(kindOf[rule.Kind], manager), ids(batch), rule.Kind)
		left, _ := w.all(rule.Kind, w.id(leaver))
		require.NotSubset(t, ids(left), ids(batch), rule.Kind)
	}
	for _, e := range w.sim.Effects() {
		require.Contains(t, []string{"owner_id", "user_id"}, e.Field, "nothing but the owner changes: %s", e.Op)
	}
}

func TestMovingTasksRepeatsPriorityAndCreator(t *testing.T) {
	t.Parallel()
	w := demo(t)
	records, _ := w.all(domain.Tasks, w.id(leaver))
	task := records[slices.IndexFunc(records, func(r domain.Record) bool { return r.Open && r.Before["priority"] != "medium" })]
	_, err := w.MoveRecords(t.Context(), domain.Tasks, []domain.Record{task}, w.id(manager))
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"user_id": string(w.id(manager)), "priority": task.Before["priority"], "creator_id": task.Before["creator_id"],
	}, w.wire.last().fields(t))

	read, err := w.ReadRecords(t.Context(), domain.Tasks, []string{task.ID})
	require.NoError(t, err)
	require.Equal(t, task.Before, read[0].Before)
	require.Equal(t, w.id(manager), read[0].Owner)

	task.Before = map[string]string{"priority": "high"}
	_, err = w.MoveRecords(t.Context(), domain.Tasks, []domain.Record{task}, w.id(manager))
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind, "without the creator Apollo would reset it")
}

func TestMovingSendsAsDocumented(t *testing.T) {
	t.Parallel()
	w := demo(t)
	contacts, _ := w.all(domain.Contacts, w.id(leaver))
	_, err := w.MoveRecords(t.Context(), domain.Contacts, contacts[:2], w.id(manager))
	require.NoError(t, err)
	last := w.wire.last()
	require.Equal(t, http.MethodPost+" /api/v1/contacts/update_owners", last.method+" "+last.path)
	require.Equal(t, url.Values{"contact_ids[]": ids(contacts[:2]), "owner_id": {string(w.id(manager))}}, url.Values(last.query))
	require.Empty(t, last.body)
	require.Zero(t, last.length, "an empty body is not sent in chunks")

	sequences, _ := w.all(domain.Sequences, w.id(leaver))
	_, err = w.MoveRecords(t.Context(), domain.Sequences, sequences[:1], w.id(manager))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"user_id": string(w.id(manager))}, w.wire.last().fields(t), "steps sent along would replace all steps")
}

func TestMovingRefusesWhatOneCallCannotDo(t *testing.T) {
	t.Parallel()
	w := demo(t)
	two := []domain.Record{{ID: "a"}, {ID: "b"}}
	_, err := w.MoveRecords(t.Context(), domain.Deals, two, w.id(manager))
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind)
	_, err = w.MoveRecords(t.Context(), domain.Contacts, two, "")
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind)
	_, err = w.MoveRecords(t.Context(), "workflows", two[:1], w.id(manager))
	require.Equal(t, domain.FaultUnsupported, fault(t, err).Kind)
	moved, err := w.MoveRecords(t.Context(), domain.Contacts, nil, w.id(manager))
	require.NoError(t, err)
	require.Empty(t, moved.Owners)
	require.Zero(t, w.sim.Counts().Total)
}

func TestReadingRecordsLeavesOutTheUnknown(t *testing.T) {
	t.Parallel()
	w := demo(t)
	const unknown = "0123456789abcdef01234567"
	for _, kind := range []domain.RecordKind{domain.Contacts, domain.Deals, domain.Tasks, domain.Sequences} {
		id := w.owned(kindOf[kind], leaver)[0]
		records, err := w.ReadRecords(t.Context(), kind, []string{unknown, id})
		require.NoError(t, err, kind)
		require.Equal(t, []string{id}, ids(records), kind)
		require.Equal(t, w.id(leaver), records[0].Owner, kind)
	}
}

func TestUnreadableCursorIsNoBeginning(t *testing.T) {
	t.Parallel()
	w := demo(t)
	_, err := w.RecordPage(t.Context(), domain.Contacts, w.id(leaver), "{")
	require.Equal(t, domain.FaultInternal, fault(t, err).Kind)
}
