package apollo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whatever is written, the index by owner says what a scan of all records would say, now and as of a while ago.
func TestIndexAgreesWithAScan(t *testing.T) {
	t.Parallel()
	owners := []string{"a", "b", "c"}
	scan := func(recs map[string]workflow, owner string) []string {
		ids := []string{}
		for id, rec := range recs {
			if owner == "" || rec.owner == owner {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		return ids
	}
	ids := func(v view[workflow]) []string {
		out := []string{}
		for i := range v.len() {
			out = append(out, v.at(i).id)
		}
		require.True(t, slices.IsSorted(out), "order of creation")
		return out
	}
	for seed := range uint64(20) {
		dice := rand.New(rand.NewPCG(seed, 1))
		table := newTable(KindWorkflow, func(w *workflow) string { return w.id }, func(w *workflow) string { return w.owner })
		table.keep = time.Hour
		model := map[string]workflow{}
		now := time.Unix(0, 0)
		snapshots := map[time.Time]map[string]workflow{}
		for i := range 200 {
			now = now.Add(time.Second)
			known := scan(model, "")
			switch {
			case len(known) == 0 || dice.IntN(3) == 0:
				w := workflow{id: fmt.Sprintf("%04d", i), owner: owners[dice.IntN(3)]}
				table.add(&w, now)
				model[w.id] = w
			case dice.IntN(4) == 0:
				id := known[dice.IntN(len(known))]
				table.remove(id, now)
				delete(model, id)
			default:
				id := known[dice.IntN(len(known))]
				_, after := table.change(id, now, func(w *workflow) { w.owner = owners[dice.IntN(3)] })
				model[id] = *after
			}
			copied := map[string]workflow{}
			for id, w := range model {
				copied[id] = w
			}
			snapshots[now] = copied
		}
		for at, then := range snapshots {
			for _, owner := range owners {
				require.Equal(t, scan(then, owner), ids(table.all([]string{owner}, at)))
			}
			require.Equal(t, scan(then, ""), ids(table.all(nil, at)))
		}
		require.Equal(t, append(scan(model, "a"), scan(model, "b")...), append(ids(table.all([]string{"a"}, time.Time{})), ids(table.all([]string{"b"}, time.Time{}))...))
		require.Len(t, ids(table.all([]string{"a", "b", "a"}, time.Time{})), len(scan(model, "a"))+len(scan(model, "b")))
	}
}

func TestWhatIsReplacedIsForgottenInTime(t *testing.T) {
	t.Parallel()
	table := newTable(KindWorkflow, func(w *workflow) string { return w.id }, func(w *workflow) string { return w.owner })
	table.keep = time.Minute
	now := time.Unix(0, 0)
	table.add(&workflow{id: "w"}, now)
	for range 500 {
		now = now.Add(time.Second)
		table.change("w", now, func(*workflow) {})
	}
	require.LessOrEqual(t, len(table.recent), 62)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := demo(t, func(o *Options) { o.Limits = short(0, 100, 0) })
	heir, contacts := r.id(eli), r.owned(KindContact, dana)
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for i := range 20 {
				at := (worker*20 + i) * 10
				r.do("POST", "/api/v1/contacts/update_owners", object{"contact_ids": contacts[at : at+10], "owner_id": heir})
				r.do("POST", "/api/v1/contacts/search", object{"contact_owner_ids": []string{heir}})
				_ = r.SetFaults(uint64(i), Fault{Kind: FaultLag, Lag: Duration(time.Second)})
				r.State()
			}
		})
	}
	wg.Wait()
	counts := r.Counts()
	require.Equal(t, 240, counts.Total)
	require.Equal(t, 40, counts.Quota, "of 120 on each endpoint, 100 were admitted")
	require.Len(t, r.owned(KindContact, dana), 1300)
	for id, n := range r.EffectsPerTarget("contacts.update_owners") {
		require.Equal(t, 1, n, id)
	}
}
