package domain_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// digest hashes a review with one piece of each kind.
func digest(frozen bool, r domain.Review, l domain.ReviewLine, e domain.ReviewDecision, a domain.ReviewAssignment) string {
	d := domain.ClosedReview(r)
	if frozen {
		d = domain.FrozenReview(r)
	}
	d.Line(l)
	d.Decision(e)
	d.Assignment(a)
	return d.Sum()
}

// changes sets each field of a struct, and of the structs in it, to another value
// and calls each with its name.
func changes(t *testing.T, v reflect.Value, prefix string, each func(name string)) {
	t.Helper()
	for i := range v.NumField() {
		f, name := v.Field(i), prefix+v.Type().Field(i).Name
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[time.Time]() {
			changes(t, f, name+".", each)
			continue
		}
		before := reflect.New(f.Type()).Elem()
		before.Set(f)
		f.Set(another(t, f.Type()))
		each(name)
		f.Set(before)
	}
}

func another(t *testing.T, of reflect.Type) reflect.Value {
	t.Helper()
	v := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.String:
		v.SetString("other")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(of, 1, 1))
		if of.Elem().Kind() == reflect.Struct {
			v.Index(0).Field(0).SetString("other")
		} else {
			v.Index(0).Set(another(t, of.Elem()))
		}
	default:
		require.Equal(t, reflect.TypeFor[time.Time](), of)
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	}
	return v
}

func TestReviewDigestChangesWithEveryField(t *testing.T) {
	t.Parallel()
	var r domain.Review
	var l domain.ReviewLine
	var e domain.ReviewDecision
	var a domain.ReviewAssignment
	// What is no part of it: texts and names stand behind commitments, money is
	// erasable, and the review of a piece is the digest's own.
	unhashed := map[string]bool{"review.Digest": true, "review.Settings.Money": true, "line.Review": true, "line.Email": true, "line.Name": true,
		"decision.Review": true, "decision.Reason": true, "assignment.Review": true, "assignment.Reason": true}
	plain := digest(false, r, l, e, a)
	seen := map[string]string{plain: "nothing"}
	for prefix, v := range map[string]reflect.Value{"review.": reflect.ValueOf(&r).Elem(), "line.": reflect.ValueOf(&l).Elem(),
		"decision.": reflect.ValueOf(&e).Elem(), "assignment.": reflect.ValueOf(&a).Elem()} {
		changes(t, v, prefix, func(name string) {
			got := digest(false, r, l, e, a)
			if unhashed[name] {
				require.Equal(t, plain, got, name)
				delete(unhashed, name)
				return
			}
			require.NotContains(t, seen, got, "%s is hashed like %s", name, seen[got])
			seen[got] = name
		})
	}
	require.Empty(t, unhashed, "these fields were not there")
	require.Greater(t, len(seen), 70)
}

func TestFrozenReviewIsWhatReviewersGot(t *testing.T) {
	t.Parallel()
	r, l := domain.Review{ID: "r"}, domain.ReviewLine{No: 1, Role: "admin", Given: domain.GivenTo{Reviewer: "mia"}}
	sum := func(r domain.Review, l domain.ReviewLine) string {
		d := domain.FrozenReview(r)
		d.Line(l)
		return d.Sum()
	}
	plain := sum(r, l)
	later, given := l, l
	later.State, later.Verdict, later.NewRole, later.Run, later.Why, later.Reviewer, later.Second, later.SettledAt = "done", "keep", "x", "run", "why", "kim", "sam", time.Now()
	require.Equal(t, plain, sum(r, later))
	given.Given.Reviewer = "kim"
	require.NotEqual(t, plain, sum(r, given))
	r.State, r.Digest = domain.ReviewComplete, "v1:x"
	require.Equal(t, plain, sum(r, l))
	r.Population.Total = 3
	require.NotEqual(t, plain, sum(r, l))
}

func TestReviewDigestHasAnOrderAndBounds(t *testing.T) {
	t.Parallel()
	sum := func(lines ...domain.ReviewLine) string {
		d := domain.ClosedReview(domain.Review{})
		for _, l := range lines {
			d.Line(l)
		}
		return d.Sum()
	}
	one, two := domain.ReviewLine{No: 1, Account: "a"}, domain.ReviewLine{No: 2, Account: "b"}
	require.NotEqual(t, sum(one, two), sum(two, one))
	require.NotEqual(t, sum(one), sum(one, one))
	// A value that looks like the next field stays one value.
	require.NotEqual(t, sum(domain.ReviewLine{Account: "a\"\nperson=\"b"}), sum(domain.ReviewLine{Account: "a", Person: "b"}))
	// The form is fixed: packs that were handed out must verify for years.
	require.Equal(t, "v1:"+pinned, digest(false, domain.Review{ID: "r", App: "apollo", StartedAt: time.Unix(1, 0)}, one,
		domain.ReviewDecision{Line: 1, N: 1, Verdict: domain.ReviewKeep, ReasonID: "ü"}, domain.ReviewAssignment{Line: 1, N: 1, To: "kim"}))
}

const pinned = "9d16b6f9bf25c243e444fee03033809e4e940a156f27fa432444484308e990f3"
