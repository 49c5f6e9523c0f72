package api

import (
	"time"

	"handover/domain"
)

// Person is somebody as a reader sees them.
type Person struct {
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
}

// Step is one step of a run in one app.
type Step struct {
	App       string     `json:"app"`
	Step      string     `json:"step"`
	Title     string     `json:"title"`
	Phase     string     `json:"phase"`
	State     string     `json:"state" doc:"planned, waiting, running, done_unverified, verified, attested, needs_attention, skipped or undone"`
	Channel   string     `json:"channel,omitempty" doc:"api, scim, idp, browser or person"`
	Why       string     `json:"why,omitempty"`
	RequestID string     `json:"request_id,omitempty" doc:"the app's id of the request whose answer proved the state"`
	Done      int        `json:"done"`
	Of        int        `json:"of"`
	ResumeAt  *time.Time `json:"resume_at,omitempty"`
	SettledAt *time.Time `json:"settled_at,omitempty"`
}

// CutOff is how long access outlived the last moment in one app.
type CutOff struct {
	App        string    `json:"app"`
	Channel    string    `json:"channel"`
	VerifiedAt time.Time `json:"verified_at"`
	Seconds    float64   `json:"seconds" doc:"from the last moment to verified absence; negative when access ended before"`
	Limit      float64   `json:"limit_seconds"`
	Class      string    `json:"class"`
}

// Run is one leaving, or one seat release.
type Run struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind"`
	State        string     `json:"state"`
	Why          string     `json:"why,omitempty"`
	Person       Person     `json:"person"`
	Apps         []string   `json:"apps"`
	Authority    string     `json:"authority"`
	Requester    Person     `json:"requester"`
	Confidential bool       `json:"confidential"`
	CutNow       bool       `json:"cut_now"`
	LastMoment   string     `json:"last_moment,omitempty"`
	Zone         string     `json:"zone,omitempty"`
	StartedAt    time.Time  `json:"started_at"`
	ClosedAt     *time.Time `json:"closed_at,omitempty"`
	Steps        []Step     `json:"steps,omitempty"`
	CutOffs      []CutOff   `json:"cut_offs,omitempty"`
	Approvals    []Approval `json:"approvals,omitempty"`
	Tasks        []Task     `json:"tasks,omitempty"`
}

// Rule is what a plan says about one kind of record.
type Rule struct {
	Kind      string `json:"kind"`
	Scope     string `json:"scope"`
	Count     int    `json:"count"`
	Ceiling   int    `json:"ceiling" doc:"at most so many before people are asked again"`
	Successor Person `json:"successor"`
}

// Plan is what people approve.
type Plan struct {
	Digest          string                `json:"digest"`
	Version         int                   `json:"version"`
	Order           string                `json:"order"`
	Rules           []Rule                `json:"rules"`
	Steps           []domain.PlannedStep  `json:"steps"`
	Guards          []domain.GuardFinding `json:"guards"`
	Mailboxes       int                   `json:"mailboxes"`
	ScheduledEmails int                   `json:"scheduled_emails"`
	Emails          string                `json:"emails"`
	Join            *domain.JoinTerms     `json:"join,omitempty" doc:"of a plan to join or to change role"`
}

// Decision is one person's answer.
type Decision struct {
	By        Person    `json:"by"`
	ActingFor *Person   `json:"acting_for,omitempty" doc:"whose voice it is, where somebody stands in"`
	Verdict   string    `json:"verdict"`
	Stage     int       `json:"stage"`
	At        time.Time `json:"at"`
	Channel   string    `json:"channel"`
}

// Approval is a request for a decision.
type Approval struct {
	ID        string     `json:"id"`
	Run       string     `json:"run"`
	App       string     `json:"app"`
	Scope     string     `json:"scope"`
	State     string     `json:"state"`
	Digest    string     `json:"digest"`
	Why       string     `json:"why"`
	Subject   Person     `json:"subject"`
	Approvers []Person   `json:"approvers"`
	Backup    []Person   `json:"backup" doc:"may decide too once the stage is late"`
	Decisions []Decision `json:"decisions"`
	OpenedAt  time.Time  `json:"opened_at"`

	Policy       string     `json:"policy" doc:"entry of the policy file, as it was frozen"`
	PolicyDigest string     `json:"policy_digest"`
	Stage        int        `json:"stage" doc:"from 1"`
	Stages       int        `json:"stages"`
	StageName    string     `json:"stage_name"`
	Quorum       int        `json:"quorum" doc:"so many people must agree in this stage"`
	LateAt       *time.Time `json:"late_at,omitempty" doc:"when the stage's time runs out"`
	OnTimeout    string     `json:"on_timeout,omitempty" doc:"escalate or deny"`
	HighRisk     bool       `json:"high_risk" doc:"decided with a personal token, not in Slack"`
	Because      string     `json:"because,omitempty" doc:"why you are asked"`
	ActingFor    *Person    `json:"acting_for,omitempty" doc:"in whose place you would decide"`

	Plan *Plan `json:"plan,omitempty"`
}

