package apollo

import (
	"fmt"
	"strconv"
	"time"
)

var (
	firstNames = []string{"Ana", "Ben", "Chloe", "Deniz", "Eva", "Farid", "Gina", "Hanna", "Ian", "Jade", "Kofi", "Lena",
		"Marco", "Nadia", "Omar", "Pia", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wendy", "Yusuf", "Zoe"}
	lastNames = []string{"Adler", "Bauer", "Castro", "Dubois", "Eriksen", "Fischer", "Greco", "Hansen", "Ito", "Jansen",
		"Kaya", "Lopez", "Moreau", "Novak", "Olsen", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Vega", "Weber"}
	titles        = []string{"Buyer", "Head of IT", "Operations Manager", "Chief of Staff", "Procurement Lead", "Engineer", ""}
	companies     = []string{"Northwind", "Bluebird", "Cobalt", "Driftwood", "Evergreen", "Fathom", "Granite", "Harbor"}
	companyForms  = []string{"Labs", "Freight", "Foods", "Energy", "Health", "Robotics", "Media", "Textiles"}
	sequenceNames = []string{"Warm introductions", "Renewal in 90 days", "Trade fair follow-up", "Cold outbound", "Win back"}
	workflowNames = []string{"route new leads", "task after a reply", "tag target accounts", "notify on a job change"}
	listNames     = []string{"Targets this quarter", "Met in person", "Do not hurry", "Newsletter readers"}
	taskKinds     = []string{"call", "outreach_manual_email", "action_item", "linkedin_step_connect"}
	priorities    = []string{"high", "medium", "low"}
	contactStages = []string{contactStageCold, contactStageApproach, contactStageInterest}
)

func pickOf(list []string, i int) string { return list[i%len(list)] }

// born gives the n-th record a time of creation: later than the one before it, and never after now.
func (g *seeder) born() time.Time {
	g.nth++
	if g.fresh {
		return g.now
	}
	return g.now.AddDate(-2, 0, 0).Add(time.Duration(g.nth) * 90 * time.Second)
}

// nthOf gives the i-th of a user's records, round and round; "" when there is none.
func nthOf[T any](t *table[T], owner string, i int) *T {
	rows := t.byOwner[owner]
	if len(rows) == 0 {
		return nil
	}
	return t.rows[rows[i%len(rows)]]
}

func (g *seeder) crmOwner(u *user) string {
	if g.spec.CRMEvery == 0 || g.nth%g.spec.CRMEvery != 0 {
		return ""
	}
	return u.crmID
}

func (g *seeder) account(u *user) {
	at := g.born()
	n := g.nth
	name := pickOf(companies, n) + " " + pickOf(companyForms, n/len(companies)) + " " + strconv.Itoa(n)
	stage := accountStageProspects
	if n%3 == 0 {
		stage = accountStageCurrent
	}
	g.t.accounts.add(&account{
		id: g.id('a', at), name: name, domain: "company-" + strconv.Itoa(n) + ".example.com", owner: u.id, creator: u.id,
		crmOwner: g.crmOwner(u), stage: stage, created: at, updated: at,
	}, g.now)
}

func (g *seeder) contact(u *user) {
	at := g.born()
	n := g.nth
	c := &contact{
		id: g.id('c', at), first: pickOf(firstNames, n), last: pickOf(lastNames, n/3), title: pickOf(titles, n),
		owner: u.id, creator: u.id, crmOwner: g.crmOwner(u), stage: pickOf(contactStages, n), created: at, updated: at,
		lastActivity: at.Add(time.Duration(g.dice.IntN(5000)) * time.Minute),
	}
	c.email = "contact." + strconv.Itoa(n) + "@prospects.example.com"
	if n%97 == 0 {
		c.first, c.email = "", ""
	}
	if a := nthOf(g.t.accounts, u.id, n); a != nil && n%5 != 0 {
		c.accountID, c.company = a.id, a.name
		a.contacts++
	}
	g.t.contacts.add(c, g.now)
}

func (g *seeder) deal(u *user, closed bool) {
	at := g.born()
	d := &deal{
		id: g.id('d', at), name: fmt.Sprintf("Deal %d", g.nth), stage: dealStageOpen, amount: 500 * (1 + g.dice.IntN(80)),
		created: at, closeDate: g.now.AddDate(0, 1, g.nth%60).Truncate(24 * time.Hour),
	}
	won := g.nth%2 == 0
	switch {
	case closed:
		d.closed, d.won, d.stage = &closed, &won, dealStageLost
		d.closeDate = g.now.AddDate(0, 0, -g.nth%200).Truncate(24 * time.Hour)
		if won {
			d.stage = dealStageWon
		}
	case g.nth%7 != 0: // open deals with a null is_closed exist, and must not be taken for closed ones
		no := false
		d.closed, d.won = &no, &no
	}
	if u != nil {
		d.owner, d.creator = u.id, u.id
		if a := nthOf(g.t.accounts, u.id, g.nth); a != nil {
			d.accountID = a.id
		}
	}
	g.t.deals.add(d, g.now)
}

func (g *seeder) sequence(u *user, active, archived bool) {
	at := g.born()
	q := &sequence{
		id: g.id('s', at), name: fmt.Sprintf("%s %d", pickOf(sequenceNames, g.nth), g.nth), userID: u.id, active: active,
		archived: archived, created: at, updated: at, visibility: "everyone", statsLoading: g.nth%5 == 4,
		scheduled: g.dice.IntN(30), delivered: 100 + g.dice.IntN(400), opened: g.dice.IntN(100), replied: g.dice.IntN(20),
		bounced: g.dice.IntN(5),
	}
	for range 3 {
		q.steps = append(q.steps, step{id: g.id('p', at), kind: "auto_email", wait: 2})
	}
	g.t.sequences.add(q, g.now)
}

func (g *seeder) task(u *user, status string) {
	at := g.born()
	r := &task{
		id: g.id('t', at), userID: u.id, creator: u.id, kind: pickOf(taskKinds, g.nth), priority: pickOf(priorities, g.nth/2),
		status: status, title: fmt.Sprintf("Task %d", g.nth), created: at,
		due: g.now.Add(time.Duration(1+g.nth%30) * 24 * time.Hour),
	}
	if c := nthOf(g.t.contacts, u.id, g.nth); c != nil {
		r.contactID, r.accountID = c.id, c.accountID
	}
	switch status {
	case taskCompleted:
		r.completed, r.completedBy = g.now.AddDate(0, 0, -1-g.nth%40), u.id
	case taskSkipped:
		r.skipped = g.now.AddDate(0, 0, -1-g.nth%40)
	}
	g.t.tasks.add(r, g.now)
}

func (g *seeder) list(u *user, i int) {
	l := &list{
		id: g.id('l', u.created), name: u.first + ": " + pickOf(listNames, i), modality: "contacts", userID: u.id,
		created: u.created, updated: u.created,
	}
	for _, row := range g.t.contacts.byOwner[u.id] {
		if int(row)%7 == i%7 {
			c := g.t.contacts.rows[row]
			c.labels = append(c.labels, l.id)
			l.count++
		}
	}
	g.t.lists.add(l, g.now)
}

// email schedules one email. They are spread over the next two weeks, and over the user's mailboxes and running
// sequences.
func (g *seeder) email(u *user, i, of int) {
	box := nthOf(g.t.mailboxes, u.id, i)
	seq := nthOf(g.t.sequences, u.id, i%3)
	to := nthOf(g.t.contacts, u.id, i*3)
	if box == nil || seq == nil || to == nil {
		return
	}
	g.t.schedule(&message{
		id: g.id('x', g.now), userID: u.id, status: emailScheduled, sequenceID: seq.id, contactID: to.id,
		accountID: to.accountID, mailboxID: box.id, from: box.email, fromName: u.name(), to: to.email, toName: to.name(),
		subject: "A thought for " + to.name(), created: g.now.AddDate(0, 0, -1),
		due: g.now.Add(time.Duration(i+1) * 14 * 24 * time.Hour / time.Duration(of+1)),
	}, g.now)
}
