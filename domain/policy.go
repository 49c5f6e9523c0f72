package domain

import (
	"maps"
	"slices"
	"time"
)

// Policy is what the policy file says: who may do what, how each app is
// handled, who decides, and how long is waited. People stand in it by email;
// they are turned into opaque ids when a run starts.
type Policy struct {
	Version    int                            `yaml:"version"`
	Company    CompanyPolicy                  `yaml:"company"`
	Slack      SlackPolicy                    `yaml:"slack"`
	Calendars  map[string]*CalendarPolicy     `yaml:"calendars"`
	People     []PersonPolicy                 `yaml:"people"`
	Providers  map[ProviderID]*ProviderPolicy `yaml:"identity_providers"`
	Apps       map[AppID]*AppPolicy           `yaml:"apps"`
	Approvals  map[string]*ApprovalSetting    `yaml:"approvals"`
	Brake      BrakePolicy                    `yaml:"brake"`
	Birthright []BirthrightPolicy             `yaml:"birthright"`
	HR         HRPolicy                       `yaml:"hr"`
	Reviews    ReviewPolicy                   `yaml:"reviews"`
	Reconcile  ReconcilePolicy                `yaml:"reconcile"`
	Audit      AuditPolicy                    `yaml:"audit"`
	Leaving    LeavingPolicy                  `yaml:"leaving"`
	Hash       string                         `yaml:"-"` // SHA-256 of the file
}

// CompanyPolicy is what holds for the whole company.
type CompanyPolicy struct {
	Name     string `yaml:"name"`
	TimeZone string `yaml:"time_zone"`
	People   int    `yaml:"people"`   // how many there are, where HR sends no roster: shares are counted from it
	Calendar string `yaml:"calendar"` // entry of calendars for everybody without one of their own
}

// SlackPolicy is how Slack is used beside direct messages.
type SlackPolicy struct {
	Channel string `yaml:"channel"` // id of the channel of operations; never for confidential runs
}

// CalendarPolicy is a working time as it is written in the file.
type CalendarPolicy struct {
	TimeZone string   `yaml:"time_zone"`
	Days     []string `yaml:"days"`  // mon, tue, ...
	Hours    string   `yaml:"hours"` // 09:00-17:30
	Holidays []string `yaml:"holidays"`
}

// AwayPolicy is a time in which somebody else stands in for a person.
type AwayPolicy struct {
	From       string `yaml:"from"`  // date, or local date and time
	Until      string `yaml:"until"` // a date is included
	Substitute string `yaml:"substitute"`
}

// PersonPolicy grants roles to somebody who works with Handover.
type PersonPolicy struct {
	Email    string       `yaml:"email"`
	Name     string       `yaml:"name"`
	Manager  string       `yaml:"manager"`
	Roles    []Role       `yaml:"roles"`
	Calendar string       `yaml:"calendar"`
	Slack    string       `yaml:"slack"` // user id, where the email in Slack is another
	Away     []AwayPolicy `yaml:"away"`
}

// AppPolicy is how one app is handled.
type AppPolicy struct {
	Kind          string                     `yaml:"kind"`
	Queue         string                     `yaml:"queue"`
	Plan          string                     `yaml:"plan"`
	Owner         string                     `yaml:"owner"`
	Backup        string                     `yaml:"backup"`
	Second        string                     `yaml:"second"`
	Credentials   CredentialPolicy           `yaml:"credentials"`
	Profiles      map[string]ProfilePolicy   `yaml:"profiles"`
	Order         RunOrder                   `yaml:"order"`
	Scopes        map[RecordKind]RecordScope `yaml:"scopes"`
	Emails        EmailChoice                `yaml:"emails"`
	KeepTogether  bool                       `yaml:"keep_together"`
	Drift         DriftLimits                `yaml:"drift"`
	Canary        int                        `yaml:"canary"`
	IndexLag      time.Duration              `yaml:"index_lag"`
	Protected     []string                   `yaml:"protected"`
	Secrets       []SecretPolicy             `yaml:"secrets"`
	Seats         SeatPolicy                 `yaml:"seats"`
	CutOff        CutOffPolicy               `yaml:"cut_off"`
	Approval      string                     `yaml:"approval"`
	SeatApproval  string                     `yaml:"seat_approval"`
	StartApproval string                     `yaml:"start_approval"` // of a run that no HR event stands behind
	DriftApproval string                     `yaml:"drift_approval"`
	Windows       map[string]time.Duration   `yaml:"windows"`
	Roles         map[string]RolePolicy      `yaml:"roles"` // of kind scim: by role, entitlement or group
	SCIM          SCIMPolicy                 `yaml:"scim"`  // of kind scim
	SignIn        SignInPolicy               `yaml:"sign_in"`
	Joining       JoiningPolicy              `yaml:"joining"`
	Browser       BrowserPolicy              `yaml:"browser"`
	Instructions  map[StepKey]string         `yaml:"instructions"` // what a person does, by step
	Space         SpacePolicy                `yaml:"space"`        // of kind apollo.space
	Observe       time.Duration              `yaml:"observe"`
	Review        AppReviewPolicy            `yaml:"review"`
	SCIMPerMinute int                        `yaml:"scim_per_minute"` // requests that the SCIM door admits; 0: nobody told
}

