package apollo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Seed replaces the team by the one the spec describes. Logs of effects and requests start anew.
func (s *Simulator) Seed(spec TenantSpec) error {
	now := spec.Now
	if now.IsZero() {
		now = s.now()
	}
	g := &seeder{
		t: newTenant(spec.Seed), now: now.UTC().Truncate(time.Millisecond), spec: spec,
		dice: rand.New(rand.NewPCG(spec.Seed, 0)), users: map[string]*user{},
	}
	if err := g.run(); err != nil {
		return fmt.Errorf("seed tenant: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t, s.effects, s.requests = g.t, nil, nil
	s.t.keepReplaced(s.lag)
	s.limiter, s.scim = newLimiter(), newLimiter()
	return nil
}

type seeder struct {
	t     *tenant
	now   time.Time
	spec  TenantSpec
	dice  *rand.Rand
	users map[string]*user
	nth   int
	// fresh makes records created now instead of in the years before.
	fresh bool
}

func (g *seeder) run() error {
	g.t.plan = g.spec.Subscription
	g.subscribe()
	for _, u := range g.spec.Users {
		if err := g.user(u); err != nil {
			return err
		}
	}
	for _, u := range g.spec.Users {
		g.records(u)
	}
	for range g.spec.UnownedDeals {
		g.deal(nil, false)
	}
	for _, e := range g.spec.Enrolments {
		if err := g.enrol(e); err != nil {
			return err
		}
	}
	for _, i := range g.spec.Invites {
		g.t.invites.add(&invite{
			id: g.id('i', g.now), email: i.Email, profile: i.Profile, status: invitePending, invitedBy: i.InvitedBy,
			created: g.now.AddDate(0, 0, -2),
		}, g.now)
	}
	return g.roles()
}

// subscribe fills in what the spec leaves open about the plan.
func (g *seeder) subscribe() {
	p := &g.t.plan
	p.Plan = orElse(p.Plan, PlanOrganization)
	p.Billing = orElse(p.Billing, BillingAnnual)
	p.Currency = orElse(p.Currency, "USD")
	if p.PricePerSeat == 0 {
		p.PricePerSeat = seatPrices[p.Plan][p.Billing]
	}
	if p.Renews.IsZero() {
		p.Renews = g.now.Truncate(24*time.Hour).AddDate(0, 7, 0)
		if p.Billing == BillingMonthly {
			p.Renews = g.now.Truncate(24*time.Hour).AddDate(0, 0, 12)
		}
	}
}

func (g *seeder) roles() error {
	for ref, into := range map[string]*string{g.spec.CRMUser: &g.t.crmUser, g.spec.KeyCreator: &g.t.keyMaker} {
		if ref == "" {
			continue
		}
		u := g.users[ref]
		if u == nil {
			return fmt.Errorf("no user %s", ref)
		}
		*into = u.id
	}
	return nil
}

func (g *seeder) id(kind byte, at time.Time) string { return g.t.ids.make(kind, at) }

func (g *seeder) user(spec UserSpec) error {
	if g.users[spec.Email] != nil {
		return fmt.Errorf("user %s twice", spec.Email)
	}
	created := spec.Created
	if created.IsZero() {
		created = g.now.AddDate(-1, 0, len(g.users))
	}
	u := &user{
		id: g.id('u', created), email: spec.Email, first: spec.First, last: spec.Last, title: spec.Title,
		profile: orElse(spec.Profile, ProfileStandard), created: created, deleted: spec.Deleted,
		lastActive: spec.LastActive, emailsPerDay: spec.EmailsPerDay, tasksPerDay: spec.TasksPerDay,
	}
	if u.lastActive.IsZero() {
		u.lastActive = g.now.AddDate(0, 0, -1)
	}
	if u.deleted {
		u.deactivated = u.lastActive
	}
	if g.spec.CRMEvery > 0 {
		u.crmID = "crm-" + u.id[16:]
	}
	g.users[u.email] = u
	g.t.users.add(u, g.now)
	for i, address := range spec.Mailboxes {
		g.t.mailboxes.add(&mailbox{
			id: g.id('m', created), userID: u.id, email: address, linked: !u.deleted, standard: i == 0, created: created,
		}, g.now)
	}
	return nil
}

// records makes what belongs to one user. Creation times rise with the order, as they do in a team that grows.
func (g *seeder) records(spec UserSpec) {
	u := g.users[spec.Email]
	repeat := func(n int, make func()) {
		for range n {
			make()
		}
	}
	repeat(spec.Accounts, func() { g.account(u) })
	repeat(spec.Contacts, func() { g.contact(u) })
	repeat(spec.OpenDeals, func() { g.deal(u, false) })
	repeat(spec.ClosedDeals, func() { g.deal(u, true) })
	repeat(spec.ActiveSequences, func() { g.sequence(u, true, false) })
	repeat(spec.PausedSequences, func() { g.sequence(u, false, false) })
	repeat(spec.ArchivedSequences, func() { g.sequence(u, false, true) })
	repeat(spec.ScheduledTasks, func() { g.task(u, taskScheduled) })
	repeat(spec.CompletedTasks, func() { g.task(u, taskCompleted) })
	repeat(spec.SkippedTasks, func() { g.task(u, taskSkipped) })
	for i := range spec.Lists {
		g.list(u, i)
	}
	for i := range spec.ScheduledEmails {
		g.email(u, i, spec.ScheduledEmails)
	}
	for i := range spec.SentEmails {
		g.sent(u, i)
	}
	for i := range spec.Calls {
		g.call(u, i)
	}
	for i := range spec.Workflows {
		g.t.workflows.add(&workflow{
			id: g.id('w', u.created), name: fmt.Sprintf("%s: %s", u.first, pickOf(workflowNames, i)), owner: u.id, active: true,
		}, g.now)
	}
}

func (g *seeder) enrol(spec EnrolmentSpec) error {
	owner, box := g.users[spec.Owner], g.t.mailboxByRef(spec.From)
	if owner == nil || box == nil || len(g.t.sequences.byOwner[owner.id]) == 0 {
		return fmt.Errorf("enrolment of %s from %s: no such user, mailbox or sequence", spec.Owner, spec.From)
	}
	seq := g.t.sequences.rows[g.t.sequences.byOwner[owner.id][0]]
	left := spec.Contacts
	for _, row := range g.t.contacts.byOwner[owner.id] {
		c := g.t.contacts.rows[row]
		if left == 0 {
			break
		}
		if len(c.enrolments) > 0 {
			continue
		}
		left--
		c.enrolments = []enrolment{{
			id: g.id('e', g.now), sequenceID: seq.id, status: "active", mailboxID: box.id, mailboxEmail: box.email,
			senderID: box.userID, addedBy: owner.id, added: g.now.AddDate(0, 0, -3),
		}}
	}
	return nil
}
