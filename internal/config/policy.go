package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"handover/domain"
)

// ReadPolicy reads and checks the policy file. Errors name file, line and key.
func ReadPolicy(path string) (*domain.Policy, []byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read policy: %s cannot be read: set HANDOVER_POLICY to the policy file", path)
	}
	p, err := ParsePolicy(path, raw)
	return p, raw, err
}

// ParsePolicy reads a policy from its text; name stands in errors. A key that is
// not known, or stands twice, is refused: a typo must not turn a rule off.
func ParsePolicy(name string, raw []byte) (*domain.Policy, error) {
	var p domain.Policy
	decoder := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict(), yaml.DisallowUnknownField())
	if err := decoder.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return nil, describe(name, raw, err)
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, describe(name, raw, err)
	}
	sum := sha256.Sum256(raw)
	p.Hash = hex.EncodeToString(sum[:])
	fillDefaults(&p)
	c := checker{name: name, file: file, p: &p}
	if problems := c.check(); len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	return &p, nil
}

// describe puts file and line before the parser's own message, on one line.
func describe(name string, raw []byte, err error) error {
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		at := located.GetToken().Position
		return fmt.Errorf("%s:%d: %s", name, at.Line, located.GetMessage())
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if n := lineOfDuration(raw, first); n > 0 {
		return fmt.Errorf("%s:%d: %s: write for example 90s, 15m or 24h", name, n, first)
	}
	return fmt.Errorf("%s: %s", name, first)
}

// lineOfDuration finds the value whose reading as a duration gives this message:
// the decoder reports such values without their place.
func lineOfDuration(raw []byte, message string) int {
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return 0
	}
	finder := &durationFinder{message: message}
	for _, doc := range file.Docs {
		ast.Walk(finder, doc.Body)
	}
	return finder.line
}

type durationFinder struct {
	message string
	line    int
}

// Visit implements ast.Visitor.
func (f *durationFinder) Visit(node ast.Node) ast.Visitor {
	if text, ok := node.(*ast.StringNode); ok && f.line == 0 {
		if _, err := time.ParseDuration(text.Value); err != nil && err.Error() == f.message {
			f.line = text.GetToken().Position.Line
		}
	}
	return f
}

// Defaults that product and vendor give. See docs/policy.md.
func fillDefaults(p *domain.Policy) {
	if p.Company.TimeZone == "" {
		p.Company.TimeZone = "UTC"
	}
	for _, app := range p.Apps {
		if app != nil {
			fillApp(app)
		}
	}
	for _, setting := range p.Approvals {
		if setting != nil {
			fillApproval(setting)
		}
	}
	for _, calendar := range p.Calendars {
		if calendar != nil {
			fillCalendar(calendar, p.Company.TimeZone)
		}
	}
	l := &p.Leaving
	setDefault(&l.CutOffApproval, domain.CutOffWhenNotHR)
	setDefault(&l.CutNow.Confirm, domain.ConfirmAfter)
	setDefault(&l.Reminder, 24*time.Hour)
	setDefault(&l.TaskDue, 72*time.Hour)
	setDefault(&l.TaskLead, time.Hour)
	setDefault(&l.UrgentPage, 10*time.Minute)
	setDefault(&l.SlowRetry, 15*time.Minute)
	setDefault(&l.RetryInitial, 2*time.Second)
	setDefault(&l.RetryMax, time.Minute)
	setDefault(&l.Attempts, 6)
	setDefault(&l.Heartbeat, 30*time.Second)
	setDefault(&l.SeatCheck, 24*time.Hour)
	setDefault(&l.Slice, 10*time.Minute)
	setDefault(&l.HandoverLead, 4*time.Hour)
	setDefault(&l.Grace, 30*time.Minute)
	if len(l.ReadBacks) == 0 {
		l.ReadBacks = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}
	}
	if len(l.Sweeps) == 0 {
		l.Sweeps = []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour}
	}
}

// A working day is eight hours of working time; the wall clock counts all of a
// day.
const (
	workingDay = 8 * time.Hour
	wholeDay   = 24 * time.Hour
)

// fillApproval gives a stage with a backup a time after which the backup is
// asked: without one it never would be.
func fillApproval(setting *domain.ApprovalSetting) {
	setDefault(&setting.Clock, domain.ClockWorking)
	day := workingDay
	if setting.Clock == domain.ClockWall {
		day = wholeDay
	}
	setDefault(&setting.Reminder, day)
	setDefault(&setting.Gains, &[]domain.RecordKind{domain.Deals})
	decides := true
	setDefault(&setting.Heir, &decides)
	for i := range setting.Stages {
		stage := &setting.Stages[i]
		setDefault(&stage.Quorum, 1)
		setDefault(&stage.OnTimeout, domain.TimeoutEscalate)
		if len(stage.Backup) > 0 {
			setDefault(&stage.Timeout, day)
		}
	}
}

func fillCalendar(c *domain.CalendarPolicy, zone string) {
	setDefault(&c.TimeZone, zone)
	setDefault(&c.Hours, domain.DefaultHours)
	if c.Days == nil {
		c.Days = domain.DefaultDays
	}
}

func fillApp(app *domain.AppPolicy) {
	setDefault(&app.Queue, "apps")
	setDefault(&app.Order, domain.OrderGuide)
	setDefault(&app.Emails, domain.EmailsSend)
	setDefault(&app.Canary, 5)
	setDefault(&app.IndexLag, 5*time.Second)
	setDefault(&app.CutOff.Privileged, 15*time.Minute)
	setDefault(&app.CutOff.Others, time.Hour)
	setDefault(&app.Approval, "handover")
	setDefault(&app.StartApproval, app.Approval)
	setDefault(&app.DriftApproval, app.Approval)
	if app.Drift == (domain.DriftLimits{}) {
		app.Drift = domain.DefaultDrift
	}
	scopes := map[domain.RecordKind]domain.RecordScope{domain.Contacts: domain.ScopeAll, domain.Accounts: domain.ScopeAll,
		domain.Deals: domain.ScopeOpen, domain.Tasks: domain.ScopeOpen, domain.Sequences: domain.ScopeOpen}
	for kind, scope := range app.Scopes {
		scopes[kind] = scope
	}
	app.Scopes = scopes
	fillJoining(app)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// line finds the line of a path such as "$.apps.apollo.order"; 0 when it is not
// in the file.
func line(file *ast.File, path string) int {
	at, err := yaml.PathString(path)
	if err != nil {
		return 0
	}
	node, err := at.FilterFile(file)
	if err != nil || node == nil || node.GetToken() == nil {
		return 0
	}
	return node.GetToken().Position.Line
}
