package activities

// Profile says how Temporal bounds an activity. The numbers behind each profile
// stand once, in workflows.
type Profile string

// Profiles.
const (
	ProfileStore Profile = "store" // the store only
	ProfileCall  Profile = "call"  // a few requests to an app
	ProfileCut   Profile = "cut"   // the same, and somebody's access waits for it
	ProfileSlice Profile = "slice" // up to ten minutes of requests, with heartbeats
)

// Activity pairs the name on the wire with the types of its input and result,
// so that the compiler holds caller and implementation together.
type Activity[In, Out any] struct {
	Name    string
	Profile Profile
}

// The activities of the house: capability, then verb and object.
var (
	SnapshotAccount   = Activity[SnapshotInput, SnapshotResult]{"account.Snapshot", ProfileSlice}
	DeactivateAccount = Activity[AccountInput, ActResult]{"account.Deactivate", ProfileCut}
	ReactivateAccount = Activity[AccountInput, ActResult]{"account.Reactivate", ProfileCall}
	CloseSignIn       = Activity[AccountInput, ActResult]{"sign_in.Close", ProfileCut}
	ReopenSignIn      = Activity[AccountInput, ActResult]{"sign_in.Reopen", ProfileCall}
	PlayRecipe        = Activity[PlayInput, ActResult]{"recipe.Play", ProfileSlice}
	ProposePlan       = Activity[ProposeInput, ProposeResult]{"plan.Propose", ProfileCall}
	ChaseApproval     = Activity[ChaseInput, Clock]{"approval.Chase", ProfileStore}
	OpenTask          = Activity[TaskInput, TaskResult]{"task.Open", ProfileCut}
	ReadBackSteps     = Activity[ReadBackInput, ReadBackResult]{"step.ReadBack", ProfileCut}
	ReportAttention   = Activity[AttentionInput, Nothing]{"step.ReportAttention", ProfileStore}
	SettleSteps       = Activity[SettleInput, Nothing]{"step.Settle", ProfileStore}
	MoveRecords       = Activity[MoveInput, MoveResult]{"records.Move", ProfileSlice}
	SweepApp          = Activity[SweepInput, SweepResult]{"app.Sweep", ProfileSlice}
	BookSeat          = Activity[SeatInput, Nothing]{"seat.Book", ProfileCall}
	ReduceSeats       = Activity[ReduceInput, Nothing]{"seat.Reduce", ProfileStore}
	PreviewLeaving    = Activity[PreviewInput, PreviewResult]{"account.Preview", ProfileSlice}
	WeighSeats        = Activity[WeighInput, WeighResult]{"seat.Weigh", ProfileCall}
	ConcludeRun       = Activity[ConcludeInput, Nothing]{"run.Conclude", ProfileStore}
	EndRights         = Activity[RightsInput, Nothing]{"rights.End", ProfileStore}
	WeighBatch        = Activity[BatchInput, BatchResult]{"batch.Weigh", ProfileStore}
	ReleaseBatch      = Activity[BatchInput, Nothing]{"batch.Release", ProfileStore}
	CancelBatch       = Activity[BatchInput, Nothing]{"batch.Cancel", ProfileStore}
	CloseBatch        = Activity[BatchInput, BatchResult]{"batch.Close", ProfileStore}
	LookAtMember      = Activity[LookInput, LookResult]{"account.Look", ProfileCall}
	FindSeat          = Activity[FindSeatInput, FindSeatResult]{"seat.Find", ProfileCall}
	WaiveSeat         = Activity[StepRef, Nothing]{"seat.Waive", ProfileStore}
	ProposeJoin       = Activity[ProposeJoinInput, ProposeJoinResult]{"plan.ProposeJoin", ProfileCall}
	SendInvite        = Activity[InviteInput, ActResult]{"invite.Send", ProfileSlice}
	NoteInvite        = Activity[InviteInput, Nothing]{"invite.Note", ProfileStore}
	SettleJoin        = Activity[InviteInput, LookResult]{"account.Join", ProfileCall}
	OpenSignIn        = Activity[AccountInput, ActResult]{"sign_in.Open", ProfileCall}
	ChangeRole        = Activity[RoleInput, ActResult]{"account.ChangeRole", ProfileSlice}
	GrantAccess       = Activity[GrantInput, Nothing]{"access.Grant", ProfileStore}
	ObserveApp        = Activity[ObserveInput, ObserveResult]{"app.Observe", ProfileCall}
	ReconcileApp      = Activity[ReconcileInput, ReconcileResult]{"app.Reconcile", ProfileSlice}
	FreezeReview      = Activity[ReviewInput, FreezeResult]{"review.Freeze", ProfileSlice}
	AskReview         = Activity[ReviewInput, Nothing]{"review.Ask", ProfileStore}
	BlockReview       = Activity[ReviewInput, Nothing]{"review.Block", ProfileStore}
	TellReviewers     = Activity[ReviewInput, ReviewStanding]{"review.Tell", ProfileStore}
	LookAtReview      = Activity[ReviewInput, ReviewStanding]{"review.Look", ProfileStore}
	EndDeciding       = Activity[ReviewInput, ReviewStanding]{"review.EndDeciding", ProfileStore}
	ReadBackReview    = Activity[ReviewInput, ReviewStanding]{"review.ReadBack", ProfileSlice}
	CloseReview       = Activity[CloseInput, ReviewStanding]{"review.Close", ProfileStore}
	PackReview        = Activity[ReviewInput, Nothing]{"review.Pack", ProfileSlice}
)

// Nothing is the result of an activity that only leaves something behind.
type Nothing struct{}
