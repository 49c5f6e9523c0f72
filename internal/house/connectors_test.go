package house_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestTheExampleOnTheConnectorPageIsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/connectors.md")
	require.Contains(t, page, "```go\n"+read(t, "activities/connectortest/example_test.go")+"```\n")
	for _, part := range []string{"internal/app/connectors.go", "internal/app/doors_test.go", "internal/scim/scimmy_test.go", "internal/config/check_kinds.go", "activities/ports.go"} {
		require.Contains(t, page, part)
		require.NotEmpty(t, read(t, part))
	}
}

func TestThePolicyPageNamesEveryKindAndStep(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/policy.md")
	for _, kind := range domain.Kinds() {
		require.Contains(t, page, "`"+kind+"`")
		book, ok := domain.RunbookFor(kind)
		require.True(t, ok)
		for _, s := range book.Steps {
			if s.Instruction != "" {
				require.Contains(t, page, "`"+string(s.Key)+"`", "%s of %s", s.Key, kind)
			}
		}
	}
}
