package domain

import (
	"fmt"
	"time"
)

// GuardName names a check that stands before a write.
type GuardName string

// The guards of leaving.
const (
	GuardSoleAdmin  GuardName = "sole_admin"
	GuardActingUser GuardName = "acting_user"
	GuardProtected  GuardName = "protected"
	GuardLegalHold  GuardName = "legal_hold"
	GuardLeaving    GuardName = "still_leaving"
	GuardEmployment GuardName = "other_employment"
	GuardSignIn     GuardName = "sign_in_groups" // what else goes with the groups that give the sign-in
)

// GuardState is a guard's answer.
type GuardState string

// A guard is open, open with a warning, or shut. A guard that meets an unknown
// fact is shut and says what to tell it.
const (
	GuardOpen GuardState = "open"
	GuardWarn GuardState = "warn"
	GuardShut GuardState = "shut"
)

// GuardFinding is one guard's answer with its reason for a reader.
type GuardFinding struct {
	Guard GuardName  `json:"guard"`
	State GuardState `json:"state"`
	Why   string     `json:"why"`
}

// ClaimEffect is what a claim says will happen to an account.
type ClaimEffect string

// Effects that take an admin or a seat away.
const (
	EffectDeactivate ClaimEffect = "deactivate"
	EffectDemote     ClaimEffect = "demote"
	EffectFreeSeat   ClaimEffect = "free_seat"
)

// Claim announces, before a destructive step, that an account is about to lose
// what others count on. It has no expiry: read-back, undo, retract or skip
// release it.
type Claim struct {
	ID        string      `json:"id"` // run/app/step
	App       AppID       `json:"app"`
	Account   AccountID   `json:"account"`
	Effect    ClaimEffect `json:"effect"`
	Run       string      `json:"run"`
	Step      StepKey     `json:"step"`
	MadeAt    time.Time   `json:"made_at"`
	SettledAt time.Time   `json:"settled_at"` // zero while open; then when the effect was read back, or the claim released
	Released  bool        `json:"released"`   // given up without the effect as far as we know
}

// MaxListingAge is how old the listing may be on which a claim is decided.
const MaxListingAge = 60 * time.Second

// WhyHidden says why nothing is known about the users of an app without any
// interface.
const WhyHidden = "this app shows Handover no list of its users"

// counts tells whether a claim takes its account away from what the listing
// shows: it is open, or it was settled after the listing began and may
// therefore be missing from it. That holds for a released claim as well:
// somebody may have acted in the app before it was given up.
func (c Claim) counts(l Listing) bool {
	if c.SettledAt.IsZero() {
		return !c.Released
	}
	return !c.SettledAt.Before(l.StartedAt)
}

// CheckSoleAdmin decides whether the target may lose its access: some other
// working admin must remain after every claim that counts.
//
// It is called inside the transaction that inserts the target's own claim, so
// that of two admins who leave in the same minute the second is stopped.
func CheckSoleAdmin(l Listing, claims []Claim, target AccountID, now time.Time) GuardFinding {
	if l.Hidden {
		return GuardFinding{Guard: GuardSoleAdmin, State: GuardWarn, Why: WhyHidden + ": whoever ends the access looks first whether another admin remains"}
	}
	if !l.Complete || now.Sub(l.StartedAt) > MaxListingAge {
		return shut(GuardSoleAdmin, "the list of users is incomplete or older than a minute: it is read again")
	}
	account, listed := l.ByID(target)
	if !listed || account.Active == No || account.WorkingAdmin() == No {
		return GuardFinding{Guard: GuardSoleAdmin, State: GuardOpen, Why: "the account is no working admin"}
	}
	remaining, unknown := remainingAdmins(l, claims, target)
	switch {
	case remaining >= 2:
		return GuardFinding{Guard: GuardSoleAdmin, State: GuardOpen, Why: fmt.Sprintf("%d other admins remain", remaining)}
	case remaining == 1:
		return GuardFinding{Guard: GuardSoleAdmin, State: GuardWarn, Why: "one other admin remains; the vendor recommends two"}
	case account.WorkingAdmin() == Unknown:
		return shut(GuardSoleAdmin, fmt.Sprintf("whether this account is an admin is unknown: map profile id %s in the policy file", account.ProfileID))
	case unknown != "":
		return shut(GuardSoleAdmin, fmt.Sprintf("no other admin is known, and profile id %s is not mapped in the policy file: map it, or promote someone first", unknown))
	default:
		return shut(GuardSoleAdmin, "no other admin would remain: somebody must be promoted first")
	}
}

// remainingAdmins counts the working admins that are left without the target,
// and names a profile id whose meaning would have to be known to count more.
func remainingAdmins(l Listing, claims []Claim, target AccountID) (int, string) {
	gone := map[AccountID]bool{target: true}
	for _, c := range claims {
		if c.App != "" && c.counts(l) && (c.Effect == EffectDeactivate || c.Effect == EffectDemote) {
			gone[c.Account] = true
		}
	}
	remaining, unknown := 0, ""
	for _, a := range l.Accounts {
		if gone[a.ID] {
			continue
		}
		switch a.WorkingAdmin() {
		case Yes:
			remaining++
		case Unknown:
			unknown = a.ProfileID
		}
	}
	return remaining, unknown
}

func shut(g GuardName, why string) GuardFinding {
	return GuardFinding{Guard: g, State: GuardShut, Why: why}
}
