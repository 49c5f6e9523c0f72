package domain_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// begin is when the tests' worlds begin.
var begin = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// seeds runs a property under many seeds; a failure names its seed.
func seeds(t *testing.T, n int, property func(t require.TestingT, r *rand.Rand)) {
	t.Helper()
	for seed := range uint64(n) {
		property(&seeded{T: t, seed: seed}, rand.New(rand.NewPCG(seed, 2026)))
	}
}

type seeded struct {
	*testing.T
	seed uint64
}

func (s *seeded) Errorf(format string, args ...any) {
	s.Helper()
	s.T.Errorf("seed %d: "+format, append([]any{s.seed}, args...)...)
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func clone[T any](t require.TestingT, x T) T {
	raw, err := json.Marshal(x)
	require.NoError(t, err)
	var c T
	require.NoError(t, json.Unmarshal(raw, &c))
	return c
}

// eachChange changes one leaf of a value after the other, calls seen with the
// leaf's path while it is changed, and puts it back.
func eachChange(v reflect.Value, path string, seen func(path string)) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			swap(v, reflect.ValueOf(v.Interface().(time.Time).Add(time.Microsecond)), path, seen)
			return
		}
		for i := range v.NumField() {
			eachChange(v.Field(i), path+"."+v.Type().Field(i).Name, seen)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			eachChange(v.Elem(), path, seen)
			swap(v, reflect.Zero(v.Type()), path+" emptied", seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachChange(v.Index(i), fmt.Sprintf("%s[%d]", path, i), seen)
		}
		swap(v, v.Slice(0, v.Len()-1), path+" shorter", seen)
		swap(v, reflect.AppendSlice(v.Slice3(0, v.Len(), v.Len()), v.Slice(0, 1)), path+" longer", seen)
	case reflect.Map:
		other := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			other.SetMapIndex(k, reflect.ValueOf(v.MapIndex(k).String()+"x").Convert(v.Type().Elem()))
		}
		swap(v, other, path+" value", seen)
		swap(v, reflect.MakeMap(v.Type()), path+" emptied", seen)
	case reflect.String:
		swap(v, reflect.ValueOf(v.String()+"x").Convert(v.Type()), path, seen)
	case reflect.Int, reflect.Int64:
		swap(v, reflect.ValueOf(v.Int()+1).Convert(v.Type()), path, seen)
	case reflect.Bool:
		swap(v, reflect.ValueOf(!v.Bool()), path, seen)
	default:
		panic("no change known for " + path + " of kind " + v.Kind().String())
	}
}

func swap(v, to reflect.Value, path string, seen func(string)) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	v.Set(to)
	seen(path)
	v.Set(old)
}
