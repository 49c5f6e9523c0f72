package workflows

import (
	"time"

	"handover/domain"
)

// JoinInput is one app that somebody joins, or changes role in, with the policy that
// holds for it, frozen.
type JoinInput struct {
	App      AppInput              `json:"app"`
	Role     domain.AppRole        `json:"role"`
	Roles    []domain.AppRole      `json:"roles"` // of the app, to name the one until now
	ForRole  domain.ApprovalPolicy `json:"for_role"`
	ForMoney domain.ApprovalPolicy `json:"for_money"`
	Asks     bool                  `json:"asks"`  // somebody decides about the access itself
	Life     time.Duration         `json:"life"`  // of an invite; 0: nobody says
	Check    time.Duration         `json:"check"` // between two looks whether an invite was accepted
	Warnings []string              `json:"warnings"`
}

// OnboardingInput starts a joining. It holds opaque ids; names stay in the store.
type OnboardingInput struct {
	Run        string            `json:"run"`
	Person     domain.PersonID   `json:"person"`
	Employment string            `json:"employment"`
	Requester  domain.PersonID   `json:"requester"`
	Authority  domain.Authority  `json:"authority"`
	StartsAt   time.Time         `json:"starts_at"` // nobody is invited before
	Until      time.Time         `json:"until"`     // of access that is given for a time
	Apps       []JoinInput       `json:"apps"`
	Admins     []domain.PersonID `json:"admins"`
	Tell       []domain.PersonID `json:"tell"` // who hears the outcome, and that nobody accepted
	Timings    Timings           `json:"timings"`
	PolicyHash string            `json:"policy_hash"`
}

// RoleChangeInput starts a role change in one app.
type RoleChangeInput struct {
	Run        string                `json:"run"`
	Person     domain.PersonID       `json:"person"`
	Employment string                `json:"employment"`
	Requester  domain.PersonID       `json:"requester"`
	App        JoinInput             `json:"app"`
	Emergency  bool                  `json:"emergency"` // at once; a second person confirms afterwards
	Confirm    domain.ApprovalPolicy `json:"confirm"`
	Admins     []domain.PersonID     `json:"admins"`
	Tell       []domain.PersonID     `json:"tell"`
	Timings    Timings               `json:"timings"`
	PolicyHash string                `json:"policy_hash"`
}

// InviteRequest is a person's word about an open invite.
type InviteRequest struct {
	App    domain.AppID    `json:"app"`
	Person domain.PersonID `json:"person"`
	Reason string          `json:"reason"`
	Role   *domain.AppRole `json:"role,omitempty"` // for another role
}
