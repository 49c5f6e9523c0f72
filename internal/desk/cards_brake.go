package desk

import (
	"fmt"
	"strings"

	"handover/domain"
	"handover/internal/store"
)

// namesShown is how many of those held are named: enough to see whether a feed
// went wrong.
const namesShown = 12

// heldLines names whom the brake holds, the newest first, without those of
// confidential leavings.
func (c *composer) heldLines(batch string) []string {
	rows, err := c.d.Store.HREvents(c.ctx, store.HRFilter{Batch: batch, Outcome: domain.HRHeld, Limit: 1000})
	c.keep(err)
	var lines []string
	departments, secret := map[string]int{}, 0
	for _, r := range rows {
		quiet, err := c.d.saidInConfidence(c.ctx, r.Event)
		if c.keep(err); quiet {
			secret++
			continue
		}
		departments[r.Event.Department]++
		if len(lines) < namesShown {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s, last moment %s, %s", c.name(r.Person), momentOf(r.Event), r.Event.Department), ", "))
		}
	}
	if more := len(rows) - secret - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more, of %d departments: `handover hr events --outcome held`", more, len(departments)))
	}
	if secret > 0 {
		lines = append(lines, fmt.Sprintf("and %d confidential leavings", secret))
	}
	return lines
}

func momentOf(e domain.HREvent) string {
	if e.LastMoment == nil {
		return "at once"
	}
	return strings.Replace(e.LastMoment.Local, "T", " ", 1) + " " + e.LastMoment.Zone
}
