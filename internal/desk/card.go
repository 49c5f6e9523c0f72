package desk

import (
	"handover/domain"
)

// CardKind is what a card asks for.
type CardKind string

// Kinds of cards.
const (
	CardRequest   CardKind = "request"   // a decision
	CardTask      CardKind = "task"      // something to do in an app
	CardConfirm   CardKind = "confirm"   // a second person's word about a task
	CardAttention CardKind = "attention" // a step that cannot go on by itself
	CardReview    CardKind = "review"    // lines of an access review, on a page of their own
	CardNote      CardKind = "note"      // nothing: it is only told
)

// Verb is something that the reader of a card may say to it.
type Verb string

// Verbs. Doors name their buttons after them.
const (
	VerbApprove  Verb = "approve"
	VerbDeny     Verb = "deny"   // with a reason
	VerbChoose   Verb = "choose" // who inherits, for all kinds or each
	VerbPlan     Verb = "plan"   // show it
	VerbDone     Verb = "done"   // with a proof where the app cannot show it
	VerbCannot   Verb = "cannot" // with a reason
	VerbHandOver Verb = "hand-over"
	VerbConfirm  Verb = "confirm"
	VerbRetry    Verb = "retry"
	VerbSkip     Verb = "skip" // with a reason
	VerbOpen     Verb = "open" // the page that the card links to; nothing happens by it
)

// Fact is a labelled value on a card.
type Fact struct {
	Label string
	Value string
}

// Card is what one person reads about one thing, made anew from what the store
// holds each time it is shown. It names people as their readers may know them;
// it never leaves for a log.
type Card struct {
	Ref     string // short, for talking about it; the same on a repeat
	Kind    CardKind
	About   string // approval or task; for a step the id of AboutStep
	Run     string
	App     domain.AppID
	Step    domain.StepKey
	Digest  string // of the plan that a decision would be about
	Title   string
	Lead    string // what it is about, in a sentence or two
	Facts   []Fact
	Lines   []string            // instructions, or the plan in short
	Why     string              // why it is this person who is asked
	Verbs   []Verb              // what they may say to it now; none once it is settled
	Outcome []string            // who said what, when, and what came of it
	Kinds   []domain.RecordKind // that a successor can be chosen for
	Proof   bool                // done wants a proof
	Link    string              // what VerbOpen opens, made for this reader alone
	Urgent  bool
	Settled bool // it will not change any more
}
