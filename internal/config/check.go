package config

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"handover/domain"
)

// checker collects what is wrong with a policy, so that all of it is shown at
// once.
type checker struct {
	name     string
	file     *ast.File
	p        *domain.Policy
	problems []string
}

func (c *checker) bad(path, format string, args ...any) {
	at := c.name
	for place := path; place != "$" && place != ""; place = parent(place) {
		if n := line(c.file, place); n > 0 {
			at = fmt.Sprintf("%s:%d", c.name, n)
			break
		}
	}
	key := strings.TrimPrefix(path, "$.")
	c.problems = append(c.problems, fmt.Sprintf("%s: %s: %s", at, key, fmt.Sprintf(format, args...)))
}

// parent is the entry in which a key stands, or would stand: what is missing has
// no line of its own.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

func (c *checker) check() []string {
	if c.p.Version != 1 {
		c.bad("$.version", "is %d: this program reads version 1", c.p.Version)
	}
	if _, err := time.LoadLocation(c.p.Company.TimeZone); err != nil || c.p.Company.TimeZone == "Local" {
		c.bad("$.company.time_zone", "is no IANA name: write for example Europe/Berlin")
	}
	if len(c.p.Apps) == 0 {
		c.bad("$.apps", "names no app: add at least one")
	}
	if c.p.Slack.Channel != "" && !domain.ChatID(c.p.Slack.Channel, "CG") {
		c.bad("$.slack.channel", "%q is no id of a channel: copy it from the channel's details, for example C024BE91L", c.p.Slack.Channel)
	}
	c.checkCalendars()
	c.checkPeople()
	c.checkProviders()
	names := make([]string, 0, len(c.p.Apps))
	for id := range c.p.Apps {
		names = append(names, string(id))
	}
	sort.Strings(names)
	for _, id := range names {
		c.checkApp(id, c.p.Apps[domain.AppID(id)])
	}
	c.checkApprovals()
	c.checkLeaving()
	c.checkBrake()
	c.checkHR()
	c.checkReviews(c.p.Reviews)
	c.checkAudit(c.p.Audit)
	c.checkBirthright()
	c.checkReconcile()
	return c.problems
}

func (c *checker) checkApp(id string, app *domain.AppPolicy) {
	path := "$.apps." + id
	if app == nil {
		c.bad(path, "is empty: give at least its kind and owner")
		return
	}
	if _, ok := domain.RunbookFor(app.Kind); !ok {
		c.bad(path+".kind", "%q is no kind this program knows: use %s", app.Kind, strings.Join(domain.Kinds(), ", "))
	}
	if strings.ContainsAny(id, "/: ") {
		c.bad(path, "may not hold slashes, colons or spaces")
	}
	c.email(path+".owner", app.Owner, true)
	c.email(path+".backup", app.Backup, false)
	c.email(path+".second", app.Second, false)
	c.email(path+".credentials.key_owner", app.Credentials.KeyOwner, false)
	c.oneOf(path+".order", string(app.Order), string(domain.OrderGuide), string(domain.OrderProtectEmail), string(domain.OrderHandoverFirst))
	c.oneOf(path+".emails", string(app.Emails), string(domain.EmailsSend), string(domain.EmailsHold), string(domain.EmailsCancel))
	for kind, scope := range app.Scopes {
		c.oneOf(path+".scopes."+string(kind), string(scope), string(domain.ScopeOpen), string(domain.ScopeAll), string(domain.ScopeNone))
	}
	c.checkRoles(path, app)
	c.checkSecrets(path, app)
	c.checkKind(path, app)
	c.checkDoors(path, app)
	c.checkJoining(path, app)
	c.checkSeats(path+".seats", app)
	c.approvalEntry(path+".approval", app.Approval)
	c.approvalEntry(path+".seat_approval", app.SeatApproval)
	if app.StartApproval != app.Approval {
		c.approvalEntry(path+".start_approval", app.StartApproval)
	}
	if app.DriftApproval != app.Approval {
		c.approvalEntry(path+".drift_approval", app.DriftApproval)
	}
	if app.Canary < 0 || app.Canary > 100 {
		c.bad(path+".canary", "must lie between 0 and 100")
	}
	if app.SCIMPerMinute < 0 {
		c.bad(path+".scim_per_minute", "must be 0, for no limit that anybody told, or more")
	}
}

func (c *checker) checkSecrets(path string, app *domain.AppPolicy) {
	for i, secret := range app.Secrets {
		if secret.Name == "" || strings.ContainsAny(secret.Name, "/ ") {
			c.bad(fmt.Sprintf("%s.secrets[%d].name", path, i), "must be one word")
		}
		c.email(fmt.Sprintf("%s.secrets[%d].owner", path, i), secret.Owner, false)
	}
	for i, who := range app.Protected {
		c.email(fmt.Sprintf("%s.protected[%d]", path, i), who, true)
	}
}

func (c *checker) checkLeaving() {
	l := c.p.Leaving
	c.oneOf("$.leaving.cut_off_approval", l.CutOffApproval, domain.CutOffWhenNotHR, domain.CutOffAlways)
	c.oneOf("$.leaving.cut_now.confirm", l.CutNow.Confirm, domain.ConfirmBefore, domain.ConfirmAfter)
	c.approvalEntry("$.leaving.cut_now.approval", l.CutNow.Approval)
	if !slices.IsSorted(l.Sweeps) {
		c.bad("$.leaving.sweeps", "must grow: each is counted from the end of the work")
	}
	if l.Attempts < 1 {
		c.bad("$.leaving.attempts", "must be at least 1")
	}
}

func (c *checker) email(path, value string, required bool) {
	if value == "" && !required {
		return
	}
	if !domain.LooksLikeEmail(value) {
		c.bad(path, "must be an email address")
	}
}

func (c *checker) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		shown := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
		c.bad(path, "%q is not one of %s", value, strings.Join(shown, ", "))
	}
}

func (c *checker) date(path, value string) {
	if value == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		c.bad(path, "%q is no date: write for example 2027-01-31", value)
	}
}
