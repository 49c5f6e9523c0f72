package desk

import (
	"fmt"
	"slices"
	"strings"

	"handover/domain"
)

// request shows a request for a decision.
func (c *composer) request(a domain.Approval, n domain.Notice) Card {
	run := c.run(a.Run)
	card := Card{Ref: ref(a.ID), Kind: CardRequest, About: a.ID, Run: a.Run, App: a.App, Digest: a.Digest, Lead: a.Why, Urgent: n.Urgent || a.Scope.WallClock(),
		Title: requestTitle(a), Facts: c.runFacts(run, a.App), Settled: a.State != domain.ApprovalOpen}
	if n.Kind == "unreachable" {
		card.Lead = "Somebody who is asked for this could not be reached in Slack: " + c.name(domain.PersonID(n.Data["person"])) + ". " + card.Lead
	}
	if run.Requester != "" && run.Requester != domain.SystemActor {
		card.Facts = append(card.Facts, Fact{"Asked by", c.name(a.Requester)})
	}
	if plan, ok := c.plan(a); ok {
		card.Lines = c.planLines(plan)
		for _, rule := range plan.Rules {
			card.Kinds = append(card.Kinds, rule.Kind)
		}
	}
	if a.Scope == domain.ApproveBrake && !card.Settled {
		card.Lines = c.heldLines(a.Run)
	}
	if !card.Settled {
		card.Facts = append(card.Facts, c.stageFacts(a)...)
		card.Why, card.Verbs = c.asked(a)
	}
	card.Outcome = c.decisions(a, run)
	return card
}

// requestTitle says what is asked, or what became of it.
func requestTitle(a domain.Approval) string {
	about := map[domain.ApprovalScope]string{
		domain.ApproveAll: "cut off access and hand over work", domain.ApproveDrift: "there is more than was planned",
		domain.ApproveCutNow: "security termination", domain.ApproveSeats: "give seats back", domain.ApproveHandover: "who inherits the work",
		domain.ApproveBrake: "leavings that the brake holds", domain.ApproveOverlap: "another employment goes on",
		domain.ApproveJoin: "access for somebody who joins", domain.ApproveRole: "another role", domain.ApprovePromoted: "a promotion in an emergency",
	}[a.Scope]
	switch a.State {
	case domain.ApprovalOpen:
		return "Decide: " + about
	case domain.ApprovalReplaced:
		return "Replaced by a newer request: " + about
	case domain.ApprovalClosed:
		return "Needed no more: " + about
	case domain.ApprovalDenied:
		return "Denied: " + about
	default:
		return "Approved: " + about
	}
}

func (c *composer) plan(a domain.Approval) (domain.Plan, bool) {
	if a.App == "" || a.Digest == "" {
		return domain.Plan{}, false
	}
	plan, err := c.d.Store.Plan(c.ctx, a.Run, a.App, a.Digest)
	c.keep(err)
	return plan, err == nil
}

// planLines tells a plan in short.
func (c *composer) planLines(p domain.Plan) []string {
	if p.Join != nil {
		return append(p.Join.Lines(), guardLines(p)...)
	}
	var lines []string
	for _, rule := range p.Rules {
		switch {
		case rule.Scope == domain.ScopeNone:
			lines = append(lines, fmt.Sprintf("%s: stay as they are", rule.Kind))
		case rule.Heir == "":
			lines = append(lines, fmt.Sprintf("%s: %d, nobody inherits them yet", rule.Kind, rule.Count))
		default:
			lines = append(lines, fmt.Sprintf("%s: %d (at most %d) to %s", rule.Kind, rule.Count, rule.Ceiling, c.name(rule.Heir)))
		}
	}
	if p.KeepTogether {
		lines = append(lines, "Contacts follow the new owner of their account.")
	}
	lines = append(lines, fmt.Sprintf("Mailboxes to unlink: %d. Scheduled emails: %d, to %s.", p.Mailboxes, p.ScheduledEmails, p.Emails))
	if p.CutOffIncluded {
		lines = append(lines, "Access is cut at the last moment, as part of this decision.")
	}
	return append(lines, guardLines(p)...)
}

func guardLines(p domain.Plan) []string {
	var lines []string
	for _, g := range p.Guards {
		if g.State != domain.GuardOpen {
			lines = append(lines, "Note: "+g.Why)
		}
	}
	return lines
}

func (c *composer) stageFacts(a domain.Approval) []Fact {
	stage := a.Policy.Stages[a.Stage]
	facts := []Fact{{"Stage", fmt.Sprintf("%d of %d: %s; %d of them must agree", a.Stage+1, len(a.Policy.Stages), stage.Name, max(1, stage.Quorum))}}
	if !a.LateAt.IsZero() {
		outcome := "then a backup may decide"
		switch {
		case stage.OnTimeout == domain.TimeoutDeny:
			outcome = "then it counts as denied"
		case len(stage.Backup) == 0:
			outcome = "then those who look after the run hear that nobody did"
		}
		facts = append(facts, Fact{"Answer by", c.when(a.LateAt) + ", " + outcome})
	}
	if a.Policy.Name != "" {
		facts = append(facts, Fact{"Policy", a.Policy.Name + " " + short(a.PolicyDigest)})
	}
	return facts
}

