package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"handover/domain"
)

// cast turns the references of a policy into people, for one leaver and one app.
type cast struct {
	d         *Desk
	ctx       context.Context
	leaver    domain.Person
	requester domain.PersonID
	app       *domain.AppPolicy
	secret    bool              // only those named are asked
	named     []domain.PersonID // in a confidential run
	known     map[domain.PersonID]domain.Person
	err       error
}

func (c *cast) email(email string) domain.PersonID {
	if email == "" || c.err != nil {
		return ""
	}
	p, err := c.d.Store.UpsertPerson(c.ctx, email, "")
	if err != nil {
		c.err = err
	}
	return c.keep(p).ID
}

func (c *cast) keep(p domain.Person) domain.Person {
	if c.known == nil {
		c.known = map[domain.PersonID]domain.Person{}
	}
	c.known[p.ID] = p
	return p
}

func (c *cast) person(id domain.PersonID) domain.Person {
	if p, ok := c.known[id]; ok || id == "" || c.err != nil {
		return p
	}
	p, err := c.d.Store.Person(c.ctx, id)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		c.err = err
	}
	return c.keep(p)
}

// gone tells of whom nothing is asked any more: the leaver, and whoever left
// before.
func (c *cast) gone(id domain.PersonID) bool {
	return id == c.leaver.ID || c.person(id).State == domain.PersonLeft
}

// longestChain bounds the way up: two people who report to each other are nobody's
// managers.
const longestChain = 8

// manager is whom the leaver reports to. Where that person leaves too, or left,
// it is the manager's manager.
func (c *cast) manager() domain.PersonID {
	id := c.leaver.Manager
	for range longestChain {
		p := c.person(id)
		if id == "" || id != c.leaver.ID && p.State != domain.PersonLeft && p.State != domain.PersonLeaving {
			return id
		}
		id = p.Manager
	}
	return ""
}

// asked is somebody with the word of the policy by which they are asked.
type asked struct {
	id   domain.PersonID
	word string
}

// refer resolves references. Whoever is gone is not among the people, nobody is
// twice, and the first word counts.
func (c *cast) refer(refs []string) []asked {
	var found []asked
	for _, text := range refs {
		ref, _ := domain.ParseRef(text)
		for _, id := range c.behind(ref) {
			if id != "" && !c.gone(id) && !slices.ContainsFunc(found, func(a asked) bool { return a.id == id }) {
				found = append(found, asked{id, ref.Word()})
			}
		}
	}
	return found
}

// behind are the people whom a reference means now.
func (c *cast) behind(ref domain.Ref) []domain.PersonID {
	switch ref.Kind {
	case domain.RefManager:
		return []domain.PersonID{c.manager()}
	case domain.RefAppOwner:
		return []domain.PersonID{c.email(c.app.Owner)}
	case domain.RefAppBackup:
		return []domain.PersonID{c.email(c.app.Backup)}
	case domain.RefRole:
		return c.withRole(domain.Role(ref.Value))
	case domain.RefSlack:
		return c.chatUser(ref.Value)
	case domain.RefSlackGroup:
		members, err := c.d.Store.Group(c.ctx, ref.Value)
		c.fail(err)
		return members
	default:
		return []domain.PersonID{c.email(ref.Value)}
	}
}

func (c *cast) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// chatUser is the person whom the policy gives this user id, else the one to whom
// it is bound. An id that is two people in two teams is nobody.
func (c *cast) chatUser(user string) []domain.PersonID {
	for _, entry := range c.d.Policy().People {
		if entry.Slack == user {
			return []domain.PersonID{c.email(entry.Email)}
		}
	}
	people, err := c.d.Store.PeopleByChatUser(c.ctx, user)
	c.fail(err)
	if len(people) != 1 {
		return nil
	}
	return people
}

