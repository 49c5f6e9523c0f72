package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"handover/domain"
)

// longestWait bounds what an approval may wait for: longer is a typing error.
const longestWait = 90 * 24 * time.Hour

func (c *checker) approvalEntry(path, name string) {
	if name != "" && c.p.Approvals[name] == nil {
		c.bad(path, "approvals has no entry %q: add it", name)
	}
}

func (c *checker) checkApprovals() {
	for _, name := range sortedKeys(c.p.Approvals) {
		setting, path := c.p.Approvals[name], "$.approvals."+name
		if setting == nil || len(setting.Stages) == 0 {
			c.bad(path+".stages", "is empty: name at least one stage")
			continue
		}
		c.oneOf(path+".clock", setting.Clock, domain.ClockWorking, domain.ClockWall)
		c.wait(path+".reminder", setting.Reminder)
		for _, kind := range *setting.Gains {
			c.oneOf(path+".gains", string(kind), string(domain.Contacts), string(domain.Accounts), string(domain.Deals), string(domain.Tasks), string(domain.Sequences))
		}
		for i, stage := range setting.Stages {
			c.checkStage(fmt.Sprintf("%s.stages[%d]", path, i), stage)
		}
	}
}

func (c *checker) checkStage(path string, stage domain.StageSetting) {
	if len(stage.Who) == 0 {
		c.bad(path+".who", "is empty: nobody could ever decide")
	}
	c.references(path+".who", stage.Who)
	c.references(path+".backup", stage.Backup)
	if stage.Quorum < 1 {
		c.bad(path+".quorum", "must be at least 1")
	}
	if n, all := named(stage); all && stage.Quorum > n {
		c.bad(path+".quorum", "is %d and %d people are named: nobody could ever meet it", stage.Quorum, n)
	}
	c.wait(path+".timeout", stage.Timeout)
	c.checkTimeout(path, stage)
}

// checkTimeout refuses outcomes that could not come about, and the one that must
// not.
func (c *checker) checkTimeout(path string, stage domain.StageSetting) {
	switch stage.OnTimeout {
	case domain.TimeoutEscalate:
		if stage.Timeout > 0 && len(stage.Backup) == 0 {
			c.bad(path+".timeout", "leads to nobody: name a backup, or write on_timeout: deny")
		}
	case domain.TimeoutDeny:
		if stage.Timeout == 0 {
			c.bad(path+".on_timeout", "is deny and there is no timeout: give one, for example 24h")
		}
		if len(stage.Backup) > 0 {
			c.bad(path+".backup", "would never be asked, because on_timeout is deny: take one of them out")
		}
	case "proceed":
		c.bad(path+".on_timeout", "cannot be proceed: nothing that gains access or money goes through because nobody answered: write escalate or deny")
	default:
		c.oneOf(path+".on_timeout", string(stage.OnTimeout), string(domain.TimeoutEscalate), string(domain.TimeoutDeny))
	}
}

func (c *checker) references(path string, refs []string) {
	for _, text := range refs {
		if _, ok := domain.ParseRef(text); !ok {
			c.bad(path, "%q is neither an email nor one of manager, app_owner, app_backup, finance, security, role:<role>, slack:<user id>, slack_group:<group id>", text)
		}
	}
}

// named counts the people of a stage, where all of them are named by email.
func named(stage domain.StageSetting) (n int, all bool) {
	emails := map[string]bool{}
	for _, text := range slices.Concat(stage.Who, stage.Backup) {
		ref, ok := domain.ParseRef(text)
		if !ok || ref.Kind != domain.RefNamed {
			return 0, false
		}
		emails[ref.Value] = true
	}
	return len(emails), true
}

func (c *checker) wait(path string, d time.Duration) {
	if d < 0 || d > longestWait {
		c.bad(path, "must lie between 0 and 2160h")
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
