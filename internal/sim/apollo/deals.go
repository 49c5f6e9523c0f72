package apollo

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// searchDeals lists deals. The documented GET form takes no filter; the POST form, which Apollo's own command-line tool
// uses, does.
func (s *Simulator) searchDeals(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25})
	if refused != nil {
		return *refused
	}
	by, refused := dealOrder(c.params)
	if refused != nil {
		return *refused
	}
	// The GET form has no body, and what POST honours is read from the body only, so GET ignores filters by itself.
	filters := params{body: c.body}
	var owners []string
	shown := []crumb{}
	if owner := filters.str("owner_id"); owner != "" && !s.opt.Switches.IgnoreDealOwnerFilter {
		owners = []string{owner}
		shown = append(shown, s.ownerCrumbs("owner_id", owners)...)
	}
	keep, more := dealFilter(filters)
	rows, total := pick(s.t.deals.all(owners, c.asOf), keep, by, p)
	deals := make([]object, 0, len(rows))
	for _, row := range rows {
		deals = append(deals, s.dealWire(row))
	}
	return ok(object{
		"opportunities": deals, "breadcrumbs": append(shown, more...), "pagination": p.block(total),
		"group_by_field_facets": object{}, "salesforce_users": []object{}, "partial_results_only": false,
		"has_join": false, "disable_eu_prospecting": false, "partial_results_limit": partialLimit, "num_fetch_result": nil,
	})
}

func dealFilter(p params) (func(*deal) bool, []crumb) {
	var tests []func(*deal) bool
	var shown []crumb
	add := func(label, name string, test func(*deal, string) bool) {
		if value := p.str(name); value != "" {
			tests = append(tests, func(d *deal) bool { return test(d, value) })
			shown = append(shown, crumbs(label, name, value)...)
		}
	}
	add("Account", "account_id", func(d *deal, v string) bool { return d.accountID == v })
	add("Stage", "opportunity_stage_id", func(d *deal, v string) bool { return d.stage == v })
	add("Pipeline", "opportunity_pipeline_id", func(_ *deal, v string) bool { return v == dealPipelineID })
	add("Keywords", "q_keywords", func(d *deal, v string) bool {
		return strings.Contains(strings.ToLower(d.name), strings.ToLower(v))
	})
	return every(tests), shown
}

func dealOrder(p params) (order[deal], *reply) {
	o := order[deal]{ascending: p.flag("sort_ascending")}
	switch p.str("sort_by_field") {
	case "":
	case "amount":
		o.less = func(a, b *deal) int { return cmp.Compare(a.amount, b.amount) }
	case "is_closed":
		o.less = func(a, b *deal) int { return cmp.Compare(rank(a.closed), rank(b.closed)) }
	case "is_won":
		o.less = func(a, b *deal) int { return cmp.Compare(rank(a.won), rank(b.won)) }
	default:
		return o, invalidSort()
	}
	return o, nil
}

func rank(b *bool) int {
	if b == nil || !*b {
		return 0
	}
	return 1
}

func (d *deal) open() bool { return d.closed == nil || !*d.closed }

func (s *Simulator) dealWire(d *deal) object {
	out := object{
		"id": d.id, "team_id": teamID, "owner_id": orNull(d.owner), "salesforce_owner_id": nil,
		"crm_owner_id": orNull(d.crmOwner), "name": d.name, "amount": d.amount, "amount_in_team_currency": d.amount,
		"currency":    object{"name": "US Dollar", "iso_code": "USD", "symbol": "$"},
		"closed_date": stamp(d.closeDate), "actual_close_date": nil, "is_closed": truth(d.closed), "is_won": truth(d.won),
		"stage_name": nil, "opportunity_stage_id": d.stage, "opportunity_pipeline_id": dealPipelineID,
		"account_id": d.accountID, "source": "api", "created_by_id": d.creator, "created_at": stamp(d.created),
		"opportunity_created_at": stamp(d.created), "last_activity_date": stamp(d.created), "forecast_category": "Pipeline",
		"deal_probability": 50, "probability": nil, "next_step": nil, "typed_custom_fields": object{},
		"opportunity_contact_roles": []object{}, "existence_level": "full", "exchange_rate_code": "USD",
		"exchange_rate_value": 1,
	}
	if a := s.t.accounts.get(d.accountID); a != nil {
		out["account"] = accountBrief(a)
	}
	return out
}

func (s *Simulator) showDeal(c *call) reply {
	if !looksLikeID(c.id) {
		return invalidID(c.id)
	}
	d := s.t.deals.get(c.id)
	if d == nil {
		return reply{status: http.StatusNotFound, body: object{"status": http.StatusNotFound, "error": "Not Found"}}
	}
	return ok(object{"opportunity": s.dealWire(d)})
}

// patchDeal edits the documented fields; is_closed, for one, is ignored with 200.
func (s *Simulator) patchDeal(c *call) reply {
	d := s.t.deals.get(c.id)
	owner := c.str("owner_id")
	switch {
	case d == nil:
		return unprocessable("Opportunity does not exist.")
	case owner != "" && s.t.users.get(owner) == nil:
		return invalidID(owner)
	case c.has("opportunity_stage_id") && !slices.Contains([]string{dealStageOpen, dealStageWon, dealStageLost}, c.str("opportunity_stage_id")):
		return invalidID(c.str("opportunity_stage_id"))
	}
	before, after := s.t.deals.change(d.id, c.now, func(d *deal) { editDeal(d, c.params, owner) })
	if c.has("owner_id") {
		s.record(c.act, KindDeal, d.id, "owner_id", before.owner, after.owner)
		s.crmOverwrite(c.now, before.crmOwner != "" && before.owner != after.owner, func(now time.Time) {
			s.giveDeal(act{now: now, via: ViaClock, op: "crm.overwrite"}, d.id, before.owner)
		})
	}
	if before.stage != after.stage {
		s.record(c.act, KindDeal, d.id, "opportunity_stage_id", before.stage, after.stage)
	}
	if before.name != after.name || before.amount != after.amount {
		s.record(c.act, KindDeal, d.id, "fields", "", "edited")
	}
	return ok(object{"opportunity": s.dealWire(after)})
}

func editDeal(d *deal, p params, owner string) {
	if owner != "" {
		d.owner = owner
	}
	if v := p.str("name"); v != "" {
		d.name = v
	}
	if n, err := strconv.Atoi(p.str("amount")); err == nil {
		d.amount = n
	}
	if v := p.str("opportunity_stage_id"); v != "" {
		d.stage = v
		closed, won := v != dealStageOpen, v == dealStageWon
		d.closed, d.won = &closed, &won
	}
	if day, err := time.Parse(time.DateOnly, p.str("closed_date")); err == nil {
		d.closeDate = day
	}
}

// giveDeal sets a deal's owner and nothing else.
func (s *Simulator) giveDeal(a act, id, owner string) {
	before, after := s.t.deals.change(id, a.now, func(d *deal) { d.owner = owner })
	s.record(a, KindDeal, id, "owner_id", before.owner, after.owner)
}
