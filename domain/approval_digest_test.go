package domain_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// Whatever a policy says, another word is another digest, and the same word the
// same.
func TestADigestBindsEveryWordOfAPolicy(t *testing.T) {
	t.Parallel()
	made := func() domain.ApprovalPolicy {
		return domain.ApprovalPolicy{Name: "handover", Reminder: time.Hour, Gains: []domain.RecordKind{domain.Deals}, DefaultHeir: "eli", Fallback: []domain.PersonID{"ada"},
			Calendars: map[domain.PersonID]domain.Calendar{"eli": {Zone: "Europe/Berlin", Days: []time.Weekday{1}, From: 540, Until: 1020, Holidays: []string{"2026-12-25"}}},
			Stages: []domain.ApprovalStage{{Name: "manager", Approvers: []domain.PersonID{"eli"}, Backup: []domain.PersonID{"bo"}, Quorum: 1, Timeout: time.Hour,
				OnTimeout: domain.TimeoutEscalate, Refs: map[domain.PersonID]string{"eli": "manager"}}}}
	}
	digest := made().Digest()
	require.Regexp(t, `^v1:[0-9a-f]{64}$`, digest)
	require.Equal(t, digest, made().Digest())
	calendar := func(change func(*domain.Calendar)) func(*domain.ApprovalPolicy) {
		return func(p *domain.ApprovalPolicy) {
			c := p.Calendars["eli"]
			change(&c)
			p.Calendars["eli"] = c
		}
	}
	seen := map[string]string{digest: "as it was"}
	for name, change := range map[string]func(*domain.ApprovalPolicy){
		"name":      func(p *domain.ApprovalPolicy) { p.Name = "other" },
		"self":      func(p *domain.ApprovalPolicy) { p.AllowSelf = true },
		"distinct":  func(p *domain.ApprovalPolicy) { p.DistinctStage = true },
		"reminder":  func(p *domain.ApprovalPolicy) { p.Reminder = time.Minute },
		"high risk": func(p *domain.ApprovalPolicy) { p.HighRisk = true },
		"gains":     func(p *domain.ApprovalPolicy) { p.Gains = nil },
		"heir":      func(p *domain.ApprovalPolicy) { p.DefaultHeir = "bo" },
		"fallback":  func(p *domain.ApprovalPolicy) { p.Fallback = nil },
		"no stage":  func(p *domain.ApprovalPolicy) { p.Stages = nil },
		"stage":     func(p *domain.ApprovalPolicy) { p.Stages[0].Name = "owner" },
		"approver":  func(p *domain.ApprovalPolicy) { p.Stages[0].Approvers = []domain.PersonID{"bo"} },
		"backup":    func(p *domain.ApprovalPolicy) { p.Stages[0].Backup = nil },
		"quorum":    func(p *domain.ApprovalPolicy) { p.Stages[0].Quorum = 2 },
		"timeout":   func(p *domain.ApprovalPolicy) { p.Stages[0].Timeout = time.Minute },
		"outcome":   func(p *domain.ApprovalPolicy) { p.Stages[0].OnTimeout = domain.TimeoutDeny },
		"word":      func(p *domain.ApprovalPolicy) { p.Stages[0].Refs["eli"] = "named" },
		"zone":      calendar(func(c *domain.Calendar) { c.Zone = "UTC" }),
		"days":      calendar(func(c *domain.Calendar) { c.Days = []time.Weekday{1, 2} }),
		"from":      calendar(func(c *domain.Calendar) { c.From = 541 }),
		"until":     calendar(func(c *domain.Calendar) { c.Until = 1021 }),
		"holidays":  calendar(func(c *domain.Calendar) { c.Holidays = nil }),
	} {
		p := made()
		change(&p)
		before, twice := seen[p.Digest()]
		require.False(t, twice, "%s reads like %s", name, before)
		seen[p.Digest()] = name
	}
	require.Equal(t, []int{10, 7, 5}, []int{reflect.TypeFor[domain.ApprovalPolicy]().NumField(), reflect.TypeFor[domain.ApprovalStage]().NumField(),
		reflect.TypeFor[domain.Calendar]().NumField()}, "a new field belongs into the canonical form")
}
