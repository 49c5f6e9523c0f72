package slackapp

import (
	"context"
	"errors"
	"time"

	"handover/domain"
	"handover/internal/desk"
)

// stale is how old an act may be when it is carried out. Slack or the store may
// be away for hours; nobody expects yesterday's click to do something today.
const stale = 24 * time.Hour

// WorkClicks carries out what was kept, until the context ends.
func (x *Door) WorkClicks(ctx context.Context) { x.Desk.WorkClicks(ctx, x.handle) }

// handle carries out one act that was kept. An error gives it back; what it did
// before is harmless to repeat, because the desk knows the same command again.
func (x *Door) handle(ctx context.Context, body []byte) (string, error) {
	a, err := decodeAct(body)
	if err != nil {
		x.Log.ErrorContext(ctx, "a kept act is not understood")
		return "unreadable", nil //nolint:nilerr // it will never be understood
	}
	if x.Desk.Now().Sub(a.At) > stale {
		x.say(ctx, a, "This could not be carried out for a day, so it was dropped: look how it stands and decide again.")
		return "stale", nil
	}
	actor, err := x.who(ctx, a)
	actor.Act = a.ID // worked off twice, it is one command
	if err == nil {
		x.adopt(ctx, actor, a)
		switch a.Kind {
		case actCommand:
			err = x.runCommand(ctx, actor, a)
		default:
			err = x.carryOut(ctx, actor, a)
		}
	}
	return x.outcome(ctx, a, actor, err)
}

// adopt keeps the message that was clicked on. Where the answer to its posting
// was lost it is not known yet, and would keep its buttons for ever.
func (x *Door) adopt(ctx context.Context, actor desk.Actor, a act) {
	if a.Kind == actButton && a.Verb != desk.VerbOpen && a.Channel != "" && a.Message != "" {
		x.Desk.Adopt(ctx, a.Target.About, actor.Person.ID, a.Channel+"/"+a.Message)
	}
}

// outcome tells whoever acted what came of it. Only what may go better later is
// given back.
func (x *Door) outcome(ctx context.Context, a act, actor desk.Actor, err error) (string, error) {
	var refused *domain.Refusal
	switch {
	case err == nil:
		return "done", nil
	case errors.As(err, &refused):
		x.refused(ctx, a, actor, refused)
		return "refused:" + refused.Code, nil
	case errors.Is(err, desk.ErrPending):
		x.say(ctx, a, "Kept: it will be carried out as soon as possible. The message shows it then.")
		return "pending", nil
	case ctx.Err() != nil || domain.KindOf(err).Retryable():
		return "", err
	case errors.Is(err, domain.ErrNotFound):
		x.say(ctx, a, "This is no longer there, or it is not yours to see. Nothing was done.")
	default:
		x.Log.ErrorContext(ctx, "an act in Slack failed", "verb", a.Verb, "fault", domain.KindOf(err), "error", err)
		x.say(ctx, a, "This cannot be done: "+safe(err))
	}
	return "failed:" + string(domain.KindOf(err)), nil
}

func safe(err error) string {
	var f *domain.Fault
	if errors.As(err, &f) {
		return f.SafeMessage
	}
	return "look into the server's log"
}

// refused tells why nothing was done. Somebody whose message is outdated gets
// the present one.
func (x *Door) refused(ctx context.Context, a act, actor desk.Actor, r *domain.Refusal) {
	if r.Code == domain.RefusedOutdated && a.Kind != actCommand {
		card, err := x.Desk.CardFor(ctx, actor.Person, a.Target.About)
		if err == nil {
			x.tellCard(ctx, a, "The plan has changed since you saw it, so nothing was decided. This is the new one:", card)
			return
		}
		x.Log.WarnContext(ctx, "new plan not shown", "fault", domain.KindOf(err))
	}
	x.say(ctx, a, r.Text)
}

