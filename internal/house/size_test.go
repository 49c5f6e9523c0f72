package house_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	fileLines     = 400 // of a production file
	functionLines = 70  // of a production function; most stay under 40
)

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	t.Parallel()
	var long []string
	walk(t, func(path string, content []byte) {
		if n := bytes.Count(content, []byte("\n")); n > fileLines && !hasSuffix(path, []string{"_test.go"}) {
			long = append(long, fmt.Sprintf("%s has %d lines: split it by what it does", path, n))
		}
	}, ".go", ".sql")
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.line(f.Body.Rbrace) - s.line(f.Pos()); n > functionLines {
				long = append(long, fmt.Sprintf("%s:%d: %s has %d lines", s.path, s.line(f.Pos()), f.Name.Name, n))
			}
		}
	}
	require.Empty(t, long)
}
