package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// Onboarding brings somebody into the apps of the run: people agree to the role and
// to what it costs, a seat is found, the invite goes out once and is accepted, and
// the app shows the role that was granted. Apps go side by side.
func Onboarding(ctx workflow.Context, in OnboardingInput) (OffboardingResult, error) {
	r := newJoining(in.Run, in.Person, in.Employment, in.Requester, in.Admins, in.Tell, in.Timings, in.PolicyHash)
	r.due = in.StartsAt
	var all []*joiner
	for i := range in.Apps {
		all = append(all, newJoiner(r, &in.Apps[i], domain.JoiningFor, in.Until))
	}
	if err := r.listenJoining(ctx, all); err != nil {
		return OffboardingResult{}, err
	}
	r.state = domain.RunWaiting
	if !in.Until.IsZero() {
		workflow.Go(ctx, func(ctx workflow.Context) { r.endAt(ctx, in.Until, len(all)) })
	}
	for _, j := range all {
		workflow.Go(ctx, j.run)
	}
	return r.concludeJoining(ctx, all)
}

// newJoining is a process in which nobody's access ends.
func newJoining(run string, person domain.PersonID, employment string, requester domain.PersonID, admins, tell []domain.PersonID, t Timings, policyHash string) *process {
	return &process{in: OffboardingInput{Run: run, Person: person, Employment: employment, Requester: requester, Admins: admins, Tell: tell, Timings: t, PolicyHash: policyHash},
		state: domain.RunStarting, pulses: map[string]int{}, reminders: map[string]time.Time{}}
}

// joiner is the joining of one app.
type joiner struct {
	*line
	want      *JoinInput
	until     time.Time
	look      activities.LookResult
	terms     domain.JoinTerms
	seat      domain.SeatNeed
	link      int // how often the invite was sent
	sentAt    time.Time
	sentBy    domain.PersonID
	via       domain.Channel
	state     domain.InviteState
	asked     []InviteRequest // resend, another role; in their order
	revoke    *InviteRequest
	denied    string // why nothing was granted
	maybeSent bool   // a link is, or may be, out there
	regains   bool   // their user comes back with a role that may administer
	leaverIn  bool   // the person has left, and came in all the same
	granted   bool   // the person has what was asked for
}

// newJoiner makes the line of one app with the steps of a procedure.
func newJoiner(r *process, want *JoinInput, procedure func(string) (domain.Runbook, bool), until time.Time) *joiner {
	l := newLine(r, &want.App)
	book, _ := procedure(want.App.Kind)
	l.book = book.For(want.App.Instructions, want.App.SignIn)
	l.steps = map[domain.StepKey]domain.StepState{}
	for _, s := range l.specs() {
		l.steps[s.Key] = domain.StepPlanned
	}
	l.join = &activities.JoinRef{Role: want.Role, For: r.in.Requester}
	r.in.Apps = append(r.in.Apps, want.App)
	r.lines = append(r.lines, l)
	return &joiner{line: l, want: want, until: until}
}

// run is the joining of one app, from the question to the role that the app shows.
func (j *joiner) run(ctx workflow.Context) {
	defer func() { j.r.finished++; j.done = true }()
	for _, block := range []func(workflow.Context) bool{j.untilStart, j.lookUp, j.agree, j.openSignIn, j.bringIn, j.seeRole, j.grant} {
		if j.r.ending() || !block(ctx) {
			j.giveUp(ctx)
			return
		}
	}
}

// untilStart waits for the first day.
func (j *joiner) untilStart(ctx workflow.Context) bool {
	awaitUntil(ctx, j.r.due, j.r.ending)
	return !j.r.ending()
}

// lookUp finds out how the person stands in the app.
func (j *joiner) lookUp(ctx workflow.Context) bool {
	defer j.begin(j.first())()
	for !j.r.ending() {
		look, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.LookAtMember, activities.LookInput{StepRef: j.ref(""), Kind: j.in.Kind})
		switch {
		case err != nil:
			if !j.park(ctx, j.first(), err) || j.leftOut(j.first()) {
				return false
			}
		case look.Ambiguous > 0:
			if !j.parkWhy(ctx, j.first(), "several users have this email: tidy them up in the app, then retry", domain.FaultConflict) || j.leftOut(j.first()) {
				return false
			}
		case look.State == domain.MemberUnknown && !look.Hidden:
			if !j.parkWhy(ctx, j.first(), "the list of users was cut short, so that nobody can tell whether the person has one", domain.FaultUnavailable) || j.leftOut(j.first()) {
				return false
			}
		default:
			j.take(look)
			return true
		}
	}
	return false
}

// leftOut tells that somebody skipped a step before which nothing could go on:
// nobody knows how the person stands in the app, or nobody was asked.
func (j *joiner) leftOut(key domain.StepKey) bool {
	if _, skipped := j.skips[key]; !skipped {
		return false
	}
	j.denied = "skipped: nothing was granted"
	return true
}

