package domain

// Phase orders the steps of a runbook and says what authorises them: the
// cut-off stands on HR's word, everything after it on an approved plan.
type Phase string

// The phases of leaving.
const (
	PhaseCutOff   Phase = "cut_off"  // ends access
	PhaseProtect  Phase = "protect"  // keeps scheduled emails from being lost
	PhaseHandover Phase = "handover" // gives records to the successor
	PhaseSecrets  Phase = "secrets"  // what the leaver knew
	PhaseSeats    Phase = "seats"    // the ledger
	PhaseSweep    Phase = "sweep"    // everything read back again
)

// ReadBack names how a step's effect is read from the app.
type ReadBack string

// Ways to read back. ReadBackNone means that the app does not show it: the step
// ends attested by a proof and a second person.
const (
	ReadBackAccount   ReadBack = "account"   // the account cannot be used
	ReadBackMailboxes ReadBack = "mailboxes" // no mailbox is linked and active
	ReadBackRecords   ReadBack = "records"   // a complete listing is empty twice
	ReadBackOwned     ReadBack = "owned"     // a count of owned things is zero
	ReadBackAdmin     ReadBack = "admin"     // another working admin is listed
	ReadBackSignIn    ReadBack = "sign_in"   // the identity provider no longer gives the app
	ReadBackNone      ReadBack = "none"
)

// StepSpec declares one step of a runbook.
type StepSpec struct {
	Key         StepKey
	Title       string
	Phase       Phase
	Capability  Capability
	ReadBack    ReadBack
	Kind        RecordKind // for steps that move records
	Destructive bool       // guards are checked again right before
	Sitting     string     // steps of one sitting are one task for a person
	Instruction string     // what a person does where no channel exists
	Undo        bool       // the before-state can be put back
	Optional    bool       // part of the run only where the policy says how it is done
	UndoBy      string     // how a person puts it back where no channel does
	LookFirst   string     // what a person has to check where no guard can
}

// Runbook is the ordered procedure of leaving for one kind of app. A new app is
// a connector and a runbook, and no change in workflows.
type Runbook struct {
	Kind  string
	Steps []StepSpec
}

// Step finds a step by key.
func (r Runbook) Step(key StepKey) (StepSpec, bool) {
	for _, s := range r.Steps {
		if s.Key == key {
			return s, true
		}
	}
	return StepSpec{}, false
}

// ByKind finds the step that moves a kind of record.
func (r Runbook) ByKind(kind RecordKind) (StepSpec, bool) {
	for _, s := range r.Steps {
		if s.Kind == kind && s.Capability == CanMoveRecords {
			return s, true
		}
	}
	return StepSpec{}, false
}

// RunOrder is the order of the big blocks of leaving.
type RunOrder string

// Orders. OrderGuide is the vendor guide's: deactivate, unlink, reassign.
// OrderProtectEmail unlinks mailboxes first, so that no scheduled email meets a
// deactivated sender. OrderHandoverFirst moves records ahead of the last moment
// where the plan is approved in time; the cut-off never waits for it beyond the
// grace that the policy gives.
const (
	OrderGuide         RunOrder = "guide"
	OrderProtectEmail  RunOrder = "protect-email"
	OrderHandoverFirst RunOrder = "handover-first"
)

// RunbookFor finds the runbook of a kind of app.
func RunbookFor(kind string) (Runbook, bool) {
	switch kind {
	case KindApolloIO:
		return apolloRunbook(), true
	case KindSCIM:
		return scimRunbook(), true
	case KindManual:
		return manualRunbook(), true
	case KindApolloSpace:
		return spaceRunbook(), true
	}
	return Runbook{}, false
}

// Kinds names every kind of app that has a runbook.
func Kinds() []string { return []string{KindApolloIO, KindSCIM, KindManual, KindApolloSpace} }

// With puts the policy's own instructions into a runbook, and leaves out the
// optional steps for which it has none. The sign-in is also a step where an
// identity provider is connected; where none is, it cannot be read back.
func (r Runbook) With(instructions map[StepKey]string, signIn bool) Runbook {
	own := Runbook{Kind: r.Kind}
	for _, s := range r.Steps {
		text, told := instructions[s.Key]
		connected := s.Key == StepSignIn && signIn
		if s.Optional && !told && !connected {
			continue
		}
		if s.Key == StepSignIn && !signIn {
			s.ReadBack = ReadBackNone
		}
		if told {
			s.Instruction = text
		}
		own.Steps = append(own.Steps, s)
	}
	return own
}

// Keys names the steps in their order.
func (r Runbook) Keys() []StepKey {
	keys := make([]StepKey, 0, len(r.Steps))
	for _, s := range r.Steps {
		keys = append(keys, s.Key)
	}
	return keys
}

// Only leaves out the steps that are not named. No name means all of them.
func (r Runbook) Only(keys []StepKey) Runbook {
	if len(keys) == 0 {
		return r
	}
	own := Runbook{Kind: r.Kind}
	for _, key := range keys {
		if s, ok := r.Step(key); ok {
			own.Steps = append(own.Steps, s)
		}
	}
	return own
}

// StepSignIn is the door of an identity provider in front of an app.
const StepSignIn StepKey = "sign-in"

// signInStep closes the sign-in. It stands beside the deactivation in the app and
// never in its place: sessions and passwords of the app itself live on.
func signInStep() StepSpec {
	return StepSpec{Key: StepSignIn, Title: "Close the sign-in", Phase: PhaseCutOff, Capability: CanRevokeSignIn, ReadBack: ReadBackSignIn,
		Optional: true, Undo: true, UndoBy: "give the app back to the person in the identity provider, then retry",
		Instruction: "In the identity provider's admin console take this app away from the leaver, and end their sessions there."}
}