// CredentialPolicy names the environment variables that hold an app's
// credentials, never the credentials themselves.
type CredentialPolicy struct {
	APIKey    string `yaml:"api_key"`
	BaseURL   string `yaml:"base_url"`
	SCIMURL   string `yaml:"scim_url"`
	SCIMToken string `yaml:"scim_token"`
	KeyOwner  string `yaml:"key_owner"` // email of who made the key
}

// ProfilePolicy says what a permission profile of the app means: no interface
// tells it. What is not said is unknown, and guards stay shut on it.
type ProfilePolicy struct {
	Name     string `yaml:"name"`
	Admin    Tri    `yaml:"admin"`
	FullSeat Tri    `yaml:"full_seat"`
	Seat     string `yaml:"seat"`
}

// AllRoles are the roles of an app as the policy explains them, by key.
func (a AppPolicy) AllRoles() []AppRole {
	if a.Kind == KindApolloSpace {
		return SpaceRoles()
	}
	var all []AppRole
	for _, key := range slices.Sorted(maps.Keys(a.Profiles)) {
		p := a.Profiles[key]
		all = append(all, AppRole{Key: key, Name: p.Name, Admin: orUnknown(p.Admin), FullSeat: orUnknown(p.FullSeat), Seat: p.Seat})
	}
	for _, key := range slices.Sorted(maps.Keys(a.Roles)) {
		p := a.Roles[key]
		if key != RoleNone {
			all = append(all, AppRole{Key: key, Name: orText(p.Name, key), Admin: orUnknown(p.Admin), Owner: p.Owner, FullSeat: orUnknown(p.FullSeat), Seat: p.Seat})
		}
	}
	return all
}

func orUnknown(t Tri) Tri {
	if t == "" {
		return Unknown
	}
	return t
}

