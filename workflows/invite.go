package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// defaultInviteCheck is how often the app is asked whether an invite was accepted.
const defaultInviteCheck = time.Hour

// bringIn invites the person, or gives back their user, and waits until the app
// lists them. Of an app that shows nobody, two people stand for it.
func (j *joiner) bringIn(ctx workflow.Context) bool {
	if !j.shows() {
		return j.giveByTask(ctx)
	}
	if !j.send(ctx) {
		return false
	}
	return j.awaitAccepted(ctx)
}

// shows tells that this kind of app shows who came. Where it does, a list that is
// outdated now is read again until somebody has uploaded a new one.
func (j *joiner) shows() bool {
	_, ok := j.book.Step(domain.StepAccept)
	return ok
}

// giveByTask has a person give the access, and a second one stand for it. Whoever
// skips it gives nothing.
func (j *joiner) giveByTask(ctx workflow.Context) bool {
	spec, _ := j.book.Step(domain.StepInvite)
	settled := j.attempt(ctx, spec.Key, func(ctx workflow.Context) (bool, error) {
		j.carryOut(ctx, j.inviteTask(ctx, spec, "this app shows Handover nobody: a person gives the access"), false)
		return j.steps[spec.Key].Settled(), nil
	})
	if j.steps[spec.Key] == domain.StepSkipped {
		j.denied = "skipped: nothing was granted"
		return false
	}
	return settled
}

func (j *joiner) inviteTask(ctx workflow.Context, spec domain.StepSpec, why string) *domain.Task {
	t := j.newTask(ctx, spec.Title, []domain.StepSpec{spec}, j.deadline(ctx), false)
	t.Why = why
	t.Instructions = append(t.Instructions, "Role: "+j.want.Role.Name)
	t.Instructions = append(t.Instructions, j.want.Warnings...)
	return t
}

// send sends the next link, on the tenant's channel, else by a person.
func (j *joiner) send(ctx workflow.Context) bool {
	if j.look.State == domain.MemberActive && j.link == 0 {
		return true
	}
	j.link++
	j.sentAt, j.sentBy, j.state = workflow.Now(ctx), domain.SystemActor, domain.InvitePending
	j.steps[domain.StepInvite] = domain.StepRunning
	defer j.begin(domain.StepInvite)()
	for !j.r.ending() && j.revoke == nil {
		asked := len(j.asked)
		result, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.SendInvite, j.inviteInput(domain.InvitePending))
		switch {
		case err != nil:
			j.maybeSent = true // nobody knows
			if !j.park(ctx, domain.StepInvite, err) {
				return false
			}
			if j.steps[domain.StepInvite] == domain.StepSkipped {
				return true
			}
			continue
		case result.Outcome == activities.OutcomeUnsupported:
			return j.inviteByTask(ctx, result.Why)
		}
		j.maybeSent = true
		j.via = result.Channel
		j.steps[domain.StepInvite] = domain.StepDoneUnverified
		j.sent(asked)
		return true
	}
	return false
}

// sent forgets who asked for the same invite again before it went out at last: a second
// one would make the first no good.
func (j *joiner) sent(asked int) {
	same := func(in InviteRequest) bool { return in.Role == nil }
	j.asked = append(slices.DeleteFunc(slices.Clone(j.asked[:asked]), same), j.asked[asked:]...)
}

func (j *joiner) inviteInput(state domain.InviteState) activities.InviteInput {
	return activities.InviteInput{StepRef: j.ref(domain.StepInvite), Kind: j.in.Kind, Invite: j.r.in.Run + ":" + string(j.in.App), Link: j.link, Role: j.want.Role, State: state,
		Channel: j.via, By: j.sentBy, For: j.r.in.Requester, Approved: j.line.join.Approved, SentAt: j.sentAt, Life: j.want.Life, Digest: j.digest}
}

// inviteByTask has a person invite. Where the app shows an invite only when it was
// accepted, their word is enough to go on waiting for that; nothing is verified
// before it is.
func (j *joiner) inviteByTask(ctx workflow.Context, why string) bool {
	spec, _ := j.book.Step(domain.StepInvite)
	t := j.inviteTask(ctx, spec, why)
	if !j.untilSaid(ctx, t) {
		return !j.r.ending()
	}
	j.sentBy, j.via, j.sentAt = t.DoneBy, domain.ChannelPerson, workflow.Now(ctx)
	in := j.inviteInput(domain.InvitePending)
	in.Proof = t.Proof
	j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.NoteInvite, in))
	j.steps[domain.StepInvite] = domain.StepDoneUnverified
	return true
}

