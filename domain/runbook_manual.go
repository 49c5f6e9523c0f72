package domain

// KindManual is the kind of an app without any interface: it is handled by its
// entry in the policy file alone, through tasks that two people stand for.
const KindManual = "manual"

// lookFirst asks a person for what the guards cannot check, because nobody shows
// Handover who the users are.
const lookFirst = "Look first, because Handover cannot: whether the leaver has a user here at all, and whether it is the last one with the right to administer users. If it is, give that right to somebody else before you go on. Say in the proof what you saw."

// manualRunbook is the leaving of an app without any interface. Nothing of it is
// read back, so it has no sweep, and nothing of it is ever verified.
func manualRunbook() Runbook {
	return Runbook{Kind: KindManual, Steps: []StepSpec{
		signInStep(),
		{Key: StepDeactivate, Title: "End the access", Phase: PhaseCutOff, Capability: CanDeactivate, ReadBack: ReadBackNone,
			Destructive: true, Sitting: sittingCutOff, Undo: true, LookFirst: lookFirst,
			UndoBy:      "give the access back by hand, then skip the step and say so in the reason, because the app cannot show it",
			Instruction: "End the leaver's access in this app."},
		handOverStep(),
	}}
}
