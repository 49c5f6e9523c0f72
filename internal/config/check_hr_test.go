package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

const hrPolicy = smallPolicy + `hr:
  sources:
    hr: {time_zone: Europe/Berlin}
    bamboo: {kind: bamboohr, secret: BAMBOOHR_KEY}
    other:
      kind: mapped
      signature: hmac
      secret: OTHER_KEY
      hmac: {header: X-Sign, algorithm: sha256, encoding: hex, timestamp: X-Time, signed: "{timestamp}.{body}"}
      id: uuid
      fields:
        type: event
        employment_id: data.id
        email: [data.work, data.email]
        last_moment: data.last
        employment_type: {from: [data.kind], constant: employee}
      types: {left: employment.ending, seen: ignore}
      when:
        - {if: {event: left, data.now: "true"}, then: employment.ended_now}
      values: {on_leave: {parental: "true"}}
  externals:
    - {email: agency@example.com, name: Agency, kind: external, sponsor: ada@example.com, ends: 2027-06-30}
`

func TestHRSourcesAreRead(t *testing.T) {
	t.Parallel()
	p, err := config.ParsePolicy("handover.yaml", []byte(hrPolicy))
	require.NoError(t, err)
	s := p.HR.Sources["other"]
	require.Equal(t, domain.HRField{From: []string{"event"}}, s.Fields["type"])
	require.Equal(t, domain.HRField{From: []string{"data.work", "data.email"}}, s.Fields["email"])
	require.Equal(t, domain.HRField{From: []string{"data.kind"}, Constant: "employee"}, s.Fields["employment_type"])
	require.Equal(t, map[string]string{"event": "left", "data.now": "true"}, s.When[0].If)
	require.Equal(t, []domain.HRKind{domain.HRKindOurs, domain.HRKindBamboo, domain.HRKindMapped}, []domain.HRKind{p.HR.Sources["hr"].Form(), p.HR.Sources["bamboo"].Form(), s.Form()})
	require.Equal(t, domain.ExternalPolicy{Email: "agency@example.com", Name: "Agency", Kind: domain.ExternalPerson, Sponsor: "ada@example.com", Ends: "2027-06-30"}, p.HR.Externals[0])
}

func TestMistakesInTheHRSectionNameFileLineAndKey(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ from, to, want string }{
		"key of a field":        {"constant: employee}", "konstant: employee}", "handover.yaml:37:"},
		"key of a source":       {"      id: uuid", "      idd: uuid", "handover.yaml:31:"},
		"key of a condition":    {"- {if: {event", "- {iff: {event", "handover.yaml:40:"},
		"field twice":           {"        type: event\n", "        type: event\n        type: kind\n", "handover.yaml:34:"},
		"empty source":          {"    hr: {time_zone: Europe/Berlin}", "    hr:", "hr.sources.hr: is empty"},
		"name of a source":      {"    other:", "    Other One:", "is no name of a source"},
		"kind":                  {"kind: bamboohr", "kind: bamboo", `handover.yaml:25: hr.sources.bamboo.kind: "bamboo" is not one of`},
		"zone":                  {"{time_zone: Europe/Berlin}", "{time_zone: Berlin}", "handover.yaml:24: hr.sources.hr.time_zone"},
		"no secret":             {"kind: bamboohr, secret: BAMBOOHR_KEY", "kind: bamboohr", "handover.yaml:25: hr.sources.bamboo.secret: is missing"},
		"the secret itself":     {"{time_zone: Europe/Berlin}", "{secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}", "holds a secret"},
		"no variable":           {"OTHER_KEY", "other key", "hr.sources.other.secret: is no name of a variable"},
		"signature":             {"signature: hmac", "signature: hash", "handover.yaml:28: hr.sources.other.signature"},
		"hmac elsewhere":        {"signature: hmac", "signature: standard-webhooks", "hr.sources.other.hmac: is read only with signature: hmac"},
		"algorithm":             {"algorithm: sha256", "algorithm: md5", "handover.yaml:30: hr.sources.other.hmac.algorithm"},
		"encoding":              {"encoding: hex", "encoding: hexadecimal", "hr.sources.other.hmac.encoding"},
		"no header":             {"header: X-Sign", `header: "X Sign"`, "hr.sources.other.hmac.header"},
		"body not signed":       {`"{timestamp}.{body}"`, `"{timestamp}"`, "must hold {body} once"},
		"time not signed":       {`"{timestamp}.{body}"`, `"{body}"`, "must hold {timestamp}"},
		"time without a header": {"timestamp: X-Time, ", "", "must hold {timestamp}"},
		"unknown part":          {`"{timestamp}.{body}"`, `"{timestamp}.{body}{url}"`, "{url} is no part"},
		"half a brace":          {`"{timestamp}.{body}"`, `"{timestamp}.{body}}"`, "brace"},
		"id not signed":         {"id: uuid", `id: "header:X-Id"`, "an id that is not signed"},
		"tolerance":             {"      id: uuid", "      tolerance: 48h\n      id: uuid", "hr.sources.other.tolerance"},
		"empty ping":            {"      id: uuid", `      ping: [" "]` + "\n      id: uuid", "hr.sources.other.ping[0]"},
		"path":                  {"employment_id: data.id", "employment_id: data..id", "handover.yaml:34: hr.sources.other.fields.employment_id"},
		"path in a condition":   {"data.now: ", `"data[now": `, "hr.sources.other.when[0].if"},
		"unknown field":         {"last_moment: data.last", "last_day: data.last", "hr.sources.other.fields.last_day: is no field"},
		"needed field":          {"        last_moment: data.last\n", "", "hr.sources.other.fields: has no last_moment"},
		"no email":              {"        email: [data.work, data.email]\n", "", "has no email"},
		"no order":              {`hmac: {header: X-Sign, algorithm: sha256, encoding: hex, timestamp: X-Time, signed: "{timestamp}.{body}"}`, "hmac: {header: X-Sign, algorithm: sha256, encoding: hex}", "has no occurred_at"},
		"unknown type":          {"left: employment.ending", "left: employment.end", "handover.yaml:38: hr.sources.other.types.'left'"},
		"no types":              {"      types: {left: employment.ending, seen: ignore}\n      when:\n        - {if: {event: left, data.now: \"true\"}, then: employment.ended_now}\n", "", "hr.sources.other.types: is empty"},
		"values of type":        {"values: {on_leave: {parental: \"true\"}}", "values: {type: {a: b}}", "hr.sources.other.values.type"},
		"flag":                  {`{parental: "true"}`, `{parental: "maybe"}`, "hr.sources.other.values.on_leave"},
		"our form with a map":   {"{time_zone: Europe/Berlin}", "{kind: handover, types: {a: ignore}}", "hr.sources.hr.types: is read only with kind: mapped"},
		"date only":             {"kind: bamboohr", "date_only: noon, kind: bamboohr", "hr.sources.bamboo.date_only"},
		"no sponsor":            {"sponsor: ada@example.com, ", "", "handover.yaml:43: hr.externals[0].sponsor: is missing"},
		"sponsor is external":   {"sponsor: ada@example.com", "sponsor: Agency@example.com", "is an external too"},
		"external's kind":       {"kind: external", "kind: robot", "hr.externals[0].kind"},
		"no end":                {", ends: 2027-06-30", "", "hr.externals[0].ends: is missing"},
		"end is no date":        {"ends: 2027-06-30", "ends: 2027-06-31", "hr.externals[0].ends"},
		"external twice":        {"ends: 2027-06-30}\n", "ends: 2027-06-30}\n    - {email: AGENCY@example.com, kind: external, sponsor: ada@example.com, ends: 2027-06-30}\n", "hr.externals[1].email: stands twice"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParsePolicy("handover.yaml", []byte(replaceOnce(t, hrPolicy, c.from, c.to)))
			require.ErrorContains(t, err, c.want)
			require.True(t, strings.HasPrefix(err.Error(), "handover.yaml:"), err)
		})
	}
}

