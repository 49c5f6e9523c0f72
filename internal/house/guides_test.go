package house_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/guides.md anew from the tables")

// guideRow is one rule or watch-out of a vendor's guide, in our words: shown by
// cases, or with the reason why none can show it.
type guideRow struct {
	No      string   // numbered without a gap in each guide
	Section string   // where in the guide, in our words
	Rule    string   // what it says
	Proof   []string // folder.TestName, or folder.TestName/word of a case
	Why     string   // instead of a proof; what ought to be there and is not begins with notBuilt
}

// notBuilt begins the reason of a rule that could be followed and is not yet.
const notBuilt = "not built: "

// guide is one of the vendors' texts with its rows.
type guide struct {
	letter, title, about string
	rows                 []guideRow
}

var guides = []guide{
	{"A", "The Apollo.io guide", "How users of Apollo.io are added, changed and removed, what that does to seats, and what goes wrong in practice; as of 2026-02-26.", apolloIORows},
	{"S", "The Apollo Space guide", "How members of an organisation in Apollo Space are invited, changed and removed, and what its log keeps.", apolloSpaceRows},
}

func TestEveryRuleOfTheGuidesHasItsCaseOrItsReason(t *testing.T) {
	t.Parallel()
	cases := testCases(t)
	said := map[string]string{}
	for _, g := range guides {
		closed := map[string]bool{} // sections that are over: each stands in one place
		for i, r := range g.rows {
			require.Equal(t, fmt.Sprintf("%s-%d", g.letter, i+1), r.No, "numbers have no gap")
			require.Empty(t, said[r.Rule], "%s says the same", r.No)
			said[r.Rule] = r.No
			requireSentence(t, r.No+": its rule", r.Rule, 4)
			require.NotEmpty(t, r.Section, r.No)
			if i > 0 && g.rows[i-1].Section != r.Section {
				closed[g.rows[i-1].Section] = true
			}
			require.False(t, closed[r.Section], "%s: the section %q was over", r.No, r.Section)
			require.NotEqual(t, len(r.Proof) > 0, r.Why != "", "%s has either proofs or a reason", r.No)
			if r.Why != "" {
				requireSentence(t, r.No+": its reason", r.Why, 8)
			}
			for _, p := range r.Proof {
				require.NoError(t, cases.has(p), r.No)
			}
		}
	}
}

// requireSentence wants so many words and a full stop.
func requireSentence(t *testing.T, what, text string, words int) {
	t.Helper()
	require.GreaterOrEqual(t, len(strings.Fields(text)), words, what)
	require.True(t, strings.HasSuffix(text, "."), "%s ends without a full stop", what)
	require.Equal(t, strings.TrimSpace(text), text, what)
}

func TestThePageOfTheGuidesIsTheTables(t *testing.T) {
	t.Parallel()
	want := guidesPage()
	path := filepath.Join(root, "docs", "guides.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	require.Equal(t, want, read(t, "docs/guides.md"), "go test ./internal/house -run Guides -update")
}

// A proof that nobody could find would pass for one.
func TestAProofThatIsNotThereIsFound(t *testing.T) {
	t.Parallel()
	cases := testCases(t)
	require.NoError(t, cases.has("domain.TestSoleAdminGuard/the only admin"))
	for _, wrong := range []string{"domain.TestSoleAdminGuards", "workflows.TestSoleAdminGuard", "TestSoleAdminGuard", "domain.SoleAdminGuard", "", "domain.TestSoleAdminGuard/",
		"domain.TestSoleAdminGuard/the only admins", "domain.listing"} {
		require.Error(t, cases.has(wrong), wrong)
	}
}

// provable are the test functions of the source with the words of their files.
type provable map[string]map[string]bool

func testCases(t *testing.T) provable {
	t.Helper()
	all := provable{}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		words := map[string]bool{}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if word, err := strconv.Unquote(lit.Value); err == nil {
					words[word] = true
				}
			}
			return true
		})
		folder := filepath.ToSlash(filepath.Dir(s.path))
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && f.Type.Params.NumFields() == 1 {
				all[folder+"."+f.Name.Name] = words
			}
		}
	}
	require.Greater(t, len(all), 500, "most tests were not found")
	return all
}

func (p provable) has(proof string) error {
	dot := strings.Index(proof, ".Test")
	if dot < 0 {
		return fmt.Errorf("%q names no test", proof)
	}
	test, word, sub := strings.Cut(proof[dot+1:], "/")
	words, ok := p[proof[:dot]+"."+test]
	switch {
	case !ok:
		return fmt.Errorf("%q: no such test", proof)
	case sub && (word == "" || !words[word]):
		return fmt.Errorf("%q: the file of that test has no such case", proof)
	}
	return nil
}

func (g guide) counts() (proven, reasoned, missing int) {
	for _, r := range g.rows {
		switch {
		case len(r.Proof) > 0:
			proven++
		case strings.HasPrefix(r.Why, notBuilt):
			missing++
		default:
			reasoned++
		}
	}
	return proven, reasoned, missing
}

func guidesPage() string {
	var b strings.Builder
	b.WriteString("# What the guides say, and what shows that it is kept\n\n" +
		"Handover follows two texts: a guide to user management in Apollo.io and the member guide of Apollo Space. Each rule, order, limit and warning of theirs stands here once, in our words, however often a guide repeats it, " +
		"with the tests that would fail if it were broken, or the reason why no test can show it. A test is named by its folder and its name, and after a slash by its case. " +
		"This page is made from the tables in [internal/house](../internal/house): `go test ./internal/house -run Guides -update`.\n\n" +
		"| Guide | Rules | Shown by a test | Cannot be shown | Not built |\n|---|---|---|---|---|\n")
	for _, g := range guides {
		proven, reasoned, missing := g.counts()
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", g.title, len(g.rows), proven, reasoned, missing)
	}
	for _, g := range guides {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", g.title, g.about)
		section := ""
		for _, r := range g.rows {
			if r.Section != section {
				section = r.Section
				fmt.Fprintf(&b, "\n### %s\n\n| No. | Rule | Test, or reason |\n|---|---|---|\n", section)
			}
			shown := r.Why
			if len(r.Proof) > 0 {
				shown = "`" + strings.Join(r.Proof, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r.No, cell(r.Rule), cell(shown))
		}
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
