package apollo

import "time"

// Error forms, the values of Switches.Errors.
const (
	ErrorsStructured = "structured"
	ErrorsLegacy     = "legacy"
)

// Mailbox filter forms, the values of Switches.MailboxFilter.
const (
	MailboxFilterID           = "id"
	MailboxFilterIDAndAddress = "id_and_address"
)

// Switches holds one choice for each thing about Apollo that no public source settles. The zero value is the world we
// hold to be most likely; a client must come out right in all of them.
type Switches struct {
	// Errors is the form of a 401: ErrorsStructured (JSON, since September 2026) or ErrorsLegacy (plain text).
	Errors string

	// DeactivatedVanish takes deactivated users out of users/search. Off, they stay with deleted:true.
	DeactivatedVanish bool
	// UnlinkedVanish takes unlinked mailboxes out of email_accounts. Off, they stay with active:false.
	UnlinkedVanish bool
	// DeactivationUnlinks makes deactivation unlink the user's mailboxes, as an old help page says.
	DeactivationUnlinks bool
	// FailScheduledAtOnce fails the emails scheduled from a user's mailboxes at deactivation. Off, they fail when due.
	FailScheduledAtOnce bool
	// KeyDiesWithCreator makes the API key answer 401 once the person who created it is deactivated.
	KeyDiesWithCreator bool
	// SeatHeldByDeactivated keeps a deactivated user's paid seat occupied, so that the next joiner needs a new one.
	SeatHeldByDeactivated bool

	// IgnoreContactOwnerFilter ignores contact_owner_ids in contacts/search, silently.
	IgnoreContactOwnerFilter bool
	// IgnoreAccountOwnerFilter ignores account_owner_ids in accounts/search, silently.
	IgnoreAccountOwnerFilter bool
	// IgnoreDealOwnerFilter ignores owner_id in POST opportunities/search, silently.
	IgnoreDealOwnerFilter bool
	// IgnoreTaskUserFilter ignores user_ids (and user_id of the GET form) in tasks/search, silently.
	IgnoreTaskUserFilter bool
	// HonourTaskStatusFilter lets task_priority_status_cd filter tasks/search by status.
	HonourTaskStatusFilter bool
	// MailboxFilter is the form email_account_id_and_aliases takes effect in: MailboxFilterID or
	// MailboxFilterIDAndAddress ("<id>***<address>"). The other form is ignored.
	MailboxFilter string

	// HideArchivedSequences leaves archived sequences out of emailer_campaigns/search.
	HideArchivedSequences bool
	// SequenceRefusesDeactivatedSource refuses (422) to move a sequence away from a deactivated owner.
	SequenceRefusesDeactivatedSource bool
	// SequenceRefusesDeactivatedTarget refuses (422) to give a sequence to a deactivated user.
	SequenceRefusesDeactivatedTarget bool
	// SequenceWriteTakes is how long a PUT sequences holds the team's lock, in real time. Writes meanwhile get 429.
	SequenceWriteTakes time.Duration

	// HonourContactOwnerPatch lets PATCH contacts/{id} change owner_id. Off, it answers 200 and changes nothing.
	HonourContactOwnerPatch bool
	// CRMOverwriteAfter puts the old owner back on records with a CRM owner, that long after the change. Zero: never.
	CRMOverwriteAfter time.Duration
	// UpdateOwnersMax is the greatest batch update_owners takes; beyond it 422. Zero: no ceiling.
	UpdateOwnersMax int
	// BulkJobTakes is the delay after which an asynchronous bulk_update is applied. Zero means two seconds.
	BulkJobTakes time.Duration

	// NoRetryAfter leaves retry-after off answers with status 429.
	NoRetryAfter bool
	// NoUsageStats makes usage_stats/api_usage_stats answer 404.
	NoUsageStats bool
	// PaidOnly lists endpoint keys that answer 403 on the free plan.
	PaidOnly []string

	// SeatNotice is how long before renewal an annual contract takes a lower seat count. Zero means 60 days.
	SeatNotice time.Duration
}

func (w Switches) bulkJobTakes() time.Duration {
	if w.BulkJobTakes == 0 {
		return 2 * time.Second
	}
	return w.BulkJobTakes
}

func (w Switches) seatNotice() time.Duration {
	if w.SeatNotice == 0 {
		return 60 * 24 * time.Hour
	}
	return w.SeatNotice
}
