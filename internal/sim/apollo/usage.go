package apollo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// usageStats tells what is left of each endpoint's quota. One third party found it missing, hence the switch.
func (s *Simulator) usageStats(c *call) reply {
	if s.opt.Switches.NoUsageStats {
		return reply{status: http.StatusNotFound, body: object{"status": http.StatusNotFound, "error": "Not Found"}}
	}
	out := object{}
	for _, e := range s.endpoints() {
		at := strings.LastIndex(e.key, "/")
		limits := s.limits.of(e.key)
		windows := s.limiter.current(e.key, limits, c.now)
		stats := object{}
		for i, w := range limits.windows() {
			stats[windowNames[i]] = object{"limit": w.Count, "consumed": windows[i].used, "left_over": max(0, w.Count-windows[i].used)}
		}
		out[fmt.Sprintf("[%q, %q]", e.key[:at], e.key[at+1:])] = stats
	}
	return ok(out)
}

// creditStats tells what is left of the team's credits. Nothing the simulator does costs any.
func (s *Simulator) creditStats(c *call) reply {
	stats := object{}
	for _, kind := range []string{
		"lead_credit", "direct_dial_credit", "export_credit", "conversation_credit", "ai_credit", "power_up_credit",
		"inbound_website_visitor_credit", "contact_website_visitor_credit", "web_search_record_credit", "dialer",
	} {
		stats[kind] = object{"limit": 10_000, "consumed": 1_000, "left_over": 9_000}
	}
	first := time.Date(c.now.Year(), c.now.Month(), 1, 0, 0, 0, 0, time.UTC)
	return ok(object{"credit_usage_stats": stats, "current_credit_cycle": object{
		"start_date": stamp(first), "end_date": stamp(first.AddDate(0, 1, 0)),
	}})
}

// Metrics the report knows: each counts a user's activity in a range of days.
const (
	metricEmails = "num_emails_sent"
	metricTasks  = "num_tasks_completed"
)

// syncReport counts activity, in one sum or per user.
func (s *Simulator) syncReport(c *call) reply {
	for _, name := range []string{"metrics", "group_by", "sorts", "filters", "date_ranges"} {
		if !c.has(name) {
			return fail(http.StatusBadRequest, "param is missing or the value is empty: "+name)
		}
	}
	metrics := c.members("metrics", "value")
	for _, m := range metrics {
		if m != metricEmails && m != metricTasks {
			return fail(http.StatusBadRequest, "Invalid metric type")
		}
	}
	from, to, known := reportRange(c)
	if !known {
		return fail(http.StatusBadRequest, "Invalid date range")
	}
	table, total := s.reportTable(c, metrics, from, to)
	return ok(object{
		"response": object{"table_response": table, "group_by_total_response": total, "pivot_group_by_total_response": object{}},
		"goals":    []object{}, "incompatible_filters": object{},
	})
}

func (s *Simulator) reportTable(c *call, metrics []string, from, to time.Time) (table, total object) {
	filters, _ := c.body["filters"].(map[string]any)
	wanted := params{body: filters}.list("smart_user_id")
	sums := object{"key": "total", "readable_key": "Total"}
	buckets := []object{}
	for _, m := range metrics {
		sums[m] = 0
	}
	for _, u := range s.t.users.rows {
		if len(wanted) > 0 && !slices.Contains(wanted, u.id) {
			continue
		}
		bucket := object{"key": u.id, "readable_key": u.name()}
		for _, m := range metrics {
			n := s.activity(u, m, from, to)
			bucket[m] = n
			sums[m] = sums[m].(int) + n
		}
		buckets = append(buckets, bucket)
	}
	if !slices.Contains(c.members("group_by", "name"), "smart_user_id") {
		delete(sums, "key")
		delete(sums, "readable_key")
		return sums, object{}
	}
	table = object{"smart_user_id": object{"buckets": buckets}}
	if !c.flag("group_by_totals_selected") {
		return table, object{}
	}
	return table, object{"smart_user_id": object{"buckets": []object{sums}}}
}

// members gives one member of each object in a list.
func (p params) members(name, member string) []string {
	items, _ := p.body[name].([]any)
	var out []string
	for _, item := range items {
		if one, isObject := item.(map[string]any); isObject {
			out = append(out, asText(one[member]))
		}
	}
	return out
}

// activity counts what a user did: the seeded number per working day until the last active day, and the emails that the
// simulator itself sent.
func (s *Simulator) activity(u *user, metric string, from, to time.Time) int {
	perDay := u.emailsPerDay
	if metric == metricTasks {
		perDay = u.tasksPerDay
	}
	n := 0
	last := to
	if u.lastActive.Before(to) {
		last = u.lastActive
	}
	for day := later(from, u.created); perDay > 0 && day.Before(last); day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			n += perDay
		}
	}
	if metric != metricEmails {
		return n
	}
	for _, row := range s.t.emails.byOwner[u.id] {
		m := s.t.emails.rows[row]
		if m.status == emailCompleted && !m.completed.Before(from) && m.completed.Before(to) {
			n++
		}
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reportRange reads the range of days: [from, to).
func reportRange(c *call) (from, to time.Time, known bool) {
	today := c.now.Truncate(24 * time.Hour)
	to = c.now.Add(time.Nanosecond)
	switch modes := c.members("date_ranges", "modality"); {
	case len(modes) == 0 || modes[0] == "all_time":
		return time.Time{}.AddDate(2000, 0, 0), to, true
	case modes[0] == "today":
		return today, to, true
	case modes[0] == "current_month":
		return today.AddDate(0, 0, 1-today.Day()), to, true
	case modes[0] == "last_7_days":
		return today.AddDate(0, 0, -7), to, true
	case modes[0] == "last_30_days":
		return today.AddDate(0, 0, -30), to, true
	case modes[0] == "last_3_months":
		return today.AddDate(0, -3, 0), to, true
	case modes[0] == "last_6_months":
		return today.AddDate(0, -6, 0), to, true
	case modes[0] == "last_12_months":
		return today.AddDate(-1, 0, 0), to, true
	case modes[0] == "custom_range":
		return customRange(c)
	}
	return from, to, false
}

func customRange(c *call) (from, to time.Time, known bool) {
	filters, _ := c.body["filters"].(map[string]any)
	members, _ := filters["smart_datetime_range"].(map[string]any)
	from, errFrom := time.Parse(time.DateOnly, asText(members["min"]))
	to, errTo := time.Parse(time.DateOnly, asText(members["max"]))
	return from, to.AddDate(0, 0, 1), errFrom == nil && errTo == nil
}
