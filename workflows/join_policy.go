package workflows

import (
	"slices"

	"handover/domain"
)

// joinPolicies puts policies into one request, their stages one after the other.
// The stricter word of any of them holds for all: whoever wants a personal token, or
// different people, for one stage cannot have it for that stage alone. A policy
// without stages asks nobody and says nothing.
func joinPolicies(all ...domain.ApprovalPolicy) domain.ApprovalPolicy {
	var joined domain.ApprovalPolicy
	for _, p := range all {
		switch {
		case len(p.Stages) == 0:
			continue
		case len(joined.Stages) == 0:
			joined = p
			continue
		}
		joined.Calendars = calendarsOf(joined, p)
		joined.Stages = slices.Concat(joined.Stages, p.Stages)
		joined.Fallback = once(joined.Fallback, p.Fallback)
		joined.HighRisk = joined.HighRisk || p.HighRisk
		joined.DistinctStage = joined.DistinctStage || p.DistinctStage
		joined.AllowSelf = joined.AllowSelf && p.AllowSelf
		joined.Reminder = orDefault(joined.Reminder, p.Reminder)
	}
	return joined
}

// calendarsOf unites the working times of everybody whom some policies name. It
// goes by the people, whose order is fixed, and never over the map.
func calendarsOf(all ...domain.ApprovalPolicy) map[domain.PersonID]domain.Calendar {
	var united map[domain.PersonID]domain.Calendar
	for _, p := range all {
		people := p.Fallback
		for _, s := range p.Stages {
			people = slices.Concat(people, s.Approvers, s.Backup)
		}
		for _, id := range people {
			c, ok := p.Calendars[id]
			if _, known := united[id]; !ok || known {
				continue
			}
			if united == nil {
				united = map[domain.PersonID]domain.Calendar{}
			}
			united[id] = c
		}
	}
	return united
}

// once names everybody of two lists once, in their order.
func once(a, b []domain.PersonID) []domain.PersonID {
	all := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}
