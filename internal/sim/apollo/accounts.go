package apollo

import (
	"slices"
	"strings"
	"time"
)

// searchAccounts finds accounts by the filters that are known to work; others are ignored.
func (s *Simulator) searchAccounts(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25, ceiling: true})
	if refused != nil {
		return *refused
	}
	by, refused := accountOrder(c.params)
	if refused != nil {
		return *refused
	}
	var owners []string
	shown := []crumb{}
	if ids := c.list("account_owner_ids"); len(ids) > 0 && !s.opt.Switches.IgnoreAccountOwnerFilter {
		owners = ids
		shown = append(shown, s.ownerCrumbs("account_owner_ids", ids)...)
	}
	keep, more := accountFilter(c.params)
	rows, total := pick(s.t.accounts.all(owners, c.asOf), keep, by, p)
	accounts := make([]accountWire, 0, len(rows))
	for _, row := range rows {
		accounts = append(accounts, row.wire())
	}
	return ok(object{
		"accounts": accounts, "breadcrumbs": append(shown, more...), "pagination": p.block(total),
		"partial_results_only": false, "has_join": false, "disable_eu_prospecting": false,
		"partial_results_limit": partialLimit, "num_fetch_result": nil,
	})
}

func accountFilter(p params) (func(*account) bool, []crumb) {
	var tests []func(*account) bool
	var shown []crumb
	if name := strings.ToLower(p.str("q_organization_name")); name != "" {
		tests = append(tests, func(a *account) bool { return strings.Contains(strings.ToLower(a.name), name) })
		shown = append(shown, crumbs("Company", "q_organization_name", p.str("q_organization_name"))...)
	}
	if ids := p.list("account_stage_ids"); len(ids) > 0 {
		tests = append(tests, func(a *account) bool { return slices.Contains(ids, a.stage) })
		shown = append(shown, crumbs("Account stage", "account_stage_ids", ids...)...)
	}
	if ids := p.list("account_label_ids"); len(ids) > 0 {
		tests = append(tests, func(a *account) bool { return overlap(ids, a.labels) })
		shown = append(shown, crumbs("List", "account_label_ids", ids...)...)
	}
	return every(tests), shown
}

func accountOrder(p params) (order[account], *reply) {
	o := order[account]{ascending: p.flag("sort_ascending")}
	switch p.str("sort_by_field") {
	case "", "account_created_at":
	case "account_updated_at", "account_last_activity_date":
		o.less = func(a, b *account) int { return a.updated.Compare(b.updated) }
	default:
		return o, invalidSort()
	}
	return o, nil
}

// accountWire is an account as searches show it. There is no updated_at in it.
type accountWire struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Domain         string   `json:"domain"`
	Team           string   `json:"team_id"`
	Organization   any      `json:"organization_id"`
	Stage          string   `json:"account_stage_id"`
	Owner          any      `json:"owner_id"`
	Creator        string   `json:"creator_id"`
	CRMOwner       any      `json:"crm_owner_id"`
	Labels         []string `json:"label_ids"`
	Source         string   `json:"source"`
	OriginalSource string   `json:"original_source"`
	CreatedAt      any      `json:"created_at"`
	Contacts       int      `json:"num_contacts"`
	Campaigns      []string `json:"contact_emailer_campaign_ids"`
	Tally          object   `json:"contact_campaign_status_tally"`
	CustomFields   object   `json:"typed_custom_fields"`
	Existence      string   `json:"existence_level"`
	Modality       string   `json:"modality"`
	LastActivity   any      `json:"last_activity_date"`
	RuleStatuses   []any    `json:"account_rule_config_statuses"`
	Playbooks      []any    `json:"account_playbook_statuses"`
}

func (a *account) wire() accountWire {
	return accountWire{
		ID: a.id, Name: a.name, Domain: a.domain, Team: teamID, Stage: a.stage, Owner: orNull(a.owner), Creator: a.creator,
		CRMOwner: orNull(a.crmOwner), Labels: filled(a.labels), Source: "api", OriginalSource: "api",
		CreatedAt: stamp(a.created), Contacts: a.contacts, Campaigns: []string{}, Tally: object{}, CustomFields: object{},
		Existence: "full", Modality: "account", RuleStatuses: []any{}, Playbooks: []any{},
	}
}

// showAccount gives one account; an id that it does not know is refused as misconfigured, as documented.
func (s *Simulator) showAccount(c *call) reply {
	row := s.t.accounts.get(c.id)
	if row == nil {
		return invalidID(c.id)
	}
	return ok(object{"account": row.wire()})
}

// accountBrief is an account inside another record.
func accountBrief(a *account) any {
	return struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Domain string `json:"domain"`
		Team   string `json:"team_id"`
		Owner  string `json:"owner_id"`
	}{a.id, a.name, a.domain, teamID, a.owner}
}

// accountEdit lists new values; empty ones leave the field alone.
type accountEdit struct{ name, owner, stage string }

func (s *Simulator) editAccount(a act, id string, e accountEdit) *account {
	before, after := s.t.accounts.change(id, a.now, func(rec *account) {
		for field, value := range map[*string]string{&rec.name: e.name, &rec.owner: e.owner, &rec.stage: e.stage} {
			if value != "" {
				*field = value
			}
		}
		rec.updated = a.now
	})
	if e.owner == "" {
		s.record(a, KindAccount, id, "fields", "", "edited")
		return after
	}
	s.record(a, KindAccount, id, "owner_id", before.owner, after.owner)
	s.crmOverwrite(a.now, before.crmOwner != "" && before.owner != after.owner, func(now time.Time) {
		s.giveAccount(act{now: now, via: ViaClock, op: "crm.overwrite"}, id, before.owner)
	})
	return after
}

// giveAccount sets an account's owner and nothing else.
func (s *Simulator) giveAccount(a act, id, owner string) {
	before, after := s.t.accounts.change(id, a.now, func(rec *account) { rec.owner, rec.updated = owner, a.now })
	s.record(a, KindAccount, id, "owner_id", before.owner, after.owner)
}
