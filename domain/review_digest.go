package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

// ReviewFormat is the name of the hashed form of an access review.
const ReviewFormat = "handover-review/1"

// ReviewDigest hashes an access review piece by piece, so that one of any size
// fits into memory. The order is fixed: the lines by their numbers, then the
// decisions by line and number, then the assignments by line and number.
//
// The canonical form is "name=value" lines in the order of the code below. Texts
// are quoted as Go quotes them in ASCII; times are microseconds of UTC, durations
// nanoseconds. Empty texts, zeros and no are left out, so that fields can be
// added without breaking old digests. Each piece begins with a line that names
// what it is. Names, emails and reasons are never hashed: their salted
// commitments are, so that a person can be erased.
type ReviewDigest struct {
	sum   hash.Hash
	buf   []byte
	state bool
}

// FrozenReview begins the digest of the lines as the reviewers got them: what was
// read of each account and who was asked, without anything that came later.
func FrozenReview(r Review) *ReviewDigest {
	d := &ReviewDigest{sum: sha256.New()}
	d.begin("frozen")
	d.head(r)
	d.population(r.Population)
	d.end()
	return d
}

// ClosedReview begins the digest of a review that has ended: the rules, how it
// stands, lines, decisions and assignments. Digest itself is left out.
func ClosedReview(r Review) *ReviewDigest {
	d := &ReviewDigest{sum: sha256.New(), state: true}
	d.begin("review")
	d.head(r)
	d.text("state", string(r.State))
	d.text("why", r.Why)
	d.text("requester", string(r.Requester))
	d.text("policy_hash", r.PolicyHash)
	d.text("frozen", r.Frozen)
	d.time("started_at", r.StartedAt)
	d.time("opened_at", r.OpenedAt)
	d.time("due_at", r.DueAt)
	d.time("closed_at", r.ClosedAt)
	d.population(r.Population)
	d.settings(r.Settings)
	d.end()
	return d
}

func (d *ReviewDigest) head(r Review) {
	d.text("format", ReviewFormat)
	d.text("id", r.ID)
	d.text("app", string(r.App))
	d.text("period", r.Period)
}

func (d *ReviewDigest) population(p Population) {
	d.text("population.source", string(p.Source))
	d.text("population.query", p.Query)
	d.time("population.read_at", p.ReadAt)
	d.int("population.total", int64(p.Total))
	d.int("population.captured", int64(p.Captured))
	d.int("population.left", int64(p.Left))
	d.int("population.lines", int64(p.Lines))
	d.text("population.request_id", p.RequestID)
	d.text("population.by", string(p.By))
	d.time("population.people_at", p.PeopleAt)
	d.int("population.people", int64(p.People))
}

// settings hashes all rules but the emails of Money, which must be erasable.
func (d *ReviewDigest) settings(s ReviewSettings) {
	for _, r := range s.Roles {
		d.text("role", r.Key)
		d.text("role.name", r.Name)
		d.text("role.admin", string(r.Admin))
		d.bool("role.owner", r.Owner)
		d.text("role.full_seat", string(r.FullSeat))
		d.text("role.seat", r.Seat)
	}
	d.text("owner", string(s.Owner))
	d.text("backup", string(s.Backup))
	d.text("second", string(s.Second))
	for _, p := range s.Provision {
		d.text("provision", string(p))
	}
	for _, p := range s.Fallback {
		d.text("fallback", string(p))
	}
	d.int("due", int64(s.Due))
	for _, r := range s.Reminders {
		d.int("reminder", int64(r))
	}
	d.int("escalate", int64(s.Escalate))
	d.text("silence", string(s.Silence))
	d.int("people_age", int64(s.PeopleAge))
	d.int("list_age", int64(s.ListAge))
	d.int("canary", int64(s.Canary))
	d.int("at_once", int64(s.AtOnce))
	d.int("idle", int64(s.Idle))
	d.int("admins_want", int64(s.AdminsWant))
}

// Line adds the next line. Its review, name and email are not hashed: the review
// is the digest's own, name and email stand behind NameID.
func (d *ReviewDigest) Line(l ReviewLine) {
	d.begin("line")
	d.int("no", int64(l.No))
	d.text("account", string(l.Account))
	d.text("person", string(l.Person))
	d.text("name_id", l.NameID)
	d.text("role", l.Role)
	d.text("role_name", l.RoleName)
	d.text("seat", l.Seat)
	d.text("active", string(l.Active))
	d.text("admin", string(l.Admin))
	d.bool("privileged", l.Privileged)
	d.bool("invited", l.Invited)
	d.text("seen", string(l.Seen))
	d.time("seen_at", l.SeenAt)
	for _, h := range l.Hints {
		d.text("hint", string(h))
	}
	d.text("suggest", string(l.Suggest))
	d.text("given.reviewer", string(l.Given.Reviewer))
	d.text("given.because", string(l.Given.Because))
	d.text("given.second", string(l.Given.Second))
	if d.state {
		d.text("reviewer", string(l.Reviewer))
		d.text("because", string(l.Because))
		d.text("second", string(l.Second))
		d.text("state", string(l.State))
		d.text("verdict", string(l.Verdict))
		d.text("new_role", l.NewRole)
		d.text("run", l.Run)
		d.text("why", l.Why)
		d.time("settled_at", l.SettledAt)
	}
	d.end()
}

// Decision adds the next decision; its reason stands behind ReasonID.
func (d *ReviewDigest) Decision(e ReviewDecision) {
	d.begin("decision")
	d.int("line", int64(e.Line))
	d.int("n", int64(e.N))
	d.text("verdict", string(e.Verdict))
	d.text("role", e.Role)
	d.text("reason_id", e.ReasonID)
	d.text("by", string(e.By))
	d.text("acting_for", string(e.ActingFor))
	d.bool("confirms", e.Confirms)
	d.time("at", e.At)
	d.text("channel", e.Channel)
	d.bool("bulk", e.Bulk)
	d.int("seconds", int64(e.Seconds))
	d.text("rule", string(e.Rule))
	d.end()
}

// Assignment adds the next assignment; its reason stands behind ReasonID.
func (d *ReviewDigest) Assignment(a ReviewAssignment) {
	d.begin("assignment")
	d.int("line", int64(a.Line))
	d.int("n", int64(a.N))
	d.text("from", string(a.From))
	d.text("to", string(a.To))
	d.text("by", string(a.By))
	d.text("reason_id", a.ReasonID)
	d.time("at", a.At)
	d.end()
}

// Sum is the digest of what was added so far, with the version of its form.
func (d *ReviewDigest) Sum() string { return "v1:" + hex.EncodeToString(d.sum.Sum(nil)) }

func (d *ReviewDigest) begin(what string) { d.buf = append(append(d.buf[:0], what...), '\n') }

func (d *ReviewDigest) end() { d.sum.Write(d.buf) }

func (d *ReviewDigest) text(name, value string) {
	if value != "" {
		d.buf = append(append(d.buf, name...), '=')
		d.buf = append(strconv.AppendQuoteToASCII(d.buf, value), '\n')
	}
}

func (d *ReviewDigest) int(name string, value int64) {
	if value != 0 {
		d.buf = append(append(d.buf, name...), '=')
		d.buf = append(strconv.AppendInt(d.buf, value, 10), '\n')
	}
}

func (d *ReviewDigest) bool(name string, value bool) {
	if value {
		d.int(name, 1)
	}
}

func (d *ReviewDigest) time(name string, value time.Time) {
	if !value.IsZero() {
		d.int(name, value.UnixMicro())
	}
}