func (c *cast) withRole(role domain.Role) []domain.PersonID {
	var ids []domain.PersonID
	for _, p := range c.d.Policy().People {
		if slices.Contains(p.Roles, role) {
			if id := c.email(p.Email); c.person(id).State != domain.PersonLeft {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// people are those behind references, without the words.
func (c *cast) people(refs []string) []domain.PersonID { return idsOf(c.refer(refs)) }

func idsOf(people []asked) []domain.PersonID {
	var ids []domain.PersonID
	for _, a := range people {
		ids = append(ids, a.id)
	}
	return ids
}

// Whom a request falls back on, in this order.
var (
	lookAfter = []string{"app_owner", "app_backup"}
	lastly    = []string{"role:admin"}
)

// deciders are the people behind references who could decide: whoever asked is
// not among them unless the policy lets them.
func (c *cast) deciders(refs []string, self bool) []asked {
	return slices.DeleteFunc(c.refer(refs), func(a asked) bool { return a.id == c.requester && !self || c.secret && !slices.Contains(c.named, a.id) })
}

// fallback adds who decides where too few of the policy's people are left, so
// that a request can always be met.
func (c *cast) fallback(found []asked, quorum int, self bool) []asked {
	for _, refs := range [][]string{lookAfter, lastly} {
		if len(found) < quorum {
			found = also(found, c.deciders(refs, self))
		}
	}
	return found
}

func also(found, more []asked) []asked {
	for _, a := range more {
		if !slices.ContainsFunc(found, func(b asked) bool { return b.id == a.id }) {
			found = append(found, a)
		}
	}
	return found
}

// workingDay is how long is waited where nothing says how long.
const workingDay = 8 * time.Hour

// approval freezes an entry of the policy for this leaver and app; without one
// the manager and the app's owner decide.
func (c *cast) approval(name string) domain.ApprovalPolicy {
	setting := c.d.Policy().Approvals[name]
	if setting == nil {
		setting = &domain.ApprovalSetting{Stages: []domain.StageSetting{{Name: "owner", Who: []string{"manager", "app_owner"}}}, Reminder: workingDay}
	}
	return c.freeze(name, setting)
}

func (c *cast) freeze(name string, setting *domain.ApprovalSetting) domain.ApprovalPolicy {
	p := domain.ApprovalPolicy{Name: name, AllowSelf: setting.Self, DistinctStage: setting.Distinct, Reminder: setting.Reminder, HighRisk: setting.HighRisk,
		Gains: []domain.RecordKind{domain.Deals}}
	if setting.Gains != nil {
		p.Gains = *setting.Gains
	}
	if setting.Heir == nil || *setting.Heir {
		p.DefaultHeir = c.manager()
	}
	for _, s := range setting.Stages {
		p.Stages = append(p.Stages, c.stage(s, setting.Self))
	}
	p.Fallback = idsOf(c.refer(slices.Concat(lookAfter, lastly)))
	if c.secret {
		p = c.amongNamed(p)
	}
	if setting.Clock != domain.ClockWall {
		p.Calendars = c.calendars(p)
	}
	return p
}

func (c *cast) stage(s domain.StageSetting, self bool) domain.ApprovalStage {
	stage := domain.ApprovalStage{Name: s.Name, Quorum: max(1, s.Quorum), Timeout: s.Timeout, OnTimeout: s.OnTimeout, Refs: map[domain.PersonID]string{}}
	approvers, backup := c.deciders(s.Who, self), c.deciders(s.Backup, self)
	named := len(approvers)
	if !c.secret {
		approvers = c.fallback(approvers, stage.Quorum, self)
	}
	for i := named; i < len(approvers); i++ {
		approvers[i].word = "fallback"
	}
	for _, a := range slices.Concat(backup, approvers) {
		stage.Refs[a.id] = a.word
	}
	stage.Approvers, stage.Backup = idsOf(approvers), idsOf(backup)
	return stage
}

// calendars are the working times of everybody whom a policy may ask.
func (c *cast) calendars(p domain.ApprovalPolicy) map[domain.PersonID]domain.Calendar {
	found := map[domain.PersonID]domain.Calendar{}
	people := p.Fallback
	for _, s := range p.Stages {
		people = slices.Concat(people, s.Approvers, s.Backup)
	}
	for _, id := range people {
		calendar, err := c.d.Policy().CalendarOf(c.person(id).Email)
		c.fail(err)
		found[id] = calendar
	}
	return found
}

// How long somebody is waited for while access is not cut.
const (
	startWait  = 4 * time.Hour
	secondWait = 15 * time.Minute
)

// onWallClock makes a policy fit for what a cut-off waits for: it counts all
// time, and each stage has somebody else to ask after a while, so that it cannot
// hang.
func (c *cast) onWallClock(p domain.ApprovalPolicy, wait time.Duration) domain.ApprovalPolicy {
	p.Calendars = nil
	if p.Reminder == 0 || p.Reminder > wait {
		p.Reminder = wait
	}
	for i := range p.Stages {
		s := &p.Stages[i]
		if s.Timeout == 0 {
			s.Timeout = wait
		}
		if s.OnTimeout == domain.TimeoutDeny || len(s.Backup) > 0 {
			continue
		}
		for _, others := range [][]asked{c.deciders([]string{"app_backup"}, p.AllowSelf), c.deciders(lastly, p.AllowSelf), c.others(p.AllowSelf)} {
			others = slices.DeleteFunc(others, func(a asked) bool { return slices.Contains(s.Approvers, a.id) })
			for _, a := range others {
				s.Refs[a.id] = a.word
			}
			if s.Backup = idsOf(others); len(s.Backup) > 0 {
				break
			}
		}
	}
	return p
}
