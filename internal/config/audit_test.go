package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/config"
)

func TestAuditSection(t *testing.T) {
	t.Parallel()
	read := func(section string) (string, error) {
		p, err := config.ParsePolicy("p.yaml", []byte(`version: 1
company: {time_zone: Europe/Berlin}
apps:
  apollo: {kind: apollo.io, owner: ada@example.com}
approvals:
  handover: {stages: [{name: manager, who: [manager]}]}
audit: `+section))
		if err != nil {
			return "", err
		}
		return p.Audit.Anchor.File + " " + p.Audit.Anchor.TSA, nil
	}
	got, err := read(`{anchor: {file: /anchors, tsa: "https://tsa.example.com/x"}}`)
	require.NoError(t, err)
	require.Equal(t, "/anchors https://tsa.example.com/x", got)
	_, err = read(`{}`)
	require.NoError(t, err)
	for section, want := range map[string]string{
		`{anchor: {file: /a, tsa: tsa.example.com}}`: "p.yaml:7: audit.anchor.tsa: must be the http or https address",
		`{anchor: {file: /a, tsa: "ftp://x"}}`:       "must be the http or https address",
		`{anchor: {tsa: "https://tsa.example.com"}}`: "needs audit.anchor.file",
		`{anchor: {folder: /a}}`:                     "folder",
	} {
		_, err := read(section)
		require.ErrorContains(t, err, want, section)
	}
}
