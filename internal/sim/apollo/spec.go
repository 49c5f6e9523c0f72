package apollo

import "time"

// TenantSpec describes a team to seed. The same spec and the same Now give the same team, to the last id.
type TenantSpec struct {
	Seed uint64
	// Now is what ages and due times count from; zero means the simulator's clock at the time of seeding.
	Now          time.Time
	Subscription Subscription
	Users        []UserSpec
	Enrolments   []EnrolmentSpec
	Invites      []InviteSpec
	// CRMUser is the email address of the user whose credentials the CRM sync runs on.
	CRMUser string
	// KeyCreator is the email address of the user who made the API key.
	KeyCreator string
	// UnownedDeals is the number of deals without an owner.
	UnownedDeals int
	// CRMEvery gives each n-th contact and account a CRM owner; zero gives none.
	CRMEvery int
}

// UserSpec describes one user and what belongs to them.
type UserSpec struct {
	Email, First, Last, Title string
	// Profile is a permission profile's id; empty means ProfileStandard.
	Profile string
	Created time.Time
	Deleted bool
	// LastActive is the last day with activity; zero means yesterday. EmailsPerDay and TasksPerDay say how much.
	LastActive                time.Time
	EmailsPerDay, TasksPerDay int

	// Mailboxes are addresses; the first is the default one.
	Mailboxes                                           []string
	Contacts, Accounts                                  int
	OpenDeals, ClosedDeals                              int
	ScheduledTasks, CompletedTasks, SkippedTasks        int
	ActiveSequences, PausedSequences, ArchivedSequences int
	ScheduledEmails                                     int
	// SentEmails and Calls are one a day, back from LastActive.
	SentEmails, Calls int
	Workflows, Lists  int
}

// EnrolmentSpec puts contacts of one user into that user's first sequence, to be written to from somebody's mailbox.
type EnrolmentSpec struct {
	// Owner is the email address of the sequence's owner, From the address of the sending mailbox.
	Owner, From string
	Contacts    int
}

// InviteSpec is an invite nobody has accepted yet.
type InviteSpec struct{ Email, Profile, InvitedBy string }

// Prices per seat and month in cents of a dollar, by billing rhythm, as the vendor's price page had them in 2026.
var seatPrices = map[string]map[string]int{
	PlanBasic:        {BillingMonthly: 5900, BillingAnnual: 4900},
	PlanProfessional: {BillingMonthly: 9900, BillingAnnual: 7900},
	PlanOrganization: {BillingMonthly: 14900, BillingAnnual: 11900},
}

// DemoTenant is a sales team of fifteen people. dana.reyes@example.com is about to leave; eli.park@example.com is her
// manager.
func DemoTenant() TenantSpec {
	since := func(year int, month time.Month) time.Time { return time.Date(year, month, 3, 9, 0, 0, 0, time.UTC) }
	return TenantSpec{
		Seed:         20261118,
		Subscription: Subscription{Plan: PlanOrganization, Billing: BillingAnnual, Seats: 16},
		CRMUser:      "dana.reyes@example.com",
		KeyCreator:   "priya.nair@example.com",
		UnownedDeals: 3,
		CRMEvery:     20,
		Users: []UserSpec{
			{Email: "priya.nair@example.com", First: "Priya", Last: "Nair", Title: "IT Administrator", Profile: ProfileAdmin,
				Created: since(2022, 3), TasksPerDay: 1, Workflows: 2},
			{Email: "sam.okafor@example.com", First: "Sam", Last: "Okafor", Title: "Revenue Operations", Profile: ProfileAdmin,
				Created: since(2022, 9), Mailboxes: []string{"sam.okafor@example.com"}, Contacts: 120, Accounts: 20,
				ActiveSequences: 2, Workflows: 4, Lists: 6, EmailsPerDay: 4, TasksPerDay: 2},
			{Email: "finn.walsh@example.com", First: "Finn", Last: "Walsh", Title: "Finance", Profile: ProfileBilling,
				Created: since(2023, 1)},
			demoManager(since(2023, 2)),
			demoLeaver(since(2023, 6)),
			demoRep("aiko.mori@example.com", "Aiko", "Mori", since(2023, 8), 900),
			demoRep("bruno.costa@example.com", "Bruno", "Costa", since(2023, 11), 740),
			demoRep("carla.jensen@example.com", "Carla", "Jensen", since(2024, 1), 610),
			demoRep("dmitri.volkov@example.com", "Dmitri", "Volkov", since(2024, 4), 480),
			demoRep("esther.boateng@example.com", "Esther", "Boateng", since(2024, 9), 350),
			demoRep("faisal.haddad@example.com", "Faisal", "Haddad", since(2025, 2), 280),
			demoRep("grace.liu@example.com", "Grace", "Liu", since(2025, 5), 190),
			demoRep("hugo.martin@example.com", "Hugo", "Martin", since(2025, 10), 90),
			{Email: "ivy.stone@example.com", First: "Ivy", Last: "Stone", Title: "Call Coach", Profile: ProfileCallAssistant,
				Created: since(2026, 2), TasksPerDay: 3},
			{Email: "jonas.berg@example.com", First: "Jonas", Last: "Berg", Created: since(2023, 4), Deleted: true,
				LastActive: since(2026, 5), EmailsPerDay: 10, Contacts: 85, Accounts: 9, OpenDeals: 2, ClosedDeals: 6,
				PausedSequences: 2},
		},
		Enrolments: []EnrolmentSpec{
			{Owner: "dana.reyes@example.com", From: "dana.reyes@example.com", Contacts: 120},
			{Owner: "aiko.mori@example.com", From: "dana.reyes@example.com", Contacts: 14},
			{Owner: "bruno.costa@example.com", From: "dana.reyes@sales.example.com", Contacts: 9},
			{Owner: "carla.jensen@example.com", From: "carla.jensen@example.com", Contacts: 40},
		},
		Invites: []InviteSpec{{Email: "kim.novak@example.com", Profile: ProfileStandard, InvitedBy: "priya.nair@example.com"}},
	}
}