func TestHRPaths(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]domain.HRPath{
		"a":             {{{Key: "a"}}},
		"a.b c.d":       {{{Key: "a"}, {Key: "b c"}, {Key: "d"}}},
		"a[0].b[12]":    {{{Key: "a"}, {Index: 0}, {Key: "b"}, {Index: 12}}},
		`[1]["a.b]"].c`: {{{Index: 1}, {Key: "a.b]"}, {Key: "c"}}},
		"a.b + c":       {{{Key: "a"}, {Key: "b"}}, {{Key: "c"}}},
	} {
		got, err := domain.ParseHRPath(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", "a[", "a[]", "a[-1]", "a[99999]", "a[x]", "a]b[", "a[0]b", `a[""]`, `a["]`, "a + ", " + a"} {
		_, err := domain.ParseHRPath(text)
		require.Error(t, err, text)
	}
}

func FuzzHRPathsNeverPanic(f *testing.F) {
	for _, text := range []string{"a.b[0]", `["`, `["a"]b`, "a + b", "[", `a["]"]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := domain.ParseHRPath(text)
		if err == nil {
			require.NotEmpty(t, path)
			for _, steps := range path {
				require.NotEmpty(t, steps)
			}
		}
	})
}

func TestTheSecretOfHRMayStandInAFile(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/secret"
	require.NoError(t, os.WriteFile(path, []byte("whsec_x\n"), 0o600))
	env, vars, err := config.ReadEnv(t.Context(), lookup{"HR_WEBHOOK_SECRET_FILE": path, "BAMBOO_FILE": path})
	require.NoError(t, err)
	require.Equal(t, "whsec_x", string(env.HRSecret))
	other, err := vars.Secret("BAMBOO")
	require.NoError(t, err)
	require.Equal(t, "whsec_x", string(other))
	_, _, err = config.ReadEnv(t.Context(), lookup{"HR_WEBHOOK_SECRET_FILE": path + "x"})
	require.ErrorContains(t, err, "HR_WEBHOOK_SECRET_FILE")
	var none config.Variables
	empty, err := none.Secret("ANY")
	require.NoError(t, err)
	require.Empty(t, empty)
}

type lookup map[string]string

// Lookup plays the environment.
func (l lookup) Lookup(key string) (string, bool) {
	v, ok := l[key]
	return v, ok
}
