package workflows

// Names on the wire. They are added to, never renamed: histories and old
// messages live for months.
const (
	OffboardingType = "offboarding"
	SeatReleaseType = "seat-release"
	ObservationType = "observation"
	PreviewType     = "preview"
	HeldBatchType   = "held-batch"
	OnboardingType  = "onboarding"
	RoleChangeType  = "role-change"
	// AccessReviewType is one campaign; ReviewDueType asks for one by the clock.
	AccessReviewType = "access-review"
	ReviewDueType    = "access-review-due"

	UpdateDecide     = "decide"
	UpdateChooseHeir = "choose-successor"
	UpdateTask       = "complete-task"
	UpdateConfirm    = "confirm-task"
	UpdateRetry      = "retry-step"
	UpdateSkip       = "skip-step"
	UpdateHandOver   = "hand-over-step"
	UpdateReschedule = "reschedule"
	UpdateRetract    = "retract"
	UpdateCutNow     = "cut-now"
	UpdateUndo       = "undo"
	UpdateResend     = "resend-invite"
	UpdateRevoke     = "revoke-invite"
	UpdateInviteRole = "change-invite-role"
	UpdateEndReview  = "end-review"

	SignalEmployment = "employment-changed"
	SignalObserved   = "app-observed"
	SignalLeft       = "person-left"
	SignalManager    = "manager-changed"
	SignalGrew       = "batch-grew"
	SignalDecided    = "review-decided"
	SignalCarried    = "review-carried-out"

	QueryState = "state"

	// QueueHandover carries workflows and what needs the store alone; QueueApps
	// what calls apps. The policy may name a queue of its own for an app.
	QueueHandover = "handover"
	QueueApps     = "apps"
)
