package domain

// KindSCIM is the kind of any app that is reached over SCIM 2.0 alone.
const KindSCIM = "scim"

// StepHandOver is what a person hands over by hand in an app of which nobody
// told us more.
const StepHandOver StepKey = "hand-over"

// scimRunbook is the leaving of an app of which only the users are known: SCIM
// carries users and nothing that they own (RFC 7643 section 4).
func scimRunbook() Runbook {
	return Runbook{Kind: KindSCIM, Steps: []StepSpec{
		{Key: StepPromote, Title: "Make somebody else an admin", Phase: PhaseCutOff, Capability: CanChangeRole, ReadBack: ReadBackAdmin,
			Instruction: "In the app's own settings for users give the person named here a role that the policy file maps as admin."},
		signInStep(),
		{Key: StepDeactivate, Title: "Deactivate the user", Phase: PhaseCutOff, Capability: CanDeactivate, ReadBack: ReadBackAccount,
			Destructive: true, Sitting: sittingCutOff, Undo: true, UndoBy: "reactivate the user by hand in the app's own settings, then retry",
			Instruction: "In the app's own settings for users deactivate the leaver, or remove them where the app cannot deactivate."},
		handOverStep(),
		{Key: StepSeat, Title: "Book the seat", Phase: PhaseSeats, ReadBack: ReadBackNone},
		{Key: StepSweep, Title: "Read everything back", Phase: PhaseSweep, ReadBack: ReadBackAccount},
	}}
}

// handOverStep is done only where the policy says how.
func handOverStep() StepSpec {
	return StepSpec{Key: StepHandOver, Title: "Hand over what the user owns", Phase: PhaseHandover, ReadBack: ReadBackNone, Sitting: sittingHandover,
		Optional: true, Instruction: "Give what the leaver owns in this app to the successor."}
}
