package domain

// KindApolloIO is the kind under which the Apollo.io connector is registered.
const KindApolloIO = "apollo.io"

// The steps of leaving Apollo.io.
const (
	StepPromote    StepKey = "promote-admin"
	StepDeactivate StepKey = "deactivate"
	StepUnlink     StepKey = "unlink-mailboxes"
	StepAccounts   StepKey = "accounts"
	StepContacts   StepKey = "contacts"
	StepDeals      StepKey = "deals"
	StepSequences  StepKey = "sequences"
	StepTasks      StepKey = "tasks"
	StepEnrolments StepKey = "enrolments"
	StepWorkflows  StepKey = "workflows"
	StepLists      StepKey = "lists"
	StepCRM        StepKey = "crm-credentials"
	StepSeat       StepKey = "seat"
	StepSweep      StepKey = "sweep"
)

// sittings group what one person does in one go into one task.
const (
	sittingCutOff   = "cut-off"
	sittingHandover = "no-api"
)

// apolloRunbook follows the order of the vendor's guide. Accounts go before
// contacts, so that a contact can follow its account.
func apolloRunbook() Runbook {
	return Runbook{Kind: KindApolloIO, Steps: []StepSpec{
		{Key: StepPromote, Title: "Make somebody else an admin", Phase: PhaseCutOff, Capability: CanChangeRole, ReadBack: ReadBackAdmin,
			Instruction: "Settings > Users: open the person named here, set the permission profile to Admin and save. Admin is a paid seat: if the person has none, one must be free or is charged at once. Where nobody can administer any more, only Apollo's support gives the administration back."},
		signInStep(),
		{Key: StepDeactivate, Title: "Deactivate the user", Phase: PhaseCutOff, Capability: CanDeactivate, ReadBack: ReadBackAccount,
			Destructive: true, Sitting: sittingCutOff, Undo: true, UndoBy: "reactivate the user by hand (Settings > Users > Reactivate), then retry",
			Instruction: "Settings > Users: open the menu at the end of the user's row, choose Deactivate and confirm."},
		{Key: StepUnlink, Title: "Unlink the mailboxes", Phase: PhaseProtect, Capability: CanUnlinkMailbox, ReadBack: ReadBackMailboxes,
			Destructive: true, Sitting: sittingCutOff,
			Instruction: "Settings > Users > the user > Mailboxes: for each mailbox choose Unlink mailbox and pick the forwarding mailbox named here, so that scheduled emails are not marked Not sent."},
		{Key: StepAccounts, Title: "Reassign accounts", Phase: PhaseHandover, Capability: CanMoveRecords, ReadBack: ReadBackRecords, Kind: Accounts, Destructive: true, Undo: true},
		{Key: StepContacts, Title: "Reassign contacts", Phase: PhaseHandover, Capability: CanMoveRecords, ReadBack: ReadBackRecords, Kind: Contacts, Destructive: true, Undo: true},
		{Key: StepDeals, Title: "Reassign deals", Phase: PhaseHandover, Capability: CanMoveRecords, ReadBack: ReadBackRecords, Kind: Deals, Destructive: true, Undo: true},
		{Key: StepSequences, Title: "Transfer each sequence", Phase: PhaseHandover, Capability: CanMoveRecords, ReadBack: ReadBackRecords, Kind: Sequences, Destructive: true, Undo: true},
		{Key: StepTasks, Title: "Reassign scheduled tasks", Phase: PhaseHandover, Capability: CanMoveRecords, ReadBack: ReadBackRecords, Kind: Tasks, Destructive: true, Undo: true},
		{Key: StepEnrolments, Title: "Stop what still sends from the leaver's mailbox", Phase: PhaseHandover, ReadBack: ReadBackNone, Sitting: sittingHandover,
			Instruction: "Emails > filter on the leaver's mailboxes: for what is still scheduled choose Email from different user, also in other people's sequences."},
		{Key: StepWorkflows, Title: "Hand over workflows", Phase: PhaseHandover, Capability: CanMoveWorkflows, ReadBack: ReadBackNone, Sitting: sittingHandover,
			Instruction: "Workflows: filter on the leaver as owner and change the owner of each, or switch it off."},
		{Key: StepLists, Title: "Hand over lists", Phase: PhaseHandover, Capability: CanMoveLists, ReadBack: ReadBackOwned, Sitting: sittingHandover,
			Instruction: "Lists: change the owner of each list that belongs to the leaver."},
		{Key: StepCRM, Title: "Move the CRM sync credentials", Phase: PhaseHandover, Capability: CanMoveCRMCredentials, ReadBack: ReadBackNone, Sitting: sittingHandover,
			Instruction: "Integrations: if the leaver is the team's sync user, connect somebody with a full seat instead. A Billing and Seat Manager cannot hold them: the sync would fail."},
		{Key: StepSeat, Title: "Book the seat", Phase: PhaseSeats, ReadBack: ReadBackNone},
		{Key: StepSweep, Title: "Read everything back", Phase: PhaseSweep, ReadBack: ReadBackAccount},
	}}
}
