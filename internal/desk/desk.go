package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"

	"handover/domain"
	"handover/internal/store"
)

// Actor is who gives a command, through which door.
type Actor struct {
	Person    domain.Person
	ActingFor domain.PersonID
	Channel   string // cli, api, slack, hr
	// Act is the door's own id of what was done, where it has one: the same act
	// worked off twice is one command. Without it each call is meant anew.
	Act string
}

// attemptOf tells a second try from the same act heard twice.
func (d *Desk) attemptOf(a Actor) string {
	if a.Act != "" {
		return a.Act
	}
	return strconv.FormatInt(d.now().UnixMicro(), 10)
}

// Desk takes commands.
type Desk struct {
	Store    *store.Store
	Temporal client.Client
	Policy   func() *domain.Policy // the policy in force now
	Now      func() time.Time
	Log      *slog.Logger
	Packs    Packs
	// PublicURL is how people reach this installation; without it nobody is given a
	// link.
	PublicURL string
	// Crash is called at named points between an effect and its record. It does
	// nothing in production; the kill tests end the process there.
	Crash func(point string)
}

// Packs builds evidence packs and tells where they are.
type Packs interface {
	BuildPack(ctx context.Context, run string) (path string, err error)
}

func (d *Desk) crash(point string) {
	if d.Crash != nil {
		d.Crash(point)
	}
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// right is what a command needs.
type right struct {
	roles []domain.Role
	act   string // for the reader of a refusal
}

var (
	mayStart   = right{[]domain.Role{domain.RoleAdmin, domain.RoleHR}, "start, move or retract a leaving"}
	mayCutNow  = right{[]domain.Role{domain.RoleSecurity}, "cut access at once"}
	mayOperate = right{[]domain.Role{domain.RoleAdmin}, "operate runs"}
	mayRead    = right{[]domain.Role{domain.RoleAdmin, domain.RoleHR, domain.RoleSecurity, domain.RoleAuditor}, "see runs"}
	mayAudit   = right{[]domain.Role{domain.RoleAdmin, domain.RoleSecurity, domain.RoleAuditor}, "read the audit log"}
	mayMoney   = right{[]domain.Role{domain.RoleAdmin, domain.RoleFinance, domain.RoleAuditor}, "see seats"}
)

// here refuses somebody whose own rights ended, whatever door they came through.
func here(a Actor) error {
	if a.Person.State == domain.PersonLeft {
		return domain.Refuse(domain.RefusedLeft, "your rights here ended with your last moment")
	}
	return nil
}

// admit is here, with the refusal recorded.
func (d *Desk) admit(ctx context.Context, a Actor, run string) error {
	return d.refused(ctx, a, run, here(a))
}

// allow checks a right and records the refusal.
func (d *Desk) allow(ctx context.Context, a Actor, r right, run string) error {
	if err := d.admit(ctx, a, run); err != nil {
		return err
	}
	for _, role := range r.roles {
		if a.Person.Has(role) {
			return nil
		}
	}
	return d.refuse(ctx, a, run, domain.Refuse(domain.RefusedRight, fmt.Sprintf("you may not %s: ask an administrator for the role %s", r.act, r.roles[0])))
}

// refuse records a refused attempt: nothing else of it stays anywhere. What
// somebody typed as a run's id is kept only where there is such a run.
func (d *Desk) refuse(ctx context.Context, a Actor, run string, r *domain.Refusal) error {
	now := d.now()
	if _, err := d.Store.Run(ctx, run); run != "" && err != nil {
		run = ""
	}
	e := domain.AuditEvent{Key: fmt.Sprintf("refused/%s/%s/%d", a.Person.ID, r.Code, now.UnixMicro()), Run: run, Kind: domain.EventRefused,
		Actor: a.Person.ID, ActingFor: a.ActingFor, At: now, Facts: map[string]string{"code": r.Code, "door": a.Channel}}
	if err := d.Store.Record(ctx, domain.Entry{Run: run, Events: []domain.AuditEvent{e}}); err != nil {
		d.Log.ErrorContext(ctx, "refusal not recorded", "error", err)
	}
	return r
}

// refused records what err refuses, if it refuses anything, and gives it back.
func (d *Desk) refused(ctx context.Context, a Actor, run string, err error) error {
	var r *domain.Refusal
	if errors.As(err, &r) {
		return d.refuse(ctx, a, run, r)
	}
	return err
}

// visible finds a run that the actor may see. To everybody else it does not
// exist: a confidential run is not even admitted, and only those named in it
// learn that somebody tried.
func (d *Desk) visible(ctx context.Context, a Actor, id string) (domain.Run, error) {
	if err := d.admit(ctx, a, id); err != nil {
		return domain.Run{}, err
	}
	run, err := d.Store.Run(ctx, id)
	if err != nil {
		return run, missing(err)
	}
	if !run.VisibleTo(a.Person) {
		_ = d.refuse(ctx, a, id, domain.Refuse(domain.RefusedRight, ""))
		return domain.Run{}, missing(domain.ErrNotFound)
	}
	return run, nil
}

// missing gives everything that is not there, or is not there for somebody, one
// and the same answer.
func missing(err error) error {
	if errors.Is(err, domain.ErrNotFound) {
		return domain.NewFault(domain.FaultNotFound, "desk.read", "", "check the id", nil)
	}
	return err
}
