package evidence

import (
	"errors"
	"fmt"
	"strconv"

	"handover/domain"
)

// ReviewReport is what the pack of an access review says when it verifies.
type ReviewReport struct {
	App        domain.AppID                 `json:"app"`
	Period     string                       `json:"period"`
	State      domain.ReviewState           `json:"state"`
	Digest     string                       `json:"digest"` // of one that ended
	Lines      int                          `json:"lines"`
	Decisions  int                          `json:"decisions"`
	Privileged int                          `json:"privileged"`
	Silent     int                          `json:"silent"` // kept by the silence rule
	ByState    map[domain.LineState]int     `json:"by_state"`
	ByVerdict  map[domain.ReviewVerdict]int `json:"by_verdict"`
}

// reviewChain is what the audit chain binds of an access review.
type reviewChain struct {
	frozen, digest string
	carried        map[int]readBack // lines that were read back as carried out, and did not fail since
}

// readBack is what a review said when it read a line back as carried out.
type readBack struct {
	run     string // of the line; "" where none carried it out
	request string // to the app
}

// proves tells that what was read back stands for a line with this run. Without a
// run nothing but the app itself can.
func (b readBack) proves(run string) bool { return b.run == run && (run != "" || b.request != "") }

func (c *reviewChain) note(e domain.AuditEvent) {
	switch e.Kind {
	case domain.EventReviewOpened:
		c.frozen = first(c.frozen, e.Digest)
	case domain.EventReviewClosed, domain.EventRunRetracted:
		c.digest = first(c.digest, e.Digest)
	case domain.EventReviewCarried, domain.EventReviewFailed:
		line, err := strconv.Atoi(e.Facts["line"])
		if err != nil {
			return
		}
		if readBackDone(e) {
			c.carried[line] = readBack{e.Facts["run"], e.RequestID}
		} else if e.Kind == domain.EventReviewFailed {
			delete(c.carried, line)
		}
	}
}

// readBackDone tells that an event says that a line was read back as carried out: the
// same kind also says that its run began.
func readBackDone(e domain.AuditEvent) bool {
	return e.Kind == domain.EventReviewCarried && e.To == string(domain.LineDone)
}

// first keeps what was bound first: nothing that is said later unsays it.
func first(bound, next string) string {
	if bound != "" {
		return bound
	}
	return next
}

// lineCheck is as much of a line as the later checks need.
type lineCheck struct {
	nameID     string
	state      domain.LineState
	verdict    domain.ReviewVerdict
	newRole    string
	privileged bool
	given, now domain.PersonID
	run        string
	decided    domain.ReviewVerdict // by the newest decision
	role       string
	ruled      bool
	justified  bool // some decision to keep it has a reason
	n, moves   int
	last       domain.PersonID // after its newest assignment
}

// reviewVerifier carries what the checks of one review need of one another.
type reviewVerifier struct {
	*verifier
	of             domain.Review
	lines          []lineCheck
	reasons        map[string]string // commitments by kind, line and number
	frozen, closed *domain.ReviewDigest
	report         *ReviewReport
}

// review checks the parts of an access review against each other and against what
// the audit chain binds.
func (v *verifier) review() error {
	if v.kind != domain.RunReview {
		return nil
	}
	r := &reviewVerifier{verifier: v, reasons: map[string]string{}, report: &ReviewReport{ByState: map[domain.LineState]int{}, ByVerdict: map[domain.ReviewVerdict]int{}}}
	if err := v.read(reviewName, &r.of); err != nil {
		return err
	}
	if r.of.ID != v.report.Run {
		return errors.New("verify pack: the review belongs to another run")
	}
	r.frozen, r.closed = domain.FrozenReview(r.of), domain.ClosedReview(r.of)
	r.report.App, r.report.Period, r.report.State, r.report.Digest = r.of.App, r.of.Period, r.of.State, r.of.Digest
	for _, check := range []func() error{r.readLines, r.readDecisions, r.readAssignments, r.digests, r.settled, r.population, r.names, r.said, r.removals} {
		if err := check(); err != nil {
			return err
		}
	}
	v.report.Review = r.report
	return nil
}

func (r *reviewVerifier) readLines() error {
	return lines(r.verifier, linesName, func(l domain.ReviewLine) error {
		if l.No != len(r.lines)+1 {
			return fmt.Errorf("verify pack: line %d of the review is missing or stands elsewhere", len(r.lines)+1)
		}
		r.frozen.Line(l)
		r.closed.Line(l)
		r.lines = append(r.lines, lineCheck{nameID: l.NameID, state: l.State, verdict: l.Verdict, newRole: l.NewRole, privileged: l.Privileged, given: l.Given.Reviewer,
			now: l.Reviewer, last: l.Given.Reviewer, run: l.Run})
		r.report.Lines++
		r.report.ByState[l.State]++
		if l.Verdict != "" {
			r.report.ByVerdict[l.Verdict]++
		}
		if l.Privileged {
			r.report.Privileged++
		}
		return nil
	})
}

// line finds a line by its number.
func (r *reviewVerifier) line(no int) (*lineCheck, error) {
	if no < 1 || no > len(r.lines) {
		return nil, fmt.Errorf("verify pack: line %d does not exist", no)
	}
	return &r.lines[no-1], nil
}

