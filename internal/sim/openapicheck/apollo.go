package openapicheck

// ApolloDepartures lists where Apollo.io was seen to differ from its own OpenAPI document of August 2026. Most of the
// document's types were inferred from one example each, so it calls fields text that are often null.
func ApolloDepartures() []Departure {
	return []Departure{
		{Operation: "GET /emailer_campaigns/[^/]+", Where: "operation", Why: "listed in usage statistics, has a scope, no page"},
		{Operation: "(GET|POST) /(opportunities|tasks|emailer_campaigns|emailer_messages)/search", Where: "operation",
			Why: "the other method works too: recorded exchanges, Apollo's own command-line tool"},
		{Operation: "GET /auth/health", Where: "operation", Why: "probed live in October 2026"},
		{Where: `response\.content_type\.401`, Why: "JSON instead of text since 18 September 2026, says the changelog"},
		{Where: `response\.status\.(403|404|422|429)`, Why: "refusals of grant, quota and ids are not declared everywhere"},
		{Operation: "GET /users/search", Where: `response\.pagination\.(page|per_page)`, Why: "numbers unless sent in the query"},
		{Operation: "POST /emailer_campaigns/search", Where: `response\.emailer_campaigns\[\]\.(unique_[a-z_]+|[a-z_]+_rate)`,
			Why: `"loading" in place of a number`},
		{Where: `response\.contacts?(\[\])?\.(first_name|last_name|title|email|organization_name|account_id|contact_stage_id|owner_id|sanitized_phone|present_raw_address)`,
			Why: "null in recorded exchanges"},
		{Where: `response\.(opportunities\[\]|opportunity)\.(owner_id|is_closed|is_won|account_id|closed_date|last_activity_date)`,
			Why: "null in recorded exchanges"},
		{Where: `response\.(tasks\[\]|task)\.(opportunity_id|title|due_at)`, Why: "null in recorded exchanges"},
		{Where: `response\.accounts\[\]\.owner_id`, Why: "null where nobody owns the account"},
		{Operation: "POST /contacts/search", Where: `request\.body\.(contact_owner_ids|emailer_campaign_ids)`,
			Why: "undocumented filters: one in production code, one seen to work"},
		{Operation: "POST /accounts/search", Where: `request\.body\.account_owner_ids`, Why: "the web page filters by owner"},
		{Operation: "POST /tasks/search", Where: `request\.body\.(user_ids|page|per_page|task_priority_status_cd)`,
			Why: "honoured in the body, seen in production"},
	}
}
