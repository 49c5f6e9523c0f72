package domain

import "context"

// Capability is something a connector may be able to do. Workflows ask for a
// capability by app id and never know an app by name.
type Capability string

// The capabilities that runbooks ask for.
const (
	CanListAccounts       Capability = "account.list"
	CanDeactivate         Capability = "account.deactivate"
	CanReactivate         Capability = "account.reactivate"
	CanListMailboxes      Capability = "mailbox.list"
	CanUnlinkMailbox      Capability = "mailbox.unlink"
	CanListScheduledEmail Capability = "email.list_scheduled"
	CanMoveRecords        Capability = "records.move"
	CanListEnrolments     Capability = "enrolment.list"
	CanListLists          Capability = "list.list"
	CanMoveWorkflows      Capability = "workflow.move"
	CanMoveLists          Capability = "list.move"
	CanMoveCRMCredentials Capability = "crm.move"
	CanChangeRole         Capability = "account.change_role"
	CanReduceSeats        Capability = "seat.reduce"
	CanRotateSecrets      Capability = "secret.rotate"
	CanRevokeSignIn       Capability = "sign_in.revoke"
)

// Channel is how a step is carried out. Step, approval, read-back and evidence
// are the same on every channel.
type Channel string

// The channels, in the order in which they are preferred where several work.
const (
	ChannelAPI     Channel = "api"
	ChannelSCIM    Channel = "scim"
	ChannelIDP     Channel = "idp"
	ChannelBrowser Channel = "browser"
	ChannelPerson  Channel = "person"
)

// ChannelChoice says which channel this tenant's plan and settings allow for a
// capability, and why, in a sentence that an administrator can act on.
type ChannelChoice struct {
	Capability Capability `json:"capability"`
	Channel    Channel    `json:"channel"`
	Why        string     `json:"why"`
}

// Urgency ranks requests in every rate window and in every line before one.
type Urgency int

// Ranks, the lowest first.
const (
	UrgencyBulk   Urgency = iota
	UrgencyMoment         // cut-offs at a last moment, and their guards
	UrgencyNow            // security terminations
)

type urgencyKey struct{}

// WithUrgency marks a context whose requests go before bulk work in every rate
// window: cut-offs and their guards.
func WithUrgency(ctx context.Context) context.Context { return AtUrgency(ctx, UrgencyMoment) }

// AtUrgency gives the requests of a context a rank.
func AtUrgency(ctx context.Context, u Urgency) context.Context {
	return UrgencyFrom(ctx, func() Urgency { return u })
}

// UrgencyFrom gives the requests of a context a rank that may rise while they
// wait: work that is shared is as urgent as the most urgent of those who wait
// for it.
func UrgencyFrom(ctx context.Context, rank func() Urgency) context.Context {
	return context.WithValue(ctx, urgencyKey{}, rank)
}

// UrgencyOf is the rank of a context's requests at this moment.
func UrgencyOf(ctx context.Context) Urgency {
	if rank, ok := ctx.Value(urgencyKey{}).(func() Urgency); ok {
		return rank()
	}
	return UrgencyBulk
}

// Urgent tells whether the requests of a context go before bulk work.
func Urgent(ctx context.Context) bool { return UrgencyOf(ctx) > UrgencyBulk }
