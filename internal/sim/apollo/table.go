package apollo

import (
	"slices"
	"time"
)

// table keeps the records of one kind in order of creation, with an index by owner. Records are never changed in place:
// a write replaces the pointer, so a reader may go on with what it took.
type table[T any] struct {
	kind    Kind
	idOf    func(*T) string
	ownerOf func(*T) string
	rows    []*T
	at      map[string]int32
	live    []int32
	byOwner map[string][]int32

	// recent holds what writes replaced, as long as keep, for searches that show an older state.
	recent []replaced[T]
	keep   time.Duration
}

type replaced[T any] struct {
	at     time.Time
	row    int32
	before *T
}

func newTable[T any](kind Kind, idOf, ownerOf func(*T) string) *table[T] {
	return &table[T]{kind: kind, idOf: idOf, ownerOf: ownerOf, at: map[string]int32{}, byOwner: map[string][]int32{}}
}

func (t *table[T]) get(id string) *T {
	i, found := t.at[id]
	if !found {
		return nil
	}
	return t.rows[i]
}

func (t *table[T]) add(rec *T, now time.Time) {
	i := int32(len(t.rows)) //nolint:gosec // a tenant has fewer than two billion records
	t.rows = append(t.rows, rec)
	t.at[t.idOf(rec)] = i
	t.live = append(t.live, i)
	owner := t.ownerOf(rec)
	t.byOwner[owner] = append(t.byOwner[owner], i)
	t.remember(i, nil, now)
}

// change replaces a record by an edited copy and gives both.
func (t *table[T]) change(id string, now time.Time, edit func(*T)) (before, after *T) {
	i := t.at[id]
	before = t.rows[i]
	next := *before
	edit(&next)
	t.rows[i] = &next
	t.remember(i, before, now)
	if from, to := t.ownerOf(before), t.ownerOf(&next); from != to {
		t.byOwner[from] = excluding(t.byOwner[from], i)
		t.byOwner[to] = including(t.byOwner[to], i)
	}
	return before, &next
}

func (t *table[T]) remove(id string, now time.Time) {
	i, found := t.at[id]
	if !found {
		return
	}
	before := t.rows[i]
	owner := t.ownerOf(before)
	t.byOwner[owner] = excluding(t.byOwner[owner], i)
	t.live = excluding(t.live, i)
	t.rows[i] = nil
	delete(t.at, id)
	t.remember(i, before, now)
}

func (t *table[T]) remember(row int32, before *T, now time.Time) {
	if t.keep == 0 {
		return
	}
	old := 0
	for old < len(t.recent) && now.Sub(t.recent[old].at) > t.keep {
		old++
	}
	t.recent = append(t.recent[old:], replaced[T]{now, row, before})
}

func including(list []int32, i int32) []int32 {
	at, _ := slices.BinarySearch(list, i)
	return slices.Insert(list, at, i)
}

func excluding(list []int32, i int32) []int32 {
	at, found := slices.BinarySearch(list, i)
	if !found {
		return list
	}
	return slices.Delete(list, at, at+1)
}

// view is a list of records as a search sees it, in order of creation.
type view[T any] struct {
	rows  []*T
	picks []int32
	old   map[int32]*T
}

func (v view[T]) len() int { return len(v.picks) }

func (v view[T]) at(i int) *T {
	row := v.picks[i]
	if before, stale := v.old[row]; stale {
		return before
	}
	return v.rows[row]
}

// all gives the records of these owners, or of everybody when owners is nil, as they were at asOf. A zero asOf is now.
func (t *table[T]) all(owners []string, asOf time.Time) view[T] {
	v := view[T]{rows: t.rows, old: t.before(asOf)}
	switch {
	case owners == nil:
		v.picks = t.live
	case len(owners) == 1:
		v.picks = t.byOwner[owners[0]]
	default:
		for _, o := range slices.Compact(slices.Sorted(slices.Values(owners))) {
			v.picks = append(v.picks, t.byOwner[o]...)
		}
		slices.Sort(v.picks)
	}
	if len(v.old) > 0 {
		v.picks = t.repick(v, owners)
	}
	return v
}

// before maps each row written after asOf to what it held then; nil where it did not exist.
func (t *table[T]) before(asOf time.Time) map[int32]*T {
	if asOf.IsZero() {
		return nil
	}
	old := map[int32]*T{}
	for i := len(t.recent) - 1; i >= 0 && t.recent[i].at.After(asOf); i-- {
		old[t.recent[i].row] = t.recent[i].before
	}
	return old
}

// repick corrects an index of today for the rows that looked different then.
func (t *table[T]) repick(v view[T], owners []string) []int32 {
	picks := make([]int32, 0, len(v.picks)+len(v.old))
	for _, row := range v.picks {
		if _, stale := v.old[row]; !stale {
			picks = append(picks, row)
		}
	}
	for row, before := range v.old {
		if before != nil && (owners == nil || slices.Contains(owners, t.ownerOf(before))) {
			picks = append(picks, row)
		}
	}
	slices.Sort(picks)
	return picks
}