// untilSaid opens a task whose effect nobody sees at once, and waits until somebody
// says that it is done, or until it is needed no more: false. Before each reminder it
// looks: the person may be there, or have left.
func (j *joiner) untilSaid(ctx workflow.Context, t *domain.Task) bool {
	in := activities.TaskInput{StepRef: j.ref(t.Steps[0]), Kind: j.in.Kind, Task: *t, Account: j.look.Account, To: []domain.PersonID{t.Owner}}
	defer j.begin(t.Steps[0])()
	for {
		_, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.OpenTask, in)
		if err == nil {
			break
		}
		if !j.park(ctx, t.Steps[0], err) || j.steps[t.Steps[0]].Settled() {
			return false
		}
	}
	j.steps[t.Steps[0]], j.maybeSent = domain.StepWaiting, true
	over := false
	needless := func() bool { return over || j.r.ending() || j.revoke != nil || j.hasSkip(t.Steps[0]) }
	remind, pages := j.firstReminder(ctx, t), 0
	for t.DoneBy == "" && !needless() {
		awaitUntil(ctx, remind, func() bool { return t.DoneBy != "" || t.State == domain.TaskCannot || needless() })
		switch {
		case t.State == domain.TaskCannot:
			j.taskRefused(ctx, t)
		case t.DoneBy == "" && !needless() && !workflow.Now(ctx).Before(remind):
			if over = j.glance(ctx); over {
				continue
			}
			remind = j.chaseTask(ctx, t, pages)
			pages++
		}
	}
	j.applySkip(ctx, t.Steps[0])
	j.closeTask(ctx, t)
	return t.DoneBy != "" && !needless()
}

// glance looks, while a person is asked to invite, whether that is needed any more.
// An app that does not answer is no reason to stop asking.
func (j *joiner) glance(ctx workflow.Context) bool {
	look, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.SettleJoin, j.inviteInput(domain.InviteAccepted))
	if err != nil {
		return false
	}
	there, ok := j.seen(ctx, look)
	return there || !ok || j.leaverIn
}

// awaitAccepted waits until the app lists the person. Those who look after the run
// hear that nobody accepted; an invite that has run out waits for people.
func (j *joiner) awaitAccepted(ctx workflow.Context) bool {
	remind := workflow.Now(ctx).Add(orDefault(j.r.in.Timings.Reminder, 24*time.Hour))
	for {
		if j.r.ending() {
			return false
		}
		seen, skips := j.r.sightings, len(j.skips)
		there, ok := j.there(ctx)
		if there && j.revoke != nil {
			return false // too late: giveUp tells that the access stands
		}
		if there || !ok {
			return there
		}
		next := earlier(workflow.Now(ctx).Add(orDefault(j.want.Check, defaultInviteCheck)), remind)
		if end := j.expires(); !end.IsZero() && j.state == domain.InvitePending {
			next = earlier(next, end)
		}
		awaitUntil(ctx, next, func() bool {
			return j.r.ending() || j.revoke != nil || len(j.asked) > 0 || j.r.sightings > seen || len(j.skips) > skips
		})
		switch {
		case j.r.ending():
			return false
		case j.hasSkip(domain.StepAccept):
			j.applySkip(ctx, domain.StepAccept)
			j.denied = "skipped: nothing was granted"
			return false // the link is taken back
		case j.revoke != nil:
			return false // and is taken back
		case len(j.asked) > 0:
			if !j.sendAgain(ctx) {
				return false
			}
		case !j.expires().IsZero() && !workflow.Now(ctx).Before(j.expires()) && j.state == domain.InvitePending:
			j.ranOut(ctx)
		}
		if !workflow.Now(ctx).Before(remind) {
			remind = workflow.Now(ctx).Add(orDefault(j.r.in.Timings.Reminder, 24*time.Hour))
			if j.leaverIn {
				j.tellLeaverIn(ctx)
			} else {
				j.tellWaiting(ctx)
			}
		}
	}
}

// there looks whether the person has come. ok is false when the run ends while the
// app does not answer.
func (j *joiner) there(ctx workflow.Context) (there, ok bool) {
	defer j.begin(domain.StepAccept)()
	look, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.SettleJoin, j.inviteInput(domain.InviteAccepted))
	if err != nil {
		return false, j.park(ctx, domain.StepAccept, err)
	}
	return j.seen(ctx, look)
}

