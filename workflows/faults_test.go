package workflows_test

import (
	"go.temporal.io/sdk/temporal"

	"handover/domain"
)

func temporalFault(kind domain.FaultKind, text string) error {
	return temporal.NewApplicationErrorWithOptions(text, string(kind), temporal.ApplicationErrorOptions{NonRetryable: !kind.Retryable()})
}
