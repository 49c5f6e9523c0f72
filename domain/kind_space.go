package domain

import (
	"slices"
	"time"
)

// KindApolloSpace is the kind of Apollo Space: an app with four roles, invites by
// link, and no public interface. What is known of its members is what an
// administrator reads off its screen.
const KindApolloSpace = "apollo.space"

// SpaceRole is one of Apollo Space's four roles, by its key.
type SpaceRole string

// The roles, as the vendor's member guide has them (its table of roles).
const (
	SpaceNobody SpaceRole = ""       // no role: not a member
	SpaceOwner  SpaceRole = "owner"  // full access, also to delete the organisation
	SpaceAdmin  SpaceRole = "admin"  // all of the daily work; neither makes nor touches owners
	SpaceMember SpaceRole = "member" // what a beginner gets
	SpaceViewer SpaceRole = "viewer" // reads only: for people from outside
)

// SpaceInviteLife is how long a link of an invite is good (the guide, step 3).
const SpaceInviteLife = 7 * 24 * time.Hour

// SpaceOwnersMost is how many owners the guide advises at most.
const SpaceOwnersMost = 2

// SpaceRoles are the four roles with what the guide says of them. It names no
// seats, so that what a role costs stays unknown.
func SpaceRoles() []AppRole {
	return []AppRole{
		{Key: string(SpaceOwner), Name: "Owner", Admin: Yes, Owner: true, FullSeat: Unknown},
		{Key: string(SpaceAdmin), Name: "Admin", Admin: Yes, FullSeat: Unknown},
		{Key: string(SpaceMember), Name: "Member", Admin: No, FullSeat: Unknown},
		{Key: string(SpaceViewer), Name: "Viewer", Admin: No, FullSeat: Unknown},
	}
}

// Entitled tells whether a member with one role may give somebody another. Target
// is the role of that person now, SpaceNobody where they are to be invited; next is
// the role that they are to get, SpaceNobody where they are to be removed or their
// invite is to be cancelled. Only owners and admins do any of it, and only owners
// touch owners or make them. A word that is none of the roles entitles nobody.
func Entitled(actor, target, next SpaceRole) bool {
	if !target.known() || !next.known() {
		return false
	}
	switch actor {
	case SpaceOwner:
		return true
	case SpaceAdmin:
		return target != SpaceOwner && next != SpaceOwner
	default:
		return false
	}
}

func (r SpaceRole) known() bool {
	return slices.Contains([]SpaceRole{SpaceNobody, SpaceOwner, SpaceAdmin, SpaceMember, SpaceViewer}, r)
}

// SpacePolicy is what the policy file says of an app of kind apollo.space.
type SpacePolicy struct {
	Owners       []string      `yaml:"owners"`        // emails of the organisation's owners: what touches an owner is a task of theirs
	MembersFresh time.Duration `yaml:"members_fresh"` // how old a member list may be and still count
	NotesKeeper  string        `yaml:"notes_keeper"`  // email of who keeps personal notes that were retrieved
	NotesReaders []string      `yaml:"notes_readers"` // emails of who may read them
}

// DefaultMembersFresh is how old a member list may be where the policy does not say.
const DefaultMembersFresh = 24 * time.Hour

// Fresh is how old a member list may be and still count.
func (p SpacePolicy) Fresh() time.Duration {
	if p.MembersFresh <= 0 {
		return DefaultMembersFresh
	}
	return p.MembersFresh
}

// MayTouch names the emails of those who may do what touches a role: the owners
// where it is an owner's or may be one's, nobody in particular where it is not.
func (p SpacePolicy) MayTouch(target, next SpaceRole) []string {
	if Entitled(SpaceAdmin, target, next) {
		return nil
	}
	return p.Owners
}
