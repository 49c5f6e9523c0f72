// Package house_test holds the rules of the house as tests: which room may
// import which, how long a file may grow, what every export owes its reader,
// and what no file may say.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the folder of the repository, seen from this package.
const root = "../.."

// modules are the folders that hold a go.mod.
var modules = []string{".", "standalone"}

// documented are the rooms whose exports owe their reader a comment.
var documented = []string{"domain", "workflows", "activities", "worker"}

// skipped are folders whose content is not part of the source.
var skipped = map[string]bool{".git": true, "bin": true, ".handover": true, "testdata": true, "node_modules": true}

// walk calls visit with the slash-separated path of every file of the source
// that ends in one of the suffixes, or of every file when none is given.
func walk(t *testing.T, visit func(path string, content []byte), suffixes ...string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped[entry.Name()] {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		// In a worktree .git is a file.
		if skipped[rel] || !entry.Type().IsRegular() || !hasSuffix(rel, suffixes) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(rel, content)
		return nil
	})
	require.NoError(t, err)
}

func hasSuffix(path string, suffixes []string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(path, s) {
			return true
		}
	}
	return len(suffixes) == 0
}

// source is one parsed file.
type source struct {
	path string
	test bool
	file *ast.File
	set  *token.FileSet
}

func (s source) line(pos token.Pos) int { return s.set.Position(pos).Line }

// sources parses every Go file of the source.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	walk(t, func(path string, content []byte) {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, content, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		all = append(all, source{path: path, test: strings.HasSuffix(path, "_test.go"), file: file, set: set})
	}, ".go")
	require.Greater(t, len(all), 100, "the walk misses most of the source")
	return all
}

// under tells whether a path lies in one of the folders themselves.
func under(path string, folders []string) bool {
	dir := filepath.ToSlash(filepath.Dir(path))
	for _, f := range folders {
		if dir == f {
			return true
		}
	}
	return false
}
