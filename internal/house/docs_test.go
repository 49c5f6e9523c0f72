package house_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(raw)
}

func examplePolicy(t *testing.T) *domain.Policy {
	t.Helper()
	p, err := config.ParsePolicy("docs/handover.example.yaml", []byte(read(t, "docs/handover.example.yaml")))
	require.NoError(t, err)
	return p
}

func TestTheExamplePolicyIsWholeAndRight(t *testing.T) {
	t.Parallel()
	p := examplePolicy(t)
	var missing []string
	emptyKeys(reflect.ValueOf(*p), "", &missing)
	require.Empty(t, missing, "keys that the example does not show")
}

// notYetRead are keys of the policy that no code reads so far; an example would
// promise what does not happen.
var notYetRead = map[string]bool{"apps.limits": true}

// zeroIsMeant are keys whose example is the zero value on purpose.
var zeroIsMeant = map[string]bool{"approvals.allow_self": true, "apps.windows": true}

// emptyKeys finds keys that no entry of the example fills in.
func emptyKeys(v reflect.Value, path string, missing *[]string) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		at := strings.TrimPrefix(path+"."+tag, ".")
		f := v.Field(i)
		switch {
		case tag == "-" || zeroIsMeant[at] || notYetRead[at]:
		case f.IsZero():
			*missing = append(*missing, at)
		case f.Kind() == reflect.Struct:
			emptyKeys(f, at, missing)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			emptyInAll(entries(f), at, missing)
		case f.Kind() == reflect.Map && reflect.Indirect(f.MapIndex(f.MapKeys()[0])).Kind() == reflect.Struct:
			emptyInAll(entries(f), at, missing)
		}
	}
}

// emptyInAll finds keys that none of several entries fills in: kinds of apps
// have keys of their own.
func emptyInAll(all []reflect.Value, path string, missing *[]string) {
	times := map[string]int{}
	for _, entry := range all {
		var lacks []string
		emptyKeys(entry, path, &lacks)
		for _, key := range lacks {
			times[key]++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(times)) {
		// An entry that lacks a part lacks all that is in it.
		n := times[key]
		for part := range times {
			if strings.HasPrefix(key, part+".") {
				n += times[part]
			}
		}
		if n >= len(all) {
			*missing = append(*missing, key)
		}
	}
}

// entries are the elements of a slice or the values of a map.
func entries(v reflect.Value) []reflect.Value {
	var all []reflect.Value
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			all = append(all, v.Index(i))
		}
		return all
	}
	for _, k := range v.MapKeys() {
		all = append(all, reflect.Indirect(v.MapIndex(k)))
	}
	return all
}

func TestThePolicyPageNamesEveryKey(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/policy.md")
	var keys []string
	policyKeys(reflect.TypeFor[domain.Policy](), &keys)
	require.Greater(t, len(keys), 70)
	for _, key := range keys {
		require.Contains(t, page, "`"+key+"`", "docs/policy.md says nothing of it")
	}
}

func policyKeys(t reflect.Type, keys *[]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			*keys = append(*keys, tag)
			policyKeys(t.Field(i).Type, keys)
		}
	}
}

func TestTheDefaultsOnThePolicyPageHold(t *testing.T) {
	t.Parallel()
	const least = "version: 1\napps: {a: {kind: apollo.io, owner: a@example.com}}\napprovals: {handover: {stages: [{who: [manager]}]}}\n"
	p, err := config.ParsePolicy("least.yaml", []byte(least))
	require.NoError(t, err)
	page := read(t, "docs/policy.md")
	app := p.Apps["a"]
	for key, value := range map[string]any{
		"queue": app.Queue, "order": app.Order, "emails": app.Emails, "canary": app.Canary, "index_lag": app.IndexLag, "privileged": app.CutOff.Privileged,
		"others": app.CutOff.Others, "approval": app.Approval, "percent": app.Drift.Percent, "records": app.Drift.Records, "time_zone": p.Company.TimeZone,
		"cut_off_approval": p.Leaving.CutOffApproval, "confirm": p.Leaving.CutNow.Confirm, "reminder": p.Leaving.Reminder, "task_due": p.Leaving.TaskDue,
		"task_lead": p.Leaving.TaskLead, "urgent_page": p.Leaving.UrgentPage, "seat_check": p.Leaving.SeatCheck, "heartbeat": p.Leaving.Heartbeat, "slow_retry": p.Leaving.SlowRetry, "retry_initial": p.Leaving.RetryInitial,
		"retry_max": p.Leaving.RetryMax, "attempts": p.Leaving.Attempts, "slice": p.Leaving.Slice, "handover_lead": p.Leaving.HandoverLead, "grace": p.Leaving.Grace,
	} {
		shown := plain(value)
		require.Regexp(t, "(?m)^\\| `"+key+"` \\|.*\\| `"+regexp.QuoteMeta(shown)+"` \\|", page, "the default of %s", key)
	}
}

// plain renders a value as people write it: 24h, not 24h0m0s.
func plain(value any) string {
	d, ok := value.(time.Duration)
	switch {
	case !ok:
		return fmt.Sprint(value)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return fmt.Sprintf("%ds", d/time.Second)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

func TestLinksBetweenPagesLead(t *testing.T) {
	t.Parallel()
	checked := 0
	walk(t, func(path string, content []byte) {
		for _, m := range link.FindAllStringSubmatch(string(content), -1) {
			checked++
			_, err := os.Stat(filepath.Join(root, filepath.Dir(path), m[1]))
			require.NoError(t, err, "%s links to %s", path, m[1])
		}
	}, ".md")
	require.Greater(t, checked, 10)
}

func TestTheReadmeBeginsWithTwoCommands(t *testing.T) {
	t.Parallel()
	text := read(t, "README.md")
	first, test := strings.Index(text, "make demo"), strings.Index(text, "make test")
	require.Positive(t, first)
	require.Less(t, first, test)
	require.Less(t, strings.Count(text[:test], "\n"), 12, "both stand at the top")
	makefile := read(t, "Makefile")
	for _, page := range []string{"README.md", "docs/operations.md"} {
		for _, m := range regexp.MustCompile("`make ([a-z0-9]+)").FindAllStringSubmatch(read(t, page), -1) {
			require.Contains(t, makefile, "\n"+m[1]+":", "%s names make %s", page, m[1])
		}
	}
}

func TestTheOperationsPageNamesEveryVariableAndFault(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/operations.md")
	for name := range variables(t) {
		require.Contains(t, page, "`"+name+"`")
	}
	for _, kind := range []domain.FaultKind{domain.FaultInvalid, domain.FaultNotFound, domain.FaultConflict, domain.FaultUnauthenticated, domain.FaultForbidden,
		domain.FaultRateLimited, domain.FaultUnavailable, domain.FaultUnsupported, domain.FaultInternal} {
		require.Contains(t, page, "| "+string(kind)+" |")
	}
}

// decisions are the records that the house asks for.
func TestEachDecisionIsShort(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "docs", "adr", "*.md"))
	require.NoError(t, err)
	require.Greater(t, len(files), 9)
	for _, path := range files {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		text := string(raw)
		require.Regexp(t, `^\d{4}-[a-z0-9-]+\.md$`, filepath.Base(path))
		for _, part := range []string{"# ", "## Why", "## What it costs"} {
			require.Contains(t, text, part, path)
		}
		require.Less(t, len(strings.Fields(text)), 400, "%s is longer than half a page", path)
	}
}