// seen takes what the app shows of the person, and of a person who has left.
func (j *joiner) seen(ctx workflow.Context, look activities.LookResult) (there, ok bool) {
	if look.Left {
		return false, j.leaverStays(ctx, look)
	}
	if look.State != domain.MemberActive {
		j.steps[domain.StepAccept] = domain.StepWaiting
		return false, true
	}
	before := j.look
	j.take(look)
	j.leaverIn = false // hired again
	if j.link == 0 {
		j.look.FullSeat = before.FullSeat
	}
	j.r.wakeTasks(j.in.App, domain.StepInvite)
	j.steps[domain.StepInvite], j.steps[domain.StepAccept], j.state = domain.StepVerified, domain.StepVerified, domain.InviteAccepted
	return true, true
}

// expires is when the invite that was sent last is no longer good; zero where
// nobody says.
func (j *joiner) expires() time.Time {
	if j.want.Life <= 0 || j.link == 0 {
		return time.Time{}
	}
	return j.sentAt.Add(j.want.Life)
}

func (j *joiner) ranOut(ctx workflow.Context) {
	j.state = domain.InviteExpired
	j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.NoteInvite, j.inviteInput(domain.InviteExpired)))
	in := activities.AttentionInput{StepRef: j.ref(domain.StepAccept), Why: "the invite has run out: send it again, change its role, or revoke it", Count: j.r.next(), To: j.line.ask(), State: domain.StepNeedsAttention}
	j.steps[domain.StepAccept] = domain.StepNeedsAttention
	j.must(execute(ctx, j.r.in.Timings, QueueHandover, activities.ReportAttention, in))
}

// sendAgain sends a new link, which ends the one before, after those who have a say
// agreed where it carries another role.
func (j *joiner) sendAgain(ctx workflow.Context) bool {
	next, before := j.asked[0], kept{role: j.want.Role, join: *j.line.join, digest: j.digest}
	j.asked = j.asked[1:]
	if next.Role != nil && next.Role.Key != j.want.Role.Key {
		j.want.Role, j.line.join.Role = *next.Role, *next.Role
		j.want.Asks, j.line.join.For = true, next.Person // whoever asks for it does not decide it
		if _, ok := j.book.Step(domain.StepFindSeat); ok && j.look.FullSeat != domain.Yes {
			j.steps[domain.StepFindSeat] = domain.StepPlanned // the other role may cost what this one did not
		}
		if !j.agree(ctx) {
			return j.keepOld(ctx, before)
		}
	}
	return j.send(ctx)
}

// kept is what was agreed to before somebody asked for another role.
type kept struct {
	role   domain.AppRole
	join   activities.JoinRef
	digest string
}

// keepOld leaves an invite as it is when another role was denied: the link that is
// out there carries the role that was granted, on the word that was given for it.
func (j *joiner) keepOld(ctx workflow.Context, before kept) bool {
	if j.denied == "" || j.r.ending() || j.revoke != nil {
		return false
	}
	j.denied = ""
	j.want.Role, *j.line.join, j.digest = before.role, before.join, before.digest
	j.settleAll(ctx, domain.StepSkipped, "another role was denied", func(s domain.StepSpec) bool { return s.Key == domain.StepFindSeat })
	return true
}

// tellWaiting says that nobody accepted, to those who asked for it.
func (j *joiner) tellWaiting(ctx workflow.Context) {
	in := activities.ChaseInput{StepRef: j.ref(domain.StepAccept), About: j.r.in.Run, Kind: "invite-waits", To: j.r.in.Tell,
		Text: "The invite is not accepted yet: ask the person to look for it, also among spam; send it again, or revoke it.", Count: j.r.next()}
	_, _ = execute(ctx, j.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}

// seeRole wants the app to show the role that was granted. Where it shows another
// one, it is changed; where it shows none, two people stand for it.
func (j *joiner) seeRole(ctx workflow.Context) bool {
	spec, ok := j.book.Step(domain.StepRole)
	if !ok {
		return true
	}
	if j.shownNow(ctx, spec.Key) {
		return true
	}
	if j.link > 0 && !j.letIn(ctx, j.roleNow(), true) {
		return false
	}
	from := j.line.join.From
	known := j.link == 0 || from.Admin == domain.Yes || from.Owner
	lowers := known && domain.Weigh(j.in.Kind, from, j.want.Role, j.look.CRM).Demotes
	return j.giveRole(ctx, spec, lowers)
}

// shownNow reads a step back once.
func (j *joiner) shownNow(ctx workflow.Context, key domain.StepKey) bool {
	back, err := execute(ctx, j.r.in.Timings, j.in.Queue, activities.ReadBackSteps, j.readBackInput([]domain.StepKey{key}, j.via))
	if err == nil && back.Settled {
		j.steps[key] = back.States[key]
		return true
	}
	return false
}
