package worker_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/worker"
)

// What workflows can call, a worker must know: the compiler sees neither a missing
// registration.
func TestEveryActivityIsRegistered(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../activities/definition.go", nil, 0)
	require.NoError(t, err)
	var defined []string
	ast.Inspect(file, func(n ast.Node) bool {
		made, ok := n.(*ast.CompositeLit)
		if !ok || len(made.Elts) != 2 {
			return true
		}
		if name, ok := made.Elts[0].(*ast.BasicLit); ok {
			text, err := strconv.Unquote(name.Value)
			require.NoError(t, err)
			defined = append(defined, text)
		}
		return true
	})
	require.Greater(t, len(defined), 20)
	r := &registry{fns: map[string]reflect.Type{}}
	worker.RegisterActivities(r, &activities.Set{})
	require.ElementsMatch(t, defined, slices.Collect(maps.Keys(r.fns)))
}
