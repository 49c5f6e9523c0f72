package desk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What people ask of a run is in the record, whatever it is: an update that nobody
// wrote down would be a click that was lost after it was answered.
func TestEveryUpdateIsRecorded(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../workflows/names.go", nil, 0)
	require.NoError(t, err)
	updates := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Update") {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		require.NotEmpty(t, eventOf[name], name)
		require.NotNil(t, fill[name], name)
		updates++
		return true
	})
	require.Len(t, eventOf, updates)
	require.Len(t, fill, updates)
}
