package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notPortable is what one of the two databases does not understand, or
// understands differently.
var notPortable = map[string]*regexp.Regexp{
	"a clock of the database": regexp.MustCompile(`(?i)\bnow\(\)|current_timestamp|datetime\(|strftime\(`),
	"a cast with colons":      regexp.MustCompile(`::`),
	"ILIKE":                   regexp.MustCompile(`(?i)\bilike\b`),
	"ANY":                     regexp.MustCompile(`\bANY\b|(?i)\bany\s*\(\s*\$`),
	"FOR UPDATE":              regexp.MustCompile(`(?i)\bfor\s+(no\s+key\s+)?update\b`),
	"SKIP LOCKED":             regexp.MustCompile(`(?i)\bskip\s+locked\b`),
	"json types":              regexp.MustCompile(`(?i)\bjsonb?\b`),
	"identity":                regexp.MustCompile(`(?i)\bidentity\b|autoincrement|\bserial\b|\bbigserial\b`),
	"a timestamp type":        regexp.MustCompile(`(?i)\btimestamp(tz)?\b`),
	"greatest":                regexp.MustCompile(`(?i)\bgreatest\s*\(`),
	"insert or":               regexp.MustCompile(`(?i)\binsert\s+or\b`),
}

func TestSQLIsPortable(t *testing.T) {
	t.Parallel()
	checked := 0
	for where, text := range sqlTexts(t) {
		for what, pattern := range notPortable {
			require.False(t, pattern.MatchString(text), "%s uses %s: %s", where, what, text)
		}
		checked++
	}
	require.Greater(t, checked, 100, "the texts were not found")
}

// sqlTexts gives every statement and fragment of this package: string literals
// that mention a keyword, and the migrations.
func sqlTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	set := token.NewFileSet()
	mentions := regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE|CREATE|WHERE|FROM|VALUES|CONFLICT|EXISTS|AND|ORDER BY|RETURNING|LIMIT)\b|\$[0-9]|= \?|< \?|> \?`)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(set, f.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if ok && lit.Kind == token.STRING && mentions.MatchString(lit.Value) {
				value, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				texts[set.Position(lit.Pos()).String()] = value
			}
			return true
		})
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	require.NoError(t, err)
	for _, name := range names {
		raw, err := fs.ReadFile(migrations, name)
		require.NoError(t, err)
		for i, statement := range statements(string(raw)) {
			texts[name+":"+strconv.Itoa(i)] = statement
		}
	}
	return texts
}

func TestBansFindWhatTheyBan(t *testing.T) {
	t.Parallel()
	for what, example := range map[string]string{
		"a clock of the database": "SELECT now()", "a cast with colons": "SELECT $1::bigint", "ILIKE": "WHERE a ILIKE $1", "ANY": "id = ANY($1)",
		"FOR UPDATE": "SELECT 1 FOR UPDATE", "SKIP LOCKED": "LIMIT 1 SKIP LOCKED", "json types": "body jsonb", "identity": "id bigint GENERATED ALWAYS AS IDENTITY",
		"a timestamp type": "at timestamptz", "greatest": "GREATEST(a, b)", "insert or": "INSERT OR IGNORE INTO a",
	} {
		require.True(t, notPortable[what].MatchString(example), what)
	}
}

func TestQueryNumbersItsArguments(t *testing.T) {
	t.Parallel()
	q := &query{text: "SELECT 1 WHERE 0 = 0"}
	q.where("(a, b) > (?, ?)", 1, 2)
	q.whereText("c", "")
	q.whereText("c", "x")
	q.order("a", 0)
	require.Equal(t, "SELECT 1 WHERE 0 = 0 AND (a, b) > ($1, $2) AND c = $3 ORDER BY a LIMIT $4", q.text)
	require.Equal(t, []any{1, 2, "x", defaultLimit}, q.args)
	require.Equal(t, "($1, $2), ($3, $4)", values(2, 2))
}
