package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// unportable is SQL that one of the two databases does not know, or reads
// otherwise.
var unportable = map[string]*regexp.Regexp{
	"now()":             regexp.MustCompile(`(?i)\bnow\s*\(|\bcurrent_(time|date)`),
	"a cast with ::":    regexp.MustCompile(`::`),
	"ILIKE":             regexp.MustCompile(`(?i)\bilike\b`),
	"ANY":               regexp.MustCompile(`(?i)\bany\s*\(`),
	"FOR UPDATE":        regexp.MustCompile(`(?i)\bfor\s+(no\s+key\s+)?(update|share)\b`),
	"SKIP LOCKED":       regexp.MustCompile(`(?i)\bskip\s+locked\b`),
	"jsonb":             regexp.MustCompile(`(?i)\bjsonb?\b|->>`),
	"identity":          regexp.MustCompile(`(?i)\b(identity|serial|bigserial|autoincrement)\b`),
	"greatest or least": regexp.MustCompile(`(?i)\b(greatest|least)\s*\(`),
	"a time type":       regexp.MustCompile(`(?i)\b(timestamptz?|datetime|interval)\b`),
	"a question mark":   regexp.MustCompile(`=\s*\?|\(\s*\?`),
}

var looksLikeSQL = regexp.MustCompile(`(?is)^\s*(select\b.+\bfrom\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b|with\s+\w+\s+as\b|create\s+(unique\s+)?(table|index)\b|alter\s+table\b)`)

func TestSQLIsReadAlikeByBothDatabases(t *testing.T) {
	t.Parallel()
	var wrong []string
	statements := 0
	inspect := func(where, text string) {
		statements++
		for what, pattern := range unportable {
			if pattern.MatchString(text) {
				wrong = append(wrong, where+": "+what)
			}
		}
	}
	for _, s := range sources(t) {
		if s.test || !strings.HasPrefix(s.path, "internal/store/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if text, ok := literal(n); ok && looksLikeSQL.MatchString(text) {
				inspect(fmt.Sprintf("%s:%d", s.path, s.line(n.Pos())), text)
			}
			return true
		})
	}
	comments := regexp.MustCompile(`--[^\n]*`)
	walk(t, func(path string, content []byte) {
		if strings.HasPrefix(path, "internal/store/") {
			inspect(path, comments.ReplaceAllString(string(content), ""))
		}
	}, ".sql")
	require.Greater(t, statements, 10, "the store's statements were not found")
	require.Empty(t, wrong, "SQL that only one database understands")
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func TestTheBansCatchWhatTheyName(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"now()": "SELECT now() FROM a", "a cast with ::": "SELECT a::text FROM b", "ILIKE": "SELECT a FROM b WHERE a ILIKE $1",
		"ANY": "SELECT a FROM b WHERE a = ANY($1)", "FOR UPDATE": "SELECT a FROM b FOR UPDATE", "SKIP LOCKED": "SELECT a FROM b SKIP LOCKED",
		"jsonb": "CREATE TABLE a (b JSONB)", "identity": "CREATE TABLE a (b bigint GENERATED ALWAYS AS IDENTITY)",
		"greatest or least": "SELECT greatest(a, b) FROM c", "a time type": "CREATE TABLE a (b timestamptz)", "a question mark": "SELECT a FROM b WHERE a = ?",
	} {
		require.Regexp(t, looksLikeSQL, text)
		require.Regexp(t, unportable[what], text)
	}
	require.Len(t, unportable, 11)
}

// machines are the marks of one machine or one company's network. The patterns
// are put together here so that this file passes its own test.
var machines = map[string]*regexp.Regexp{
	"a path of one machine":     regexp.MustCompile(`(?:^|[\s"'=(:,` + "`" + `])/(?:wor` + `k|ro` + `ot|ho` + `me)/[A-Za-z0-9._]`),
	"the host of a registry":    regexp.MustCompile(`(?i)(art` + `ifactory|jf` + `rog|nexus\.[a-z]+\.[a-z]+|goproxy\.[a-z]+|proxy\.gol` + `ang\.org|registry\.np` + `mjs|verda` + `ccio)`),
	"a way around the registry": regexp.MustCompile(`GOPR` + `OXY=|GONO` + `SUMDB=|GOFLAGS=-mo` + `d=mod`),
}

func TestTheProjectSpeaksOfItselfAlone(t *testing.T) {
	t.Parallel()
	var wrong []string
	files := 0
	walk(t, func(path string, content []byte) {
		if strings.HasSuffix(path, "go.sum") {
			return
		}
		files++
		for i, line := range strings.Split(string(content), "\n") {
			for what, pattern := range machines {
				if pattern.MatchString(line) {
					wrong = append(wrong, fmt.Sprintf("%s:%d: %s", path, i+1, what))
				}
			}
		}
	})
	require.Greater(t, files, 150)
	require.Empty(t, wrong)
	require.Regexp(t, machines["a path of one machine"], "cd /wor"+"k/main")
	require.Regexp(t, machines["the host of a registry"], "https://proxy.gol"+"ang.org")
}

// sleeps are the few places where a test, or a simulator, lets real time pass
// on purpose. Tests wait for a condition with a deadline instead.
var sleeps = map[string]bool{
	"internal/sim/apollo/sequences_update.go": true, // an answer that takes long is part of the simulation
}

func TestNobodySleeps(t *testing.T) {
	t.Parallel()
	var wrong []string
	for _, s := range sources(t) {
		if sleeps[s.path] {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok && call.Sel.Name == "Sleep" {
				if x, ok := call.X.(*ast.Ident); ok && x.Name == "time" {
					wrong = append(wrong, fmt.Sprintf("%s:%d", s.path, s.line(n.Pos())))
				}
			}
			return true
		})
	}
	require.Empty(t, wrong, "time.Sleep: wait for a condition, or for the context's end")
}