// Absence is a time in which somebody stands in for a person.
type Absence struct {
	ID         string    `json:"id"`
	Person     Person    `json:"person"`
	Substitute Person    `json:"substitute"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"`
	SetBy      Person    `json:"set_by" doc:"system where it stands in the policy file"`
}

// Task is something a person does.
type Task struct {
	ID           string    `json:"id"`
	Run          string    `json:"run"`
	App          string    `json:"app"`
	Steps        []string  `json:"steps"`
	Title        string    `json:"title"`
	Why          string    `json:"why"`
	Instructions []string  `json:"instructions"`
	Owner        Person    `json:"owner"`
	Backup       Person    `json:"backup"`
	Subject      Person    `json:"subject"`
	State        string    `json:"state"`
	Urgent       bool      `json:"urgent"`
	Attest       bool      `json:"attest" doc:"the app cannot show it: a proof and a second person are needed"`
	DueAt        time.Time `json:"due_at"`
	DoneBy       *Person   `json:"done_by,omitempty"`
	ConfirmedBy  *Person   `json:"confirmed_by,omitempty"`
}

// Event is one line of the audit log.
type Event struct {
	Seq       int64             `json:"seq"`
	At        time.Time         `json:"at"`
	Kind      string            `json:"kind"`
	Actor     Person            `json:"actor"`
	ActingFor *Person           `json:"acting_for,omitempty"`
	Subject   Person            `json:"subject"`
	Run       string            `json:"run,omitempty"`
	App       string            `json:"app,omitempty"`
	Step      string            `json:"step,omitempty"`
	Target    string            `json:"target,omitempty"`
	From      string            `json:"from,omitempty"`
	To        string            `json:"to,omitempty"`
	Channel   string            `json:"channel,omitempty"`
	Digest    string            `json:"digest,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
	Approved  []Person          `json:"approved_by,omitempty" doc:"whose word stands behind it"`
	Hash      string            `json:"hash"`
}

// Preview is what a leaving would do in one app.
type Preview struct {
	App     string         `json:"app"`
	Found   bool           `json:"found"`
	Hidden  bool           `json:"hidden,omitempty"` // the app shows no users: people look
	Account string         `json:"account"`
	Active  string         `json:"active"`
	Problem string         `json:"problem,omitempty"`
	Plan    Plan           `json:"plan"`
	Owned   map[string]int `json:"owned,omitempty"`
}

// Message is what a person hears back.
type Message struct {
	Text  string `json:"text"`
	State string `json:"state,omitempty"`
}

// OffboardBody asks for a leaving.
type OffboardBody struct {
	Email        string            `json:"email,omitempty" maxLength:"254"`
	Account      string            `json:"account,omitempty" maxLength:"64"`
	Apps         []string          `json:"apps,omitempty" maxItems:"100"`
	Successors   map[string]string `json:"successors,omitempty" doc:"email by kind of record; the empty kind is for all"`
	LastMoment   string            `json:"last_moment,omitempty" doc:"local date and time, 2026-12-18T17:30"`
	Zone         string            `json:"zone,omitempty" doc:"IANA zone; the company's when empty"`
	Now          bool              `json:"now,omitempty"`
	CutNow       bool              `json:"cut_now,omitempty"`
	Confidential bool              `json:"confidential,omitempty"`
	Readers      []string          `json:"readers,omitempty" maxItems:"50"`
	LegalHold    bool              `json:"legal_hold,omitempty"`
	Reason       string            `json:"reason,omitempty" maxLength:"2000"`
}

// Started is the run that stands for a request.
type Started struct {
	Run     Run  `json:"run"`
	Created bool `json:"created" doc:"false when the leaving had been started before"`
}