// short is enough of a digest to compare by eye.
func short(digest string) string { return digest[:min(len(digest), 11)] }

// asked says why it is this reader who is asked, and what they may answer. The
// desk checks it again when they do.
func (c *composer) asked(a domain.Approval) (string, []Verb) {
	_, away, err := c.d.standsFor(c.ctx, Actor{Person: c.to}, a.Run)
	c.keep(err)
	voice := a.VoiceFor(c.to.ID, away, c.now)
	who := c.to.ID
	if voice != "" {
		who = voice
	}
	why := because(a, who)
	if voice != "" {
		why = "You stand in for " + c.name(voice) + ", who is away. They are asked because: " + why
	}
	var verbs []Verb
	switch {
	case !a.MayDecide(who, c.now):
		why = "You are told because you look after this run; somebody else decides."
	case a.Policy.HighRisk:
		why += " This is high risk: decide it with your personal token, `handover approvals approve " + a.ID + "`, not here."
	case a.Digest == "":
		why += " It can be approved as soon as a successor fits."
	default:
		verbs = []Verb{VerbApprove, VerbDeny}
	}
	if a.App != "" && a.Scope.Inherits() && a.MayDecide(who, c.now) {
		verbs = append(verbs, VerbChoose)
	}
	if a.App != "" && a.Digest != "" {
		verbs = append(verbs, VerbPlan)
	}
	return why, verbs
}

// because puts the policy's word for somebody into a sentence.
func because(a domain.Approval, who domain.PersonID) string {
	if a.Stage >= len(a.Policy.Stages) {
		return "the policy asks you."
	}
	stage := a.Policy.Stages[a.Stage]
	reason := ""
	switch word := stage.Refs[who]; {
	case word == "manager":
		if reason = "you are the person's manager"; a.Scope.Inherits() {
			reason = "you are the leaver's manager"
		}
	case word == "app_owner":
		reason = "you own the app"
	case word == "app_backup":
		reason = "you are the app's backup"
	case word == "named":
		reason = "the policy names you"
	case word == "fallback":
		reason = "nobody whom the policy names first can decide"
	case strings.HasPrefix(word, "role:"):
		reason = "you have the role " + strings.TrimPrefix(word, "role:")
	case strings.HasPrefix(word, "slack_group:"):
		reason = "you are in a user group that the policy names"
	default:
		reason = "you stand in where the first choice cannot decide"
	}
	if slices.Contains(stage.Backup, who) && !slices.Contains(stage.Approvers, who) {
		reason += " and nobody answered in time"
	}
	return "You are asked because " + reason + "."
}

// decisions tell who said what, when, and what came of it.
func (c *composer) decisions(a domain.Approval, run domain.Run) []string {
	var lines []string
	for _, d := range a.Decisions {
		verb := "Approved"
		if d.Verdict == domain.Deny {
			verb = "Denied"
		}
		line := fmt.Sprintf("%s by %s", verb, c.name(d.Actor))
		if d.ActingFor != "" {
			line += " for " + c.name(d.ActingFor)
		}
		line += " on " + c.when(d.At)
		if d.Channel != "" {
			line += " (" + d.Channel + ")"
		}
		if d.Reason != "" {
			line += ": " + d.Reason
		}
		lines = append(lines, line)
	}
	if end := requestEnd(a, run); end != "" {
		lines = append(lines, end)
	}
	return lines
}

func requestEnd(a domain.Approval, run domain.Run) string {
	switch a.State {
	case domain.ApprovalApproved:
		return approvedMeans(a.Scope)
	case domain.ApprovalDenied:
		if a.Scope == domain.ApproveAll {
			return "Nothing is changed."
		}
		if a.Scope == domain.ApproveHandover || a.Scope == domain.ApproveDrift {
			return "The handover waits. The cut-off stands: access ends at the last moment."
		}
		if a.Scope == domain.ApproveBrake {
			return "These leavings do not start. HR has to announce again whoever leaves all the same."
		}
		if a.Scope == domain.ApprovePromoted {
			return "Whoever asked for it and the administrators hear it: the promotion was not right."
		}
		return "It is not done."
	case domain.ApprovalReplaced:
		return "A newer plan took its place: there is a new request."
	case domain.ApprovalClosed:
		return "Nothing is left to decide: the run is " + string(run.State) + "."
	default:
		return ""
	}
}

func approvedMeans(s domain.ApprovalScope) string {
	switch s {
	case domain.ApproveAll:
		return "Access is cut at the last moment; the handover goes on after it."
	case domain.ApproveDrift:
		return "The larger handover goes on."
	case domain.ApproveCutNow:
		return "The security termination is confirmed."
	case domain.ApproveSeats:
		return "The seats are given back at the renewal, by a task."
	case domain.ApproveBrake:
		return "The first few go on now; the rest follows when their access is verified gone."
	case domain.ApproveOverlap:
		return "Access ends all the same."
	case domain.ApproveJoin:
		return "Access is given, in this role and at this price."
	case domain.ApproveRole:
		return "The role is changed."
	case domain.ApprovePromoted:
		return "A second person stands for the promotion."
	default:
		return "The handover goes on as planned."
	}
}
