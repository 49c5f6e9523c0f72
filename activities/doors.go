package activities

import (
	"context"

	"handover/domain"
)

// SignIn is the identity provider in front of one app. What it says is about the
// door, never about the app: an account counts as gone when the app itself shows
// that.
type SignIn interface {
	// Provider is the kind of provider, for readers: "okta", "entra".
	Provider() string
	// Describe asks the provider about the app and tells, for a reader, how it
	// gives it, whether it pushes deactivations there, and what our credentials may
	// not do. It reads only.
	Describe(ctx context.Context) (domain.SignInFacts, error)
	// FindAssignment reads how a person, by work email, is given the app. Two
	// people with one email are a fault of kind conflict. Nobody with that email is
	// Absent without a User: they may have another one there.
	FindAssignment(ctx context.Context, email string) (domain.Assignment, error)
	// ReadAssignment reads it for somebody by the provider's id, whatever their email
	// is now. An id that the provider no longer knows is Absent.
	ReadAssignment(ctx context.Context, user string) (domain.Assignment, error)
	// Unassign takes away every way of an assignment that is not fixed. What is
	// gone already is success, with Already where nothing was to be done. The answer
	// is no proof: the caller reads with FindAssignment.
	Unassign(ctx context.Context, a domain.Assignment) (domain.Receipt, error)
	// Assign puts back the ways of an assignment as it was read before Unassign. One
	// without ways is given directly.
	Assign(ctx context.Context, a domain.Assignment) (domain.Receipt, error)
	// EndSessions ends the sessions that the provider keeps for a person. Sessions
	// that apps keep themselves live on.
	EndSessions(ctx context.Context, user string) (domain.Receipt, error)
	// ListAssigned lists who has the app at the provider.
	ListAssigned(ctx context.Context) (domain.AssignedListing, error)
	// LastSignIn tells when the provider saw a person sign in last.
	LastSignIn(ctx context.Context, user string) (domain.LastSignIn, error)
}

// Recipes are steps in an app's own pages that its administrator recorded, and
// that a browser plays in their signed-in profile.
type Recipes interface {
	// Has tells whether there is a recipe for a capability.
	Has(want domain.Capability) bool
	// Play plays a recipe for one person and answers with pictures of each step.
	// It stops before anything that it is not sure of with a fault that says what it
	// saw: conflict where the page is not as it was recorded or names somebody else,
	// unauthenticated where the app asks to sign in. Stopped early nothing was
	// clicked that acts; the fault of kind unavailable may have come after the act.
	// The pictures come back with a fault too.
	Play(ctx context.Context, want domain.Capability, in domain.RecipeInput) (domain.Played, error)
}

// Doors finds what stands beside an app's connector: nil where there is none.
type Doors interface {
	SignIn(app domain.AppID) SignIn
	Recipes(app domain.AppID) Recipes
}