func demoLeaver(created time.Time) UserSpec {
	return UserSpec{
		Email: "dana.reyes@example.com", First: "Dana", Last: "Reyes", Title: "Account Executive", Created: created,
		EmailsPerDay: 18, TasksPerDay: 9, Mailboxes: []string{"dana.reyes@example.com", "dana.reyes@sales.example.com"},
		Contacts: 2300, Accounts: 180, OpenDeals: 25, ClosedDeals: 15, ScheduledTasks: 60, CompletedTasks: 45, SkippedTasks: 5,
		ActiveSequences: 15, PausedSequences: 8, ArchivedSequences: 4, ScheduledEmails: 40, Workflows: 3, Lists: 4,
	}
}

func demoManager(created time.Time) UserSpec {
	return UserSpec{
		Email: "eli.park@example.com", First: "Eli", Last: "Park", Title: "Head of Sales", Created: created,
		EmailsPerDay: 6, TasksPerDay: 4, Mailboxes: []string{"eli.park@example.com"},
		Contacts: 310, Accounts: 42, OpenDeals: 12, ClosedDeals: 30, ScheduledTasks: 20, CompletedTasks: 35,
		ActiveSequences: 3, PausedSequences: 1, ScheduledEmails: 12, Workflows: 1, Lists: 3,
	}
}

func demoRep(email, first, last string, created time.Time, contacts int) UserSpec {
	return UserSpec{
		Email: email, First: first, Last: last, Title: "Account Executive", Created: created,
		EmailsPerDay: 15, TasksPerDay: 7, Mailboxes: []string{email},
		Contacts: contacts, Accounts: contacts / 10, OpenDeals: contacts / 60, ClosedDeals: contacts / 90,
		ScheduledTasks: contacts / 40, CompletedTasks: contacts / 30, ActiveSequences: 2, PausedSequences: 1,
		ArchivedSequences: 1, ScheduledEmails: contacts / 50, Lists: 2,
	}
}

// BenchTenant is a large team in which leaver@example.com owns the given numbers of records and colleagues own two
// fifths again and more: with 50,000 contacts the team has 120,000. successor@example.com takes over.
func BenchTenant(contacts, accounts, openDeals, tasks, sequences int) TenantSpec {
	created := time.Date(2023, 1, 9, 9, 0, 0, 0, time.UTC)
	spec := TenantSpec{
		Seed: 7, Subscription: Subscription{Plan: PlanOrganization, Billing: BillingAnnual, Seats: 60},
		KeyCreator: "admin@example.com",
		Users: []UserSpec{
			{Email: "admin@example.com", First: "Ada", Last: "Admin", Profile: ProfileAdmin, Created: created},
			{Email: "second.admin@example.com", First: "Noor", Last: "Admin", Profile: ProfileAdmin, Created: created.AddDate(0, 1, 0)},
			{Email: "leaver@example.com", First: "Lee", Last: "Leaver", Created: created.AddDate(0, 2, 0),
				Mailboxes: []string{"leaver@example.com"}, Contacts: contacts, Accounts: accounts, OpenDeals: openDeals,
				ScheduledTasks: tasks, ActiveSequences: sequences, ScheduledEmails: 40, Workflows: 2, Lists: 2},
			{Email: "successor@example.com", First: "Sue", Last: "Successor", Created: created.AddDate(0, 3, 0),
				Mailboxes: []string{"successor@example.com"}, Contacts: contacts / 5, Accounts: accounts / 5,
				OpenDeals: openDeals / 5, ScheduledTasks: tasks / 5, ActiveSequences: sequences / 5},
			{Email: "colleague@example.com", First: "Cleo", Last: "Colleague", Created: created.AddDate(0, 4, 0),
				Mailboxes: []string{"colleague@example.com"}, Contacts: contacts + contacts/5, Accounts: accounts,
				OpenDeals: openDeals, ScheduledTasks: tasks, ActiveSequences: sequences},
		},
	}
	return spec
}
