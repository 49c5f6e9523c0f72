package activities

import (
	"context"

	"handover/domain"
)

// Connector is the code for one tenant of one kind of app. Everything but
// listing accounts is an optional capability, found by type assertion to the
// interfaces below; what a connector cannot do goes to a person.
type Connector interface {
	// Kind is the name the connector is registered under, for example "apollo.io".
	Kind() string
	// ListAccounts reads all accounts. A listing that could not be read to its
	// end comes back with Complete false and no error only if the app itself
	// cut it short; any other trouble is a fault. An app that shows nobody at all
	// answers with Hidden: people look where no guard and no read-back can.
	ListAccounts(ctx context.Context) (domain.Listing, error)
	// Channels tells, for each capability of the runbook, how this tenant can
	// carry it out, and why.
	Channels() []domain.ChannelChoice
}

// Deactivator can end a user's access.
type Deactivator interface {
	// DeactivateAccount acts and returns what the door answered. The answer is
	// no proof: the caller reads the account back with ListAccounts. An account
	// that is inactive already is success with Already set. Without a door it
	// is a fault of kind unsupported that says why.
	DeactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error)
}

// DoorFinder finds ahead by what id the door for cutting access knows an account,
// so that one call is enough when the moment comes. "" means that it knows none.
type DoorFinder interface {
	FindDoor(ctx context.Context, account domain.Account) (string, error)
}

// Reactivator can give a user back the access that DeactivateAccount ended.
type Reactivator interface {
	ReactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error)
}

// ActingUser tells as whom our credentials act. Offboarding that person pulls
// the rug from under the run.
type ActingUser interface {
	ActingAccount(ctx context.Context) (domain.AccountID, error)
}

// GrantChecker names the rights for reading that our credentials lack.
type GrantChecker interface {
	CheckGrants(ctx context.Context) ([]string, error)
}

// MailboxLister lists the mailboxes that are linked to an account. Rows that
// the app keeps for an unlinked mailbox come back with Active false.
type MailboxLister interface {
	ListMailboxes(ctx context.Context, account domain.AccountID) (domain.MailboxListing, error)
}

// ScheduledEmailLister lists emails that wait to be sent from the given
// mailboxes or in the account's name.
type ScheduledEmailLister interface {
	ListScheduledEmails(ctx context.Context, account domain.AccountID, mailboxes []string) ([]domain.ScheduledEmail, error)
	// ReadEmails reads the given emails again, whatever became of them. An email
	// that the app no longer shows is missing from the answer.
	ReadEmails(ctx context.Context, account domain.AccountID, ids []string) ([]domain.ScheduledEmail, error)
}

// OwnedThings counts, by name, what an account owns that no API can move:
// for example lists. The names are those of the runbook's steps.
type OwnedThings interface {
	CountOwned(ctx context.Context, account domain.AccountID) (domain.OwnedCounts, error)
}

// EnrolmentCounter counts enrolments that still send from the account's
// mailboxes in sequences of other people; -1 where that cannot be told cheaply.
type EnrolmentCounter interface {
	CountForeignEnrolments(ctx context.Context, account domain.AccountID, mailboxes []string) (int, error)
}

// RecordMover lists and moves owned records.
type RecordMover interface {
	// RecordRules names the kinds this connector can move and how.
	RecordRules() []domain.RecordRule
	// RecordPage reads one page of the records of a kind that belong to owner.
	// The first page has an empty cursor. The order is stable under writes.
	RecordPage(ctx context.Context, kind domain.RecordKind, owner domain.AccountID, cursor string) (domain.RecordPage, error)
	// MoveRecords gives up to BatchSize records to a new owner and returns the
	// app's echo. It does not retry: after a transport failure the caller cannot
	// know whether it was applied and reads back.
	MoveRecords(ctx context.Context, kind domain.RecordKind, records []domain.Record, to domain.AccountID) (domain.Moved, error)
	// ReadRecords reads single records again by id, for samples and for undo.
	ReadRecords(ctx context.Context, kind domain.RecordKind, ids []string) ([]domain.Record, error)
}

// Connectors finds the connector of an app.
type Connectors interface {
	Connector(app domain.AppID) (Connector, error)
}
