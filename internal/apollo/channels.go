package apollo

import "handover/domain"

// Channels tells how this tenant can carry out each capability of the runbook.
// What no documented call does goes to a person.
func (c *Connector) Channels() []domain.ChannelChoice {
	api, person := domain.ChannelAPI, domain.ChannelPerson
	door, why := person, c.noSCIM()
	if c.hasSCIM() {
		door, why = domain.ChannelSCIM, "the SCIM address and token are set; the result is read back through the API"
	}
	return []domain.ChannelChoice{
		{Capability: domain.CanListAccounts, Channel: api, Why: "the API lists all users of the team"},
		{Capability: domain.CanDeactivate, Channel: door, Why: why},
		{Capability: domain.CanReactivate, Channel: door, Why: why},
		{Capability: domain.CanInvite, Channel: person, Why: "the API has no call that invites, and shows invites only once they are accepted: an admin invites in Settings > Users > New user, and the API shows the user afterwards"},
		{Capability: domain.CanListMailboxes, Channel: api, Why: "the API lists all mailboxes of the team"},
		{Capability: domain.CanUnlinkMailbox, Channel: person, Why: "the API shows mailboxes and cannot unlink them: an admin does it in Settings > Users, and the API shows the result"},
		{Capability: domain.CanListScheduledEmail, Channel: api, Why: "the API lists scheduled emails by sender"},
		{Capability: domain.CanMoveRecords, Channel: api, Why: "the API changes the owner of contacts and accounts in bulk, of deals, tasks and sequences one by one"},
		{Capability: domain.CanListEnrolments, Channel: api, Why: "the API shows from which mailbox each contact in a sequence is written to"},
		{Capability: domain.CanListLists, Channel: api, Why: "the API shows each list's owner"},
		{Capability: domain.CanMoveLists, Channel: person, Why: "the API shows a list's owner and cannot change it"},
		{Capability: domain.CanMoveWorkflows, Channel: person, Why: "workflows are not in the API: an admin changes their owner on the Workflows page"},
		{Capability: domain.CanMoveCRMCredentials, Channel: person, Why: "the API cannot change whose credentials the CRM sync uses: an admin does it in Integrations"},
		{Capability: domain.CanChangeRole, Channel: person, Why: "the API shows permission profiles and cannot change them: an admin does it in Settings > Users"},
		{Capability: domain.CanReduceSeats, Channel: person, Why: "seats are not in the API: they are changed under Plan overview > Manage Subscription"},
		{Capability: domain.CanRotateSecrets, Channel: person, Why: "API keys are not in the API: an admin makes and removes them in Settings > Integrations > API Keys"},
	}
}
