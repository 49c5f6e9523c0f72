package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryExportOwesItsReaderAComment(t *testing.T) {
	t.Parallel()
	var silent []string
	seen := 0
	for _, s := range sources(t) {
		if s.test || !under(s.path, documented) {
			continue
		}
		names, bare := exportsOf(s)
		seen += names
		silent = append(silent, bare...)
	}
	require.Greater(t, seen, 200, "the walk misses most exports")
	require.Empty(t, silent, "exports without a comment")
}

// exportsOf counts the exports of a file and names those without a comment.
func exportsOf(s source) (int, []string) {
	seen, silent := 0, []string{}
	note := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		seen++
		for _, d := range docs {
			if d.Text() != "" {
				return
			}
		}
		silent = append(silent, fmt.Sprintf("%s:%d: %s", s.path, s.line(name.Pos()), name.Name))
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if receiverIsExported(d) {
				note(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				noteSpec(d, spec, note)
			}
		}
	}
	return seen, silent
}

func noteSpec(d *ast.GenDecl, spec ast.Spec, note func(*ast.Ident, ...*ast.CommentGroup)) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		// In a group of types each speaks for itself.
		if d.Lparen == token.NoPos {
			note(spec.Name, d.Doc, spec.Doc)
		} else {
			note(spec.Name, spec.Doc)
		}
	case *ast.ValueSpec:
		// One comment over a group of constants is enough for all of them.
		for _, name := range spec.Names {
			note(name, d.Doc, spec.Doc, spec.Comment)
		}
	}
}

// receiverIsExported tells whether a reader of the documentation meets the function.
func receiverIsExported(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	switch t := typ.(type) {
	case *ast.IndexExpr:
		typ = t.X
	case *ast.IndexListExpr:
		typ = t.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}
