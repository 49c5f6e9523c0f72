package api

import (
	"time"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// KnownPerson is somebody of the directory.
type KnownPerson struct {
	ID          string       `json:"id"`
	Email       string       `json:"email"`
	Name        string       `json:"name,omitempty"`
	State       string       `json:"state" doc:"active, on_leave, leaving or left"`
	Kind        string       `json:"employment_type,omitempty" doc:"employee, contractor, external, service, …"`
	Department  string       `json:"department,omitempty"`
	Title       string       `json:"title,omitempty"`
	Location    string       `json:"location,omitempty"`
	Manager     *Person      `json:"manager,omitempty"`
	Roles       []string     `json:"roles,omitempty" doc:"what they may do in Handover"`
	Sponsor     *Person      `json:"sponsor,omitempty" doc:"answers for somebody whom HR does not know"`
	Ends        *time.Time   `json:"ends,omitempty" doc:"of an external or a service account"`
	Employments []Employment `json:"employments,omitempty"`
}

// Employment is one hire, with what HR last said of its end.
type Employment struct {
	ID         string     `json:"id"`
	Kind       string     `json:"employment_type,omitempty"`
	State      string     `json:"state" doc:"open, ending or ended"`
	Starts     *time.Time `json:"starts,omitempty"`
	LastMoment string     `json:"last_moment,omitempty"`
	Zone       string     `json:"zone,omitempty"`
	Ends       *time.Time `json:"ends,omitempty"`
	SaidAt     *time.Time `json:"said_at,omitempty" doc:"HR's own time"`
}

// HREvent is one thing that HR said, with what came of it. Of a confidential
// leaving others are shown only that there was an event.
type HREvent struct {
	ID           string     `json:"id"`
	Source       string     `json:"source"`
	Type         string     `json:"type,omitempty"`
	Employment   string     `json:"employment_id,omitempty"`
	Email        string     `json:"email,omitempty"`
	OccurredAt   *time.Time `json:"occurred_at,omitempty" doc:"HR's own time"`
	ReceivedAt   time.Time  `json:"received_at"`
	DoneAt       *time.Time `json:"done_at,omitempty"`
	LastMoment   string     `json:"last_moment,omitempty"`
	Zone         string     `json:"zone,omitempty"`
	Confidential bool       `json:"confidential"`
	Outcome      string     `json:"outcome,omitempty" doc:"waiting, started, told, stands, superseded, held, cancelled, noted or refused"`
	Why          string     `json:"why,omitempty"`
	Run          string     `json:"run,omitempty"`
	Batch        string     `json:"batch,omitempty" doc:"of the brake"`
}

// RosterRow is one person of a roster. Empty fields say nothing.
type RosterRow struct {
	Line       int    `json:"line" minimum:"1" doc:"of the file"`
	Employment string `json:"employment_id,omitempty" maxLength:"500"`
	Email      string `json:"email" maxLength:"254"`
	Name       string `json:"name,omitempty" maxLength:"500"`
	Manager    string `json:"manager_email,omitempty" maxLength:"254"`
	Department string `json:"department,omitempty" maxLength:"500"`
	Title      string `json:"title,omitempty" maxLength:"500"`
	Location   string `json:"location,omitempty" maxLength:"500"`
	Kind       string `json:"employment_type,omitempty" maxLength:"500"`
	Status     string `json:"status,omitempty" doc:"active, on_leave or left" maxLength:"20"`
	Starts     string `json:"start_date,omitempty" maxLength:"32"`
	LastDay    string `json:"last_day,omitempty" maxLength:"32" doc:"a date, or a local date and time"`
	Zone       string `json:"time_zone,omitempty" maxLength:"64"`
}

// RosterBody is a roster.
type RosterBody struct {
	Source string      `json:"source,omitempty" maxLength:"40" doc:"whose employment ids stand in it: an HR source of the policy; hr when empty"`
	Full   bool        `json:"full,omitempty" doc:"who is not in it counts as a leaver"`
	Apply  bool        `json:"apply,omitempty" doc:"carry it out; else only tell what would happen"`
	Rows   []RosterRow `json:"rows" minItems:"1" maxItems:"200000"`
}

// RosterPlan is what a roster does, or would do.
type RosterPlan struct {
	Rows    int             `json:"rows"`
	Known   int             `json:"known" doc:"people who stay as they are"`
	New     []string        `json:"new"`
	Changed []string        `json:"changed"`
	OnLeave []string        `json:"on_leave" doc:"they are no leavers"`
	Leaving []RosterLeaving `json:"leaving"`
	Past    []string        `json:"past" doc:"left long ago: noted, and no leaving starts"`
	Missing []string        `json:"missing" doc:"not in a full roster any more"`
	Held    string          `json:"held,omitempty" doc:"why the brake holds them"`
	Applied bool            `json:"applied"`
}

// RosterLeaving is a leaving that a roster starts or moves.
type RosterLeaving struct {
	Email string `json:"email"`
	When  string `json:"when"`
	What  string `json:"what"`
}

func (v *viewer) known(p domain.Person) KnownPerson {
	out := KnownPerson{ID: string(p.ID), Email: p.Email, Name: p.Name, State: string(p.State), Kind: p.Kind, Department: p.Department, Title: p.Title,
		Location: p.Location, Manager: v.maybe(p.Manager), Sponsor: v.maybe(p.Sponsor), Ends: when(p.Ends)}
	for _, r := range p.Roles {
		out.Roles = append(out.Roles, string(r))
	}
	return out
}

func (v *viewer) employment(e desk.EmploymentDetail) Employment {
	out := Employment{ID: e.Employment.ID, Kind: e.Employment.Kind, State: string(e.Employment.State), Starts: when(e.Employment.Starts),
		LastMoment: e.Moment.Local, Zone: e.Moment.Zone, Ends: when(e.Employment.Ends), SaidAt: when(e.Employment.SaidAt)}
	if e.Employment.State == domain.EmploymentOpen {
		out.State = "open"
	}
	return out
}

func (v *viewer) hrEvent(r store.HRRecord) HREvent {
	e := r.Event
	out := HREvent{ID: e.ID, Source: e.Source, Type: string(e.Type), Employment: e.Employment, Email: e.Email, OccurredAt: when(e.OccurredAt), ReceivedAt: r.ReceivedAt,
		DoneAt: when(r.DoneAt), Confidential: e.Confidential, Outcome: string(r.Outcome), Why: r.Why, Run: r.Run, Batch: r.Batch}
	if e.LastMoment != nil {
		out.LastMoment, out.Zone = e.LastMoment.Local, e.LastMoment.Zone
	}
	return out
}

func (v *viewer) roster(p desk.RosterPlan) RosterPlan {
	out := RosterPlan{Rows: p.Rows, Known: p.Known, New: some(p.New), Changed: some(p.Changed), OnLeave: some(p.OnLeave), Past: some(p.Past), Missing: some(p.Missing), Held: p.Held,
		Applied: p.Applied, Leaving: []RosterLeaving{}}
	for _, l := range p.Leaving {
		out.Leaving = append(out.Leaving, RosterLeaving{Email: l.Email, When: l.When, What: l.What})
	}
	return out
}

// some is a list that is never null.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
