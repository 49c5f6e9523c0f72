package config

import "time"

// checkReconcile wants an hour of the day and bounds that mean something.
func (c *checker) checkReconcile() {
	r := c.p.Reconcile
	if r.At != "" {
		if _, err := time.Parse("15:04", r.At); err != nil {
			c.bad("$.reconcile.at", "is no time of day: write for example 02:30")
		}
	}
	for _, bound := range []struct {
		key         string
		value       *int
		least, most int
	}{{"records", r.Records, 0, 1000}, {"canary", r.Canary, 1, 100}, {"at_once", r.AtOnce, 1, 100}} {
		if bound.value != nil && (*bound.value < bound.least || *bound.value > bound.most) {
			c.bad("$.reconcile."+bound.key, "must lie between %d and %d", bound.least, bound.most)
		}
	}
}
