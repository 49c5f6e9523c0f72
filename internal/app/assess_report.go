package app

import (
	"time"

	"handover/domain"
)

// Assessment is what one look at an app and a roster shows. What could not be known
// is said in Unknown, with what to state so that it is.
type Assessment struct {
	App      domain.AppID    `json:"app"`
	Kind     string          `json:"kind"`
	ReadAt   time.Time       `json:"read_at"`
	Took     string          `json:"took"`
	Roster   AssessedRoster  `json:"roster"`
	Accounts AssessedList    `json:"accounts"`
	Known    AssessedKnown   `json:"known"` // how much of each part
	Leavers  []AssessedUser  `json:"leavers_still_active"`
	Leaving  []AssessedUser  `json:"leaving"` // with a last day ahead: they are with the company until then
	Nobodys  []AssessedUser  `json:"accounts_nobody_knows"`
	Invites  []AssessedUser  `json:"stale_invites"`
	Orphans  []AssessedOwned `json:"orphaned_records"`
	Boxes    []AssessedBox   `json:"mailboxes_still_linked"`
	Admins   AssessedAdmins  `json:"admins"`
	Seats    AssessedSeats   `json:"seats"`
	Activity []AssessedUse   `json:"activity"`
	Unknown  []string        `json:"unknown"`
	Commands []string        `json:"commands"` // that would clean up
	Calls    map[string]int  `json:"calls"`    // requests by endpoint
}

// AssessedRoster is the file that the app was compared with.
type AssessedRoster struct {
	People  int `json:"people"`
	Left    int `json:"left"`
	Leaving int `json:"leaving"`
	OnLeave int `json:"on_leave"`
}

// AssessedList is the app's list of users.
type AssessedList struct {
	Listed   int    `json:"listed"`
	Total    int    `json:"total"` // the app's own, -1 when it gives none
	Active   int    `json:"active"`
	Complete bool   `json:"complete"`
	Why      string `json:"why,omitempty"`
}

// AssessedUser is an account with what there is to say about it.
type AssessedUser struct {
	Account domain.AccountID `json:"account"`
	Email   string           `json:"email"`
	Name    string           `json:"name,omitempty"`
	Admin   domain.Tri       `json:"admin"`
	Seat    string           `json:"seat,omitempty"`
	Why     string           `json:"why"`
}

// AssessedOwned is what an account owns that nobody uses. A kind that is missing from
// Counts stands in Unknown.
type AssessedOwned struct {
	Account domain.AccountID          `json:"account"`
	Email   string                    `json:"email"`
	Active  domain.Tri                `json:"active"`
	Counts  map[domain.RecordKind]int `json:"counts"`
	Unknown []domain.RecordKind       `json:"unknown,omitempty"`
}

// AssessedBox is the mailboxes that such an account is still linked to. One that is
// not listed is an account of which the app shows nothing else any more.
type AssessedBox struct {
	Account   domain.AccountID `json:"account"`
	Email     string           `json:"email"`
	Listed    bool             `json:"listed"`
	Addresses []string         `json:"addresses"`
}

// AssessedAdmins is who may administer users and can work.
type AssessedAdmins struct {
	Working []AssessedUser `json:"working"`
	Maybe   int            `json:"maybe"` // of whom it is not known
	Note    string         `json:"note,omitempty"`
}

// AssessedSeats is the seats and the money. Numbers that are not known are -1.
type AssessedSeats struct {
	Bought   int            `json:"bought"`
	Occupied int            `json:"occupied"`
	Maybe    int            `json:"maybe"` // may sit on a paid one
	ByType   map[string]int `json:"by_type"`
	Free     int            `json:"free"`
	Price    string         `json:"price_per_seat"`
	Idle     string         `json:"cost_of_free_ones"`
	Leavers  int            `json:"held_by_leavers"`
	Wasted   string         `json:"cost_of_leavers"`
	Period   string         `json:"period,omitempty"`
	Notes    []string       `json:"notes"`
}

// AssessedUse is when an account was last seen to do something.
type AssessedUse struct {
	Account domain.AccountID `json:"account"`
	Email   string           `json:"email"`
	Last    domain.LastSeen  `json:"last"`
	Idle    domain.Tri       `json:"idle"`
	Why     string           `json:"why"`
}

// roster is the people of a file, as a directory.
type roster struct {
	by   map[string]domain.KnownPerson
	ends map[string]time.Time // last moments that lie ahead
}

// leaving is when somebody leaves who is here until then; zero for everybody else.
func (r roster) leaving(email string) time.Time { return r.ends[domain.NormalEmail(email)] }

// Of implements domain.Directory.
func (r roster) Of(_ domain.AccountID, email string) domain.KnownPerson {
	return r.by[domain.NormalEmail(email)]
}

// readRoster takes rows for people. Whoever manages somebody is known too, and so is
// whom the policy names.
func readRoster(rows []domain.RosterRow, p *domain.Policy, now time.Time) (roster, AssessedRoster) {
	r, n := roster{by: map[string]domain.KnownPerson{}, ends: map[string]time.Time{}}, AssessedRoster{People: len(rows)}
	name := func(email string) {
		email = domain.NormalEmail(email)
		if email != "" {
			who := r.by[email]
			who.ID, who.Named = domain.PersonID(email), true
			r.by[email] = who
		}
	}
	for _, row := range rows {
		who, ends := rosterPerson(row, p.Company.TimeZone, now)
		r.by[domain.NormalEmail(row.Email)] = who
		if who.Gone(now) {
			n.Left++
		}
		if who.State == domain.PersonOnLeave {
			n.OnLeave++
		}
		if !ends.IsZero() {
			r.ends[domain.NormalEmail(row.Email)] = ends
			n.Leaving++
		}
	}
	for _, row := range rows {
		name(row.Manager)
	}
	for _, person := range p.People {
		name(person.Email)
	}
	return r, n
}

// rosterPerson reads a row. A last day ahead counts for more than a status, because
// "terminated" often means only that it was entered: until then they are here, and the
// last moment is answered too.
func rosterPerson(row domain.RosterRow, zone string, now time.Time) (domain.KnownPerson, time.Time) {
	email := domain.NormalEmail(row.Email)
	who := domain.KnownPerson{ID: domain.PersonID(email), State: domain.PersonActive, Told: true, GoesOn: true, Manager: domain.PersonID(domain.NormalEmail(row.Manager))}
	who.Joined, _ = time.Parse(time.DateOnly, row.Starts)
	if row.Status == domain.RosterOnLeave {
		who.State = domain.PersonOnLeave
	}
	m := row.Moment(zone)
	if m == nil {
		if row.Status == domain.RosterLeft {
			who.State, who.GoesOn = domain.PersonLeft, false
		}
		return who, time.Time{}
	}
	at, err := m.Instant()
	if err == nil && at.After(now) {
		return who, at
	}
	if who.GoesOn = err != nil; !who.GoesOn {
		who.LastEnd = at
	}
	if row.Status == domain.RosterLeft {
		who.State, who.GoesOn = domain.PersonLeft, false
	}
	return who, time.Time{}
}

// emptyAssessment has lists that are empty and not null for whoever reads the JSON.
func emptyAssessment() Assessment {
	return Assessment{Leavers: []AssessedUser{}, Leaving: []AssessedUser{}, Nobodys: []AssessedUser{}, Invites: []AssessedUser{}, Orphans: []AssessedOwned{},
		Boxes: []AssessedBox{}, Admins: AssessedAdmins{Working: []AssessedUser{}}, Activity: []AssessedUse{}, Unknown: []string{}, Commands: []string{}}
}