func orText(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// RolePolicy says what a role, an entitlement or a group that SCIM shows means.
// SCIM carries the value and gives it no meaning (RFC 7643 section 4.1.2).
type RolePolicy struct {
	Name     string `yaml:"name"`
	Admin    Tri    `yaml:"admin"`     // may administer users
	Owner    bool   `yaml:"owner"`     // above admins: only owners touch owners
	FullSeat Tri    `yaml:"full_seat"` // sits on a paid seat
	Seat     string `yaml:"seat"`      // name of the seat type
}

// JoiningPolicy is how people join an app and change role in it.
type JoiningPolicy struct {
	Role         string        `yaml:"role"`          // starting role, by key or name
	Approval     string        `yaml:"approval"`      // entry of approvals; "" is the app's own
	RoleApproval string        `yaml:"role_approval"` // entry for privileged roles, on top of it; "" is none of its own
	InviteLife   time.Duration `yaml:"invite_life"`   // after which an invite is no longer good; 0: nobody says
	Check        time.Duration `yaml:"check"`         // between two looks whether an invite was accepted
}

// BirthrightPolicy gives apps on the first day to whoever fits: every field that is
// written must be the person's, without regard to case. An entry without any
// condition gives its apps to everybody, and has to say so.
type BirthrightPolicy struct {
	Department string           `yaml:"department"`
	Title      string           `yaml:"title"`
	Location   string           `yaml:"location"`
	Everybody  bool             `yaml:"everybody"`
	Apps       map[AppID]string `yaml:"apps"` // role by app, by key or name; "" is the starting role
}

// SCIMPolicy is how one app wants SCIM to be spoken.
type SCIMPolicy struct {
	Remove        string `yaml:"remove"`         // deactivate, delete
	RoleAttribute string `yaml:"role_attribute"` // under which the app takes roles: roles, entitlements; "" is that nobody said
}

// The words of SCIMPolicy.
const (
	SCIMDeactivate   = "deactivate"
	SCIMDelete       = "delete"
	SCIMRoles        = "roles"
	SCIMEntitlements = "entitlements"
)

// RoleNone is the key in AppPolicy.Roles for users of whom SCIM shows no role,
// entitlement or group.
const RoleNone = "none"

// SecretPolicy is something that people who use the app may know.
type SecretPolicy struct {
	Name        string `yaml:"name"`
	Instruction string `yaml:"instruction"`
	Owner       string `yaml:"owner"`
}

// SeatPolicy is the contract for an app's seats.
type SeatPolicy struct {
	Bought     *int          `yaml:"bought"`
	AsOf       string        `yaml:"as_of"`
	SaidBy     string        `yaml:"said_by"`
	Billing    Billing       `yaml:"billing"`
	Renewal    string        `yaml:"renewal"`
	NoticeDays int           `yaml:"notice_days"`
	LeadDays   int           `yaml:"lead_days"`
	Minimum    int           `yaml:"minimum"`
	PriceMinor *int64        `yaml:"price_minor"` // of a full seat; what is not said is the table's, then the vendor's guide's
	Prices     []PricePolicy `yaml:"prices"`
	Currency   string        `yaml:"currency"`
	PriceDate  string        `yaml:"price_date"`
}

// PricePolicy is one line of an app's table of prices: of one seat of a type for one
// billing period, under a plan.
type PricePolicy struct {
	Seat       string  `yaml:"seat"` // "" is a full one
	Plan       string  `yaml:"plan"`
	Billing    Billing `yaml:"billing"`
	PriceMinor int64   `yaml:"price_minor"`
}

// CutOffPolicy is how long access may outlive the last moment, by class.
type CutOffPolicy struct {
	Privileged time.Duration `yaml:"privileged"`
	Others     time.Duration `yaml:"others"`
}

// ApprovalSetting is an approval policy as it is written in the file.
type ApprovalSetting struct {
	Stages   []StageSetting `yaml:"stages"`
	Self     bool           `yaml:"allow_self"`
	Distinct bool           `yaml:"distinct_people"`
	Reminder time.Duration  `yaml:"reminder"`
	HighRisk bool           `yaml:"high_risk"`            // decided with a personal token, not in Slack
	Clock    string         `yaml:"clock"`                // working, wall
	Gains    *[]RecordKind  `yaml:"gains"`                // kinds by which a successor gains, so that they may not decide
	Heir     *bool          `yaml:"default_heir_decides"` // who inherits by policy may decide all the same
}

// StageSetting is one stage. Who and Backup hold references: see Ref.
type StageSetting struct {
	Name      string         `yaml:"name"`
	Who       []string       `yaml:"who"`
	Backup    []string       `yaml:"backup"`
	Quorum    int            `yaml:"quorum"`
	Timeout   time.Duration  `yaml:"timeout"`
	OnTimeout TimeoutOutcome `yaml:"on_timeout"` // escalate, deny
}

// LeavingPolicy is what holds for leaving in every app.
type LeavingPolicy struct {
	CutOffApproval string          `yaml:"cut_off_approval"`     // when-not-hr, always
	NoticeDays     *int            `yaml:"notice_days"`          // working days before the last moment that people are asked who inherits
	Readers        []string        `yaml:"confidential_readers"` // who may see a confidential leaving that HR starts
	CutNow         CutNowPolicy    `yaml:"cut_now"`
	Reminder       time.Duration   `yaml:"reminder"`
	TaskDue        time.Duration   `yaml:"task_due"`
	TaskLead       time.Duration   `yaml:"task_lead"`
	UrgentPage     time.Duration   `yaml:"urgent_page"`
	ReadBacks      []time.Duration `yaml:"read_backs"`
	Sweeps         []time.Duration `yaml:"sweeps"`
	SlowRetry      time.Duration   `yaml:"slow_retry"`
	RetryInitial   time.Duration   `yaml:"retry_initial"`
	RetryMax       time.Duration   `yaml:"retry_max"`
	Attempts       int             `yaml:"attempts"`
	Heartbeat      time.Duration   `yaml:"heartbeat"`
	SeatCheck      time.Duration   `yaml:"seat_check"`
	Slice          time.Duration   `yaml:"slice"`
	HandoverLead   time.Duration   `yaml:"handover_lead"`
	Grace          time.Duration   `yaml:"grace"`
}

// CutNowPolicy says who confirms a security termination, and when.
type CutNowPolicy struct {
	Confirm  string `yaml:"confirm"` // before, after
	Approval string `yaml:"approval"`
}

// The words of CutOffApproval, CutNowPolicy.Confirm and ApprovalSetting.Clock.
const (
	CutOffWhenNotHR = "when-not-hr"
	CutOffAlways    = "always"
	ConfirmBefore   = "before"
	ConfirmAfter    = "after"
	ClockWorking    = "working"
	ClockWall       = "wall"
)

// contract is what the file says of the contract, without prices.
func (p SeatPolicy) contract() SeatContract {
	c := SeatContract{Bought: -1, SaidBy: p.SaidBy, Billing: p.Billing, NoticeDays: p.NoticeDays, LeadDays: p.LeadDays, Minimum: p.Minimum}
	if p.Bought != nil {
		c.Bought = *p.Bought
	}
	c.AsOf, _ = time.Parse(time.DateOnly, p.AsOf)
	c.Renewal, _ = time.Parse(time.DateOnly, p.Renewal)
	return c
}