// take keeps what was seen of the person.
func (j *joiner) take(look activities.LookResult) {
	j.look = look
	j.snap.Account, j.snap.Channels, j.snap.Admin = look.Account, look.Channels, look.Admin
	if from, ok := domain.FindRole(j.want.Roles, look.Role); ok {
		j.line.join.From = from
	}
	if j.link > 0 || strings.EqualFold(look.Role, j.want.Role.Key) {
		return
	}
	back := look.State == domain.MemberInactive && (look.Role != "" || look.Admin != domain.No)
	if back || look.State == domain.MemberActive && look.Role != "" {
		j.want.Asks = true // a rule gives access; it takes no role away, and gives none back, unasked
	}
	j.regains = back && mayAdminister(look, j.line.join.From)
}

// mayAdminister tells that a user is not known to be without the right to administer.
func mayAdminister(look activities.LookResult, role domain.AppRole) bool {
	if role.Key == "" {
		return look.Admin != domain.No // the policy does not name their role
	}
	return look.Admin == domain.Yes || role.Privileged()
}

// first is the step under which trouble before any step is shown.
func (j *joiner) first() domain.StepKey { return j.specs()[0].Key }

// agree finds a seat, and asks everybody who has a say: about the access, about a
// role that may administer, about money. What was agreed to is found again when
// the answer is there: a seat that was taken meanwhile is asked about anew.
func (j *joiner) agree(ctx workflow.Context) bool {
	for !j.r.ending() {
		found, ok := j.findSeat(ctx, false)
		if !ok {
			return false
		}
		if !j.ask(ctx, found) {
			return false
		}
		if found.Need == domain.SeatNone {
			j.settleAll(ctx, domain.StepSkipped, "no paid seat is needed", func(s domain.StepSpec) bool { return s.Key == domain.StepFindSeat })
			return true
		}
		kept, ok := j.findSeat(ctx, true)
		if !ok {
			return false
		}
		if kept.Need == domain.SeatFree || found.Need.Costs() {
			return j.buy(ctx, kept)
		}
	}
	return false
}

// ask makes the plan, and waits for the answer where somebody has a say. It comes
// back false when the answer is no.
func (j *joiner) ask(ctx workflow.Context, found activities.FindSeatResult) bool {
	j.version++
	j.terms = j.termsOf(found)
	policy := j.policy(found.Need)
	in := activities.ProposeJoinInput{StepRef: j.ref(""), Kind: j.in.Kind, Version: j.version, Terms: j.terms, Account: j.look.Account, Steps: j.book.Keys(), PolicyHash: j.r.in.PolicyHash}
	var a *domain.Approval
	if len(policy.Stages) > 0 {
		a = j.r.newApprovalBy(ctx, j.line.join.For, j.in.App, domain.ApproveJoin, policy, askWhy(found))
	}
	return j.propose(ctx, j.first(), a, in)
}

// propose makes the plan and waits for the answer. Key is the step under which
// trouble is shown; a is nil where nobody is asked.
func (j *joiner) propose(ctx workflow.Context, key domain.StepKey, a *domain.Approval, in activities.ProposeJoinInput) bool {
	if a != nil {
		copied := *a
		in.Approval = &copied
	}
	end := j.begin(key)
	defer end()
	for {
		proposed, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.ProposeJoin, in)
		if err == nil {
			j.digest = proposed.Digest
			return j.answered(ctx, a, in.Approval, proposed)
		}
		if !j.park(ctx, key, err) || j.leftOut(key) || j.revoke != nil {
			if a != nil {
				j.r.closeApproval(ctx, a) // an attempt that got no answer may have opened it
			}
			return false
		}
	}
}

func (j *joiner) answered(ctx workflow.Context, a, told *domain.Approval, proposed activities.ProposeJoinResult) bool {
	if a == nil {
		return true // the policy gives it, and it costs nothing
	}
	a.Digest, a.LateAt = proposed.Digest, proposed.LateAt
	j.r.noteTold(*told, proposed.Clock)
	switch j.r.awaitDecision(ctx, a, func() bool { return j.r.ending() || j.revoke != nil }) {
	case domain.ApprovalApproved:
		j.line.join.Approved, j.line.join.Digest = approvers(*a), a.Digest
		return true
	case domain.ApprovalDenied:
		j.denied = "denied: nothing was granted"
	default:
		j.r.closeApproval(ctx, a)
	}
	return false
}

// approvers are those whose word stands behind a grant.
func approvers(a domain.Approval) []domain.PersonID {
	var ids []domain.PersonID
	for _, d := range a.Decisions {
		if d.Verdict == domain.Approve {
			ids = append(ids, d.Actor)
		}
	}
	return ids
}

// policy puts together who has a say, one after the other, in one request.
func (j *joiner) policy(need domain.SeatNeed) domain.ApprovalPolicy {
	var asked []domain.ApprovalPolicy
	if j.want.Asks {
		asked = append(asked, j.in.Approval)
	}
	privileged := j.want.Role.Privileged() || j.regains
	if privileged && len(j.want.ForRole.Stages) > 0 {
		asked = append(asked, j.want.ForRole)
	} else if privileged && !j.want.Asks {
		asked = append(asked, j.in.Approval) // nobody administers because a rule says so
	}
	if need.Costs() {
		asked = append(asked, j.want.ForMoney)
	}
	return joinPolicies(asked...)
}

