package workflows

import (
	"slices"

	"handover/domain"
)

// sortedSteps orders the steps of a line, those for secrets among them.
func sortedSteps(m map[domain.StepKey]domain.StepState) []domain.StepKey {
	keys := make([]domain.StepKey, 0, len(m))
	//workflowcheck:ignore
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// sortedHeirKinds orders the keys of a map, because workflow code must walk maps
// in one order only.
func sortedHeirKinds(m map[domain.RecordKind]domain.PersonID) []domain.RecordKind {
	kinds := make([]domain.RecordKind, 0, len(m))
	//workflowcheck:ignore
	for kind := range m {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}
