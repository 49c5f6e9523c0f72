package apollo

import "time"

// contactWire is a contact as searches show it.
type contactWire struct {
	ID              string          `json:"id"`
	FirstName       any             `json:"first_name"`
	LastName        any             `json:"last_name"`
	Name            string          `json:"name"`
	Title           any             `json:"title"`
	Email           any             `json:"email"`
	EmailStatus     string          `json:"email_status"`
	Organization    any             `json:"organization_name"`
	Stage           any             `json:"contact_stage_id"`
	Owner           any             `json:"owner_id"`
	Creator         string          `json:"creator_id"`
	CRMOwner        any             `json:"crm_owner_id"`
	AccountID       any             `json:"account_id"`
	Labels          []string        `json:"label_ids"`
	Sequences       []string        `json:"emailer_campaign_ids"`
	Statuses        []enrolmentWire `json:"contact_campaign_statuses"`
	Account         any             `json:"account,omitempty"`
	Existence       string          `json:"existence_level"`
	Source          string          `json:"source"`
	OriginalSource  string          `json:"original_source"`
	SourceDisplay   string          `json:"source_display_name"`
	Salesforce      any             `json:"salesforce_id"`
	Hubspot         any             `json:"hubspot_vid"`
	PersonID        any             `json:"person_id"`
	Phone           any             `json:"sanitized_phone"`
	Address         any             `json:"present_raw_address"`
	CreatedAt       any             `json:"created_at"`
	UpdatedAt       any             `json:"updated_at"`
	LastActivity    any             `json:"last_activity_date"`
	CustomFields    object          `json:"typed_custom_fields"`
	Emails          []any           `json:"contact_emails"`
	Phones          []any           `json:"phone_numbers"`
	Unsubscribed    any             `json:"email_unsubscribed"`
	QueuedForCRM    bool            `json:"queued_for_crm_push"`
	RuleStatuses    []any           `json:"contact_rule_config_statuses"`
	FreeDomain      bool            `json:"free_domain"`
	DomainCatchesIt bool            `json:"email_domain_catchall"`
}

// enrolmentWire is a contact's place in a sequence.
type enrolmentWire struct {
	ID           string `json:"id"`
	Sequence     string `json:"emailer_campaign_id"`
	Status       string `json:"status"`
	SenderID     string `json:"send_email_from_user_id"`
	MailboxID    string `json:"send_email_from_email_account_id"`
	MailboxEmail any    `json:"send_email_from_email_address"`
	AddedBy      string `json:"added_by_user_id"`
	AddedAt      any    `json:"added_at"`
	Reason       any    `json:"inactive_reason"`
	PausedAt     any    `json:"paused_at"`
	FinishedAt   any    `json:"finished_at"`
	Unpause      any    `json:"auto_unpause_at"`
	StepID       any    `json:"current_step_id"`
	StepPosition any    `json:"current_step_position"`
	Failure      any    `json:"failure_reason"`
}

func (s *Simulator) contactWire(c *contact) contactWire {
	out := contactWire{
		ID: c.id, FirstName: orNull(c.first), LastName: orNull(c.last), Name: c.name(), Title: orNull(c.title),
		Email: orNull(c.email), EmailStatus: "verified", Organization: orNull(c.company), Stage: orNull(c.stage),
		Owner: orNull(c.owner), Creator: c.creator, CRMOwner: orNull(c.crmOwner), AccountID: orNull(c.accountID),
		Labels: filled(c.labels), Sequences: []string{}, Statuses: []enrolmentWire{}, Existence: "full",
		Source: "api", OriginalSource: "api", SourceDisplay: "Created from API", Phone: orNull(c.phone),
		Address: orNull(c.address), CreatedAt: stamp(c.created), UpdatedAt: stamp(c.updated),
		LastActivity: stamp(c.lastActivity), CustomFields: object{}, Emails: []any{}, Phones: []any{}, RuleStatuses: []any{},
	}
	for _, e := range c.enrolments {
		out.Sequences = append(out.Sequences, e.sequenceID)
		out.Statuses = append(out.Statuses, e.wire())
	}
	if a := s.t.accounts.get(c.accountID); a != nil {
		out.Account = accountBrief(a)
	}
	return out
}

func (c *contact) name() string {
	if c.first == "" {
		return c.last
	}
	return c.first + " " + c.last
}

func (e enrolment) wire() enrolmentWire {
	return enrolmentWire{
		ID: e.id, Sequence: e.sequenceID, Status: e.status, SenderID: e.senderID, MailboxID: e.mailboxID,
		MailboxEmail: orNull(e.mailboxEmail), AddedBy: e.addedBy, AddedAt: e.added.UTC().Format(time.RFC3339),
		Reason: orNull(e.reason), PausedAt: stamp(e.paused), FinishedAt: stamp(e.finished),
	}
}
