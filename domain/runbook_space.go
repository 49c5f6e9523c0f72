package domain

// The steps of leaving Apollo Space beside those of other apps.
const (
	StepNotes        StepKey = "retrieve-notes"
	StepIntegrations StepKey = "integrations"
	StepReassign     StepKey = "reassign"
)

// spaceLookFirst stands before a removal whether there is a list or not: the list
// was read some time ago.
const spaceLookFirst = "Look first, in Settings > Members, because the list that Handover has is not of this minute: whether the leaver is an Owner, and whether another Owner remains. If none would, make somebody else an Owner before you go on. Say in the proof what you saw."

// spaceRoleLookFirst stands before a role that may be taken from an Owner, whether
// there is a list or not.
const spaceRoleLookFirst = "Look first, in Settings > Members, because the list that Handover has is not of this minute: whether the person is an Owner, and whether another Owner remains. If none would, make somebody else an Owner before you go on. Say in the proof what you saw."

// spaceRunbook follows the vendor's member guide (its section on removing a
// member). The notes come first in the sitting that ends with the removal: after it
// nobody reaches them. Where nobody can have them in time, as in a security
// termination, their loss is accepted by skipping the step with a reason.
//
// It has no sweep on a clock, because nobody reads the app on a clock: each list
// that is uploaded is held against every removal before it.
func spaceRunbook() Runbook {
	return Runbook{Kind: KindApolloSpace, Steps: []StepSpec{
		{Key: StepPromote, Title: "Make somebody else an Owner", Phase: PhaseCutOff, Capability: CanChangeRole, ReadBack: ReadBackNone,
			Instruction: "Settings > Members: choose Owner in the role menu of the person who takes over, and confirm. Only an Owner can. If the leaver is the only one, they have to do it while they still can; without any Owner the organisation comes back only through Apollo Space's support. One or two Owners are advised. Upload the member list afterwards, so that the app shows it."},
		signInStep(),
		{Key: StepNotes, Title: "Retrieve the personal notes", Phase: PhaseHandover, ReadBack: ReadBackNone, Sitting: sittingCutOff,
			Instruction: "Before you remove the member: retrieve what the organisation needs of the notes in their personal Brain, best with the leaver. With the removal these notes become inaccessible to everybody, for good. If nobody can get them in time, do not hold the removal up: have this step skipped, with a reason that says that the loss is accepted and by whom."},
		{Key: StepDeactivate, Title: "Remove the member", Phase: PhaseCutOff, Capability: CanDeactivate, ReadBack: ReadBackAccount,
			Destructive: true, Sitting: sittingCutOff, Undo: true, LookFirst: spaceLookFirst,
			UndoBy:      "invite the person again (Settings > Members > Invite) with the role that they had, then retry; notes of their personal Brain do not come back by it",
			Instruction: "Settings > Members: Remove next to the leaver's name, and confirm; access ends at once. Settings > Members > Pending: where an invite for them is open, Cancel it. Then read both lists off the screen and upload them, with the numbers that the screen shows: `handover members import`. Without a newer list a second person has to stand for it."},
		{Key: StepIntegrations, Title: "See what went with the personal integrations", Phase: PhaseHandover, ReadBack: ReadBackNone, Sitting: sittingCutOff,
			Instruction: "With the removal the app itself revokes the leaver's personal integrations and deletes their tokens. See whether anything that the team uses ran on one of them, and connect it anew in somebody else's name. Say in the proof what you saw."},
		{Key: StepReassign, Title: "Reassign leads, activities and conversations", Phase: PhaseHandover, ReadBack: ReadBackNone, Sitting: sittingHandover,
			Instruction: "Leads, activities and conversations stay, with their history, in the leaver's name until somebody reassigns them: filter on the leaver as owner and give each to the successor. The audit log of what the leaver did stays as it is."},
	}}
}