func (r *reviewVerifier) readDecisions() error {
	before := 0
	return lines(r.verifier, decisionsName, func(d domain.ReviewDecision) error {
		l, err := r.line(d.Line)
		if err != nil {
			return err
		}
		if l.n++; d.N != l.n || d.Line < before {
			return fmt.Errorf("verify pack: decision %d of line %d is missing or stands elsewhere", l.n, d.Line)
		}
		before = d.Line
		l.decided, l.role, l.ruled = d.Verdict, d.Role, d.Rule != ""
		l.justified = l.justified && d.Verdict == domain.ReviewKeep || d.Verdict == domain.ReviewKeep && d.ReasonID != ""
		r.commit(reasonKey("decision", d.Line, d.N), d.ReasonID)
		r.closed.Decision(d)
		r.report.Decisions++
		return nil
	})
}

func (r *reviewVerifier) readAssignments() error {
	before := 0
	return lines(r.verifier, assignmentsName, func(a domain.ReviewAssignment) error {
		l, err := r.line(a.Line)
		if err != nil {
			return err
		}
		if l.moves++; a.N != l.moves || a.Line < before || a.From != l.last {
			return fmt.Errorf("verify pack: assignment %d of line %d is missing or does not begin where the one before ended", l.moves, a.Line)
		}
		before, l.last = a.Line, a.To
		r.commit(reasonKey("assignment", a.Line, a.N), a.ReasonID)
		r.closed.Assignment(a)
		return nil
	})
}

func reasonKey(kind string, line, n int) string { return fmt.Sprintf("%s/%d/%d", kind, line, n) }

func (r *reviewVerifier) commit(key, reasonID string) {
	if reasonID != "" {
		r.reasons[key] = reasonID
	}
}

// digests compares what the rows hash to with the review's row and with the chain.
func (r *reviewVerifier) digests() error {
	frozen, digest := r.frozen.Sum(), r.closed.Sum()
	switch {
	case r.of.Frozen != "" && (r.of.Frozen != frozen || r.closing.frozen != frozen):
		return errors.New("verify pack: the lines are not those that the reviewers got: they do not fit the digest in the audit chain")
	case r.of.State.Ended() && (r.of.Digest != digest || r.closing.digest != digest):
		return errors.New("verify pack: lines, decisions or assignments were changed after the review ended: they do not fit the digest in the audit chain")
	}
	return nil
}

// settled checks each line against its history.
func (r *reviewVerifier) settled() error {
	for i, l := range r.lines {
		switch {
		case l.verdict != l.decided || l.newRole != l.role:
			return fmt.Errorf("verify pack: line %d does not say what was last decided of it", i+1)
		case l.now != l.last:
			return fmt.Errorf("verify pack: line %d lies with somebody to whom nobody gave it", i+1)
		case l.privileged && l.verdict == domain.ReviewKeep && l.state == domain.LineDone && (l.ruled || !l.justified):
			return fmt.Errorf("verify pack: line %d is privileged and was kept without a reason", i+1)
		case r.of.State == domain.ReviewComplete && l.state != domain.LineDone:
			return fmt.Errorf("verify pack: the review is called complete and line %d is %s", i+1, l.state)
		}
		if l.ruled {
			r.report.Silent++
		}
	}
	return nil
}

func (r *reviewVerifier) population() error {
	p := r.of.Population
	if r.of.Frozen != "" && (!p.AddsUp() || p.Lines != len(r.lines)) {
		return fmt.Errorf("verify pack: the counts do not add up: the app said %d, %d rows were captured, %d were left out for a stated reason, and there are %d lines", p.Total, p.Captured, p.Left, len(r.lines))
	}
	return nil
}

func (r *reviewVerifier) names() error {
	return lines(r.verifier, namesName, func(n domain.ReviewName) error {
		l, err := r.line(n.Line)
		if err == nil && domain.PersonCommitment(n.Salt, n.Email, n.Name) != l.nameID {
			err = fmt.Errorf("verify pack: the name of line %d is not the one that was committed to", n.Line)
		}
		return err
	})
}

func (r *reviewVerifier) said() error {
	return lines(r.verifier, saidName, func(s domain.ReviewReason) error {
		if r.reasons[reasonKey(s.Kind, s.Line, s.N)] != domain.Commitment(s.Salt, s.Text) {
			return fmt.Errorf("verify pack: what was said of line %d is not what was said then", s.Line)
		}
		return nil
	})
}

// removals checks that what is called done was shown by the app, or attested.
func (r *reviewVerifier) removals() error {
	var parts []RemovalPart
	if err := r.read(carriedName, &parts); err != nil {
		return err
	}
	proven := map[int]bool{}
	for i, l := range r.lines {
		back, ok := r.closing.carried[i+1]
		proven[i+1] = ok && back.proves(l.run)
	}
	for _, p := range parts {
		l, err := r.line(p.Line)
		if err != nil {
			return err
		}
		proof, err := r.proofFrom(p.Run, p.Shown)
		if err == nil {
			err = proof.checkSteps(p.Run, p.Steps)
		}
		if err != nil {
			return err
		}
		_, ok := p.proof()
		proven[p.Line] = p.Run == l.run && (proven[p.Line] || ok && p.Run != "")
	}
	for i, l := range r.lines {
		if l.state == domain.LineDone && l.verdict != domain.ReviewKeep && !proven[i+1] {
			return fmt.Errorf("verify pack: line %d is called carried out and no run proves it, nor was it read back from the app", i+1)
		}
	}
	return nil
}