// carryOut gives the desk what somebody clicked or submitted.
func (x *Door) carryOut(ctx context.Context, actor desk.Actor, a act) error {
	t := a.Target
	switch a.Verb {
	case desk.VerbApprove:
		_, err := x.Desk.Decide(ctx, actor, t.About, t.Digest, domain.Approve, "")
		return err
	case desk.VerbDeny:
		_, err := x.Desk.Decide(ctx, actor, t.About, t.Digest, domain.Deny, a.field(inReason))
		return err
	case desk.VerbChoose:
		return x.choose(ctx, actor, a)
	case desk.VerbDone:
		return x.answered(ctx, a)(x.Desk.CompleteTask(ctx, actor, t.About, a.field(inProof), false))
	case desk.VerbCannot:
		return x.answered(ctx, a)(x.Desk.CompleteTask(ctx, actor, t.About, a.field(inReason), true))
	case desk.VerbConfirm:
		return x.answered(ctx, a)(x.Desk.ConfirmTask(ctx, actor, t.About, ""))
	case desk.VerbRetry:
		return x.answered(ctx, a)(x.Desk.Step(ctx, actor, t.Run, desk.RetryStep, desk.StepRequest{App: t.App, Step: t.Step}))
	case desk.VerbSkip:
		return x.answered(ctx, a)(x.Desk.Step(ctx, actor, t.Run, desk.SkipStep, desk.StepRequest{App: t.App, Step: t.Step, Reason: a.field(inReason)}))
	case desk.VerbHandOver:
		email, err := x.emailOf(ctx, a.field(inTo))
		if err != nil {
			return err
		}
		return x.answered(ctx, a)(x.Desk.HandOverStep(ctx, actor, t.Run, t.App, t.Step, email))
	case verbOffboard:
		return x.offboard(ctx, actor, a)
	case desk.VerbOpen:
		return nil // their browser opened the page
	}
	return domain.NewFault(domain.FaultUnsupported, "slack.act", "", "there is nothing of this name to do", nil)
}

// answered shows the words of an answer, where it has any.
func (x *Door) answered(ctx context.Context, a act) func(desk.Answer, error) error {
	return func(answer desk.Answer, err error) error {
		if err == nil && answer.Text != "" {
			x.say(ctx, a, answer.Text)
		}
		return err
	}
}

func (x *Door) choose(ctx context.Context, actor desk.Actor, a act) error {
	users := heirUsers(a)
	heirs := map[domain.RecordKind]string{}
	for _, kind := range heirKinds(users) {
		email, err := x.emailOf(ctx, users[kind])
		if err != nil {
			return err
		}
		heirs[kind] = email
	}
	answer, err := x.Desk.ChooseHeirs(ctx, actor, a.Target.About, heirs, domain.EmailChoice(a.field(inEmails)))
	if err != nil {
		return err
	}
	if answer.Problem != "" {
		x.say(ctx, a, answer.Problem)
	} else {
		x.say(ctx, a, "Chosen. The new plan is on its way to those who decide about it.")
	}
	return nil
}

// emailOf finds the work email of somebody who was chosen from the list of
// Slack: of the person they are bound to, else the one that Slack has verified.
func (x *Door) emailOf(ctx context.Context, user string) (string, error) {
	unknown := domain.Refuse(domain.RefusedUnknown, "the person you chose cannot be told for sure: use the command line with their work email")
	if !isID(user) {
		return "", unknown
	}
	self, err := x.Client.Self(ctx)
	if err != nil {
		return "", err
	}
	person, err := x.Desk.Store.PersonByChat(ctx, self.chatUser(user))
	if err == nil && person.Email != "" {
		return person.Email, nil
	}
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return "", err
	}
	facts, err := x.factsWithin(ctx, user, clickAge)
	if err != nil {
		return "", err
	}
	if facts.refusedToBind(self, "") != "" {
		return "", unknown
	}
	return facts.Profile.Email, nil
}