func (j *joiner) termsOf(found activities.FindSeatResult) domain.JoinTerms {
	change := domain.Weigh(j.in.Kind, j.line.join.From, j.want.Role, j.look.CRM)
	t := domain.JoinTerms{Role: j.want.Role.Key, RoleName: j.want.Role.Name, Seat: found.Need, Warnings: append([]string{}, j.want.Warnings...)}
	if found.Need != domain.SeatNone {
		t.Price, t.PriceDate = j.in.Contract.PricePerSeat, j.in.Contract.PriceDate
	}
	if j.want.Role.Privileged() {
		t.Gains = change.Gains
	}
	had := j.look.State == domain.MemberActive || j.look.State == domain.MemberInactive
	if from := j.line.join.From; had && from.Key != "" {
		t.From, t.FromName, t.Loses = from.Key, from.Name, change.Loses
	}
	if j.regains {
		t.Warnings = append(t.Warnings, "Their deactivated user comes back with the role it had, which may administer, and has it until the role is changed")
	}
	if !j.until.IsZero() {
		t.Until = j.until.Format(time.DateOnly) // where the company is
	}
	return t
}

func askWhy(found activities.FindSeatResult) string {
	if found.Why == "" {
		return "Somebody joins: say whether they get this access."
	}
	return "Somebody joins: say whether they get this access. " + found.Why + "."
}

// openSignIn gives the app at the identity provider, before the invite: whoever is
// invited can come in.
func (j *joiner) openSignIn(ctx workflow.Context) bool {
	spec, ok := j.book.Step(domain.StepOpenSignIn)
	if !ok {
		return true
	}
	return j.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		result := activities.ActResult{Why: "no identity provider is connected to Handover: a person opens the sign-in there"}
		var err error
		if spec.ReadBack == domain.ReadBackGiven {
			result, err = execute(ctx, j.r.in.Timings, j.in.Queue, activities.OpenSignIn, activities.AccountInput{StepRef: j.ref(spec.Key)})
		}
		switch {
		case err != nil:
			return false, err
		case result.Outcome == activities.OutcomeVerified:
			j.steps[spec.Key] = domain.StepVerified
			return true, nil
		case result.Outcome == activities.OutcomeUnverified && j.shown(ctx, spec.Key, domain.ChannelIDP):
			return true, nil
		}
		t := j.newTask(ctx, spec.Title, []domain.StepSpec{spec}, j.deadline(ctx), false)
		t.Why, t.Attest = result.Why, true
		j.carryOut(ctx, t, false)
		return j.steps[spec.Key].Settled(), nil
	})
}

// concludeJoining waits for all apps and closes the run with its evidence.
func (r *process) concludeJoining(ctx workflow.Context, all []*joiner) (OffboardingResult, error) {
	if err := workflow.Await(ctx, func() bool { return r.finished == len(all) }); err != nil {
		return OffboardingResult{}, err
	}
	r.closing = true
	for _, j := range all {
		if j.granted && r.retracted != "" && !j.lapsed(ctx) {
			j.tellAccessStands(ctx)
		}
	}
	result := r.joined(all)
	r.state = result.State
	r.closeOpenRequests(ctx)
	_, err := execute(ctx, r.in.Timings, QueueHandover, activities.ConcludeRun, activities.ConcludeInput{Run: r.in.Run, Person: r.in.Person, State: result.State, Why: result.Why,
		Pack: true, Final: true, To: r.in.Tell, Release: appsOf(all)})
	if err != nil {
		return result, err
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// appsOf names the apps in which nothing is announced any more once the run has
// ended: a demotion that did not come about holds no other up.
func appsOf(all []*joiner) []domain.AppID {
	apps := make([]domain.AppID, 0, len(all))
	for _, j := range all {
		apps = append(apps, j.in.App)
	}
	return apps
}

func (r *process) joined(all []*joiner) OffboardingResult {
	denied, verified, attested, skipped := 0, 0, 0, 0
	for _, j := range all {
		if j.denied != "" {
			denied++
		}
		for _, key := range sortedSteps(j.steps) {
			switch j.steps[key] {
			case domain.StepVerified:
				verified++
			case domain.StepAttested:
				attested++
			case domain.StepSkipped:
				skipped++
			}
		}
	}
	switch {
	case r.retracted != "":
		return OffboardingResult{State: domain.RunRetracted, Why: "Retracted: " + r.retracted + "."}
	case denied == len(all):
		return OffboardingResult{State: domain.RunDenied, Why: whyNothing(all)}
	}
	return OffboardingResult{State: domain.RunClosed, Why: fmt.Sprintf("%d steps verified, %d attested, %d skipped.", verified, attested, skipped)}
}

// whyNothing says why nothing was granted, where it is the same in all apps.
func whyNothing(all []*joiner) string {
	for _, j := range all {
		if j.denied != all[0].denied {
			return "Nothing was granted."
		}
	}
	return strings.ToUpper(all[0].denied[:1]) + all[0].denied[1:] + "."
}
