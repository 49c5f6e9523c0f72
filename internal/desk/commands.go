package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// answerWait is how long a person waits for the answer to a command. After it
// the command is still in the outbox and is delivered later.
const answerWait = 15 * time.Second

// ErrPending says that a command was taken and will be carried out, though
// Temporal has not answered yet.
var ErrPending = errors.New("your command is kept and will be carried out as soon as Temporal answers: look again in a minute")

// Answer is what a person hears back. Doors need to know no more than the desk.
type Answer = workflows.Answer

// StepRequest is a person's word about a step.
type StepRequest = workflows.StepRequest

// PreviewAnswer is what a leaving would do in one app.
type PreviewAnswer = workflows.PreviewAnswer

// Steps are commanded by these verbs.
const (
	RetryStep = workflows.UpdateRetry
	SkipStep  = workflows.UpdateSkip
)

// Click is one command of a person on something of a run.
type Click struct {
	Run     string
	About   string // approval, task or app/step: what it is about
	Digest  string
	Verb    string
	Name    string // of the update
	Attempt string // tells a second try from a repeated click
	Payload any
}

// id is the update's id: the same click is the same decision, another verb or
// attempt is another.
func (c Click) id(actor domain.PersonID) string {
	about := c.About
	if about == "" {
		about = c.Run
	}
	raw, _ := json.Marshal(c.Payload)
	sum := sha256.Sum256(raw)
	attempt := c.Attempt
	if attempt == "" {
		attempt = hex.EncodeToString(sum[:6])
	}
	return fmt.Sprintf("v1:%s:%s:%s:%s:%s", about, c.Digest, actor, c.Verb, attempt)
}

// submit keeps a command in the outbox, delivers it and gives back the answer.
func (d *Desk) submit(ctx context.Context, a Actor, c Click, out any) error {
	if err := d.admit(ctx, a, c.Run); err != nil {
		return err
	}
	payload, err := json.Marshal(c.Payload)
	if err != nil {
		return fmt.Errorf("encode command: %w", err)
	}
	id, err := d.attempt(ctx, c.id(a.Person.ID))
	if err != nil {
		return err
	}
	command := store.Command{ID: id, Kind: store.CommandUpdate, Run: c.Run, Name: c.Name, Payload: payload}
	if _, err := d.Store.EnqueueCommand(ctx, command); err != nil {
		return err
	}
	d.deliverNow(ctx, command.ID)
	return d.await(ctx, command.ID, out)
}

// attempt gives the id under which a click is kept. The same click is the same
// command, unless it was refused: a refusal changed nothing, and what stood in
// its way may be gone by now.
func (d *Desk) attempt(ctx context.Context, id string) (string, error) {
	next := id
	for n := 2; ; n++ {
		c, err := d.Store.Command(ctx, next)
		if errors.Is(err, domain.ErrNotFound) {
			return next, nil
		}
		var r reply
		if err != nil || !c.Done() || json.Unmarshal(c.Result, &r) != nil || r.Refused == "" {
			return next, err
		}
		next = fmt.Sprintf("%s:%d", id, n)
	}
}

// await reads the answer from the outbox, whoever delivered the command.
func (d *Desk) await(ctx context.Context, id string, out any) error {
	deadline := time.NewTimer(answerWait)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := d.Store.Command(ctx, id)
		if ctx.Err() != nil {
			return ErrPending
		}
		if err != nil {
			return err
		}
		if c.Done() {
			return readReply(c.Result, out)
		}
		select {
		case <-ctx.Done():
			return ErrPending
		case <-deadline.C:
			return ErrPending
		case <-tick.C:
		}
	}
}

func readReply(raw []byte, out any) error {
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if r.Refused != "" {
		return domain.Refuse(r.Refused, r.Text)
	}
	if out == nil || len(r.Result) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Result, out); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// Decide answers an approval request. Without a digest it is the one that the
// request has now. Whoever is not asked and stands in for somebody who is
// decides in that person's name.
func (d *Desk) Decide(ctx context.Context, a Actor, approval, digest string, verdict domain.Verdict, reason string) (domain.Approval, error) {
	row, err := d.openApproval(ctx, a, approval)
	if err != nil {
		return row, err
	}
	if digest == "" {
		digest = row.Digest
	}
	run, err := d.Store.Run(ctx, row.Run)
	if err != nil {
		return row, missing(err)
	}
	_, away, err := d.standsFor(ctx, a, row.Run)
	if err != nil {
		return row, err
	}
	a.ActingFor = row.VoiceFor(a.Person.ID, away, d.now())
	in := workflows.DecideRequest{Approval: approval, Digest: digest, Verdict: verdict, Reason: keptReason(run, reason), Person: a.Person.ID, ActingFor: a.ActingFor, Channel: a.Channel}
	var out workflows.ApprovalAnswer
	err = d.submit(ctx, a, Click{Run: row.Run, About: approval, Digest: digest, Verb: string(verdict), Name: workflows.UpdateDecide, Payload: in}, &out)
	return out.Approval, err
}

// openApproval finds a request that the actor may see.
func (d *Desk) openApproval(ctx context.Context, a Actor, id string) (domain.Approval, error) {
	if err := d.admit(ctx, a, ""); err != nil {
		return domain.Approval{}, err
	}
	row, err := d.Store.Approval(ctx, id)
	if err != nil {
		return row, missing(err)
	}
	if mine, _, err := d.concerns(ctx, a, row); mine || err != nil {
		return row, err
	}
	_, err = d.visible(ctx, a, row.Run)
	return row, err
}

// concerns tells whether a request asks the actor, or somebody whom the actor
// stands in for, and then whom.
func (d *Desk) concerns(ctx context.Context, a Actor, row domain.Approval) (mine bool, actingFor domain.PersonID, err error) {
	if asks(row, a.Person.ID) {
		return true, "", nil
	}
	absent, _, err := d.standsFor(ctx, a, row.Run)
	i := slices.IndexFunc(absent, func(id domain.PersonID) bool { return asks(row, id) })
	if i < 0 {
		return false, "", err
	}
	return true, absent[i], err
}

func asks(row domain.Approval, who domain.PersonID) bool {
	return slices.ContainsFunc(row.Policy.Stages, func(s domain.ApprovalStage) bool {
		return slices.Contains(s.Approvers, who) || slices.Contains(s.Backup, who)
	})
}

// ChooseHeirs names who inherits and answers with the request for the new plan.
func (d *Desk) ChooseHeirs(ctx context.Context, a Actor, approval string, heirs map[domain.RecordKind]string, emails domain.EmailChoice) (workflows.ApprovalAnswer, error) {
	var out workflows.ApprovalAnswer
	row, err := d.openApproval(ctx, a, approval)
	if err != nil {
		return out, err
	}
	if !row.Scope.Inherits() {
		return out, d.refuse(ctx, a, row.Run, domain.Refuse(domain.RefusedState, "nothing is inherited here: approve it or deny it"))
	}
	mine, actingFor, err := d.concerns(ctx, a, row)
	if err != nil {
		return out, err
	}
	a.ActingFor = actingFor
	if !mine && !a.Person.Has(domain.RoleAdmin) {
		return out, d.refuse(ctx, a, row.Run, domain.Refuse(domain.RefusedNotApprover, "only those who decide about the plan may choose the successor"))
	}
	in := workflows.ChooseHeirRequest{App: row.App, Heirs: map[domain.RecordKind]domain.PersonID{}, Emails: emails, Person: a.Person.ID, ActingFor: actingFor}
	for kind, email := range heirs {
		if !domain.LooksLikeEmail(email) {
			return out, d.refuse(ctx, a, row.Run, domain.Refuse(domain.RefusedReason, "name the successor by work email"))
		}
		p, err := d.Store.UpsertPerson(ctx, email, "")
		if err != nil {
			return out, err
		}
		in.Heirs[kind] = p.ID
	}
	err = d.submit(ctx, a, Click{Run: row.Run, About: approval, Digest: row.Digest, Verb: "choose", Name: workflows.UpdateChooseHeir, Payload: in}, &out)
	return out, err
}

// CompleteTask says that a task is done, or cannot be.
func (d *Desk) CompleteTask(ctx context.Context, a Actor, task, proof string, cannot bool) (workflows.Answer, error) {
	return d.taskClick(ctx, a, task, proof, cannot, workflows.UpdateTask, "done")
}

// ConfirmTask stands for a task as second person.
func (d *Desk) ConfirmTask(ctx context.Context, a Actor, task, note string) (workflows.Answer, error) {
	return d.taskClick(ctx, a, task, note, false, workflows.UpdateConfirm, "confirm")
}

func (d *Desk) taskClick(ctx context.Context, a Actor, task, proof string, cannot bool, name, verb string) (workflows.Answer, error) {
	var out workflows.Answer
	if err := d.admit(ctx, a, ""); err != nil {
		return out, err
	}
	row, err := d.Store.Task(ctx, task)
	if err != nil {
		return out, missing(err)
	}
	if a.ActingFor, err = d.doesFor(ctx, a, row); err != nil {
		return out, err
	}
	if !slices.Contains([]domain.PersonID{row.Owner, row.Backup, row.Second}, a.Person.ID) && a.ActingFor == "" {
		if _, err := d.visible(ctx, a, row.Run); err != nil {
			return out, err
		}
	}
	in := workflows.TaskRequest{Task: task, Proof: proof, Cannot: cannot, Person: a.Person.ID, ActingFor: a.ActingFor}
	// Saying done twice is meant: the app is read back again each time.
	attempt := d.attemptOf(a)
	err = d.submit(ctx, a, Click{Run: row.Run, About: task, Verb: verb, Name: name, Attempt: attempt, Payload: in}, &out)
	return out, err
}

// doesFor finds in whose place somebody does a task: nobody's where it is their
// own.
func (d *Desk) doesFor(ctx context.Context, a Actor, t domain.Task) (domain.PersonID, error) {
	if t.Owner == a.Person.ID || t.Backup == a.Person.ID {
		return "", nil
	}
	absent, _, err := d.standsFor(ctx, a, t.Run)
	for _, id := range absent {
		if id == t.Owner || id == t.Backup {
			return id, err
		}
	}
	return "", err
}

// Step retries, skips or hands over a step.
func (d *Desk) Step(ctx context.Context, a Actor, run, update string, in workflows.StepRequest) (workflows.Answer, error) {
	var out workflows.Answer
	row, err := d.visible(ctx, a, run)
	if err != nil {
		return out, err
	}
	in.Person, in.Reason = a.Person.ID, keptReason(row, in.Reason)
	attempt := d.attemptOf(a)
	about := fmt.Sprintf("%s/%s/%s", run, in.App, in.Step)
	err = d.submit(ctx, a, Click{Run: run, About: about, Verb: update, Name: update, Attempt: attempt, Payload: in}, &out)
	return out, err
}

// HandOverStep gives a step to somebody else, by email.
func (d *Desk) HandOverStep(ctx context.Context, a Actor, run string, app domain.AppID, step domain.StepKey, email string) (workflows.Answer, error) {
	if _, err := d.visible(ctx, a, run); err != nil {
		return workflows.Answer{}, err
	}
	if !domain.LooksLikeEmail(email) {
		return workflows.Answer{}, d.refuse(ctx, a, run, domain.Refuse(domain.RefusedReason, "name by work email who takes the step over"))
	}
	p, err := d.Store.UpsertPerson(ctx, email, "")
	if err != nil {
		return workflows.Answer{}, err
	}
	return d.Step(ctx, a, run, workflows.UpdateHandOver, workflows.StepRequest{App: app, Step: step, To: p.ID})
}

// Reschedule moves the last moment of a run.
func (d *Desk) Reschedule(ctx context.Context, a Actor, run string, m domain.LastMoment) (workflows.Answer, error) {
	var out workflows.Answer
	if err := d.allow(ctx, a, mayStart, run); err != nil {
		return out, err
	}
	if _, err := d.visible(ctx, a, run); err != nil {
		return out, err
	}
	if m.Zone == "" {
		m.Zone = d.Policy().Company.TimeZone
	}
	if err := m.Check(d.now()); err != nil {
		return out, d.refuse(ctx, a, run, domain.Refuse(domain.RefusedReason, err.Error()))
	}
	due, err := m.Instant()
	if err != nil {
		return out, d.refuse(ctx, a, run, domain.Refuse(domain.RefusedReason, err.Error()))
	}
	in := workflows.MomentRequest{Due: due, Local: m.Local, Zone: m.Zone, Person: a.Person.ID}
	// Moving it back to where it was once is a new command, not the old click.
	attempt := d.attemptOf(a)
	err = d.submit(ctx, a, Click{Run: run, Verb: workflows.UpdateReschedule, Name: workflows.UpdateReschedule, Attempt: attempt, Payload: in}, &out)
	return out, err
}

// personMoved keeps with HR's word that a person moved the last moment: it is read
// again before access is cut, and would hold that back until the moment that HR
// had named. What HR says next stands as before.
func (d *Desk) personMoved(ctx context.Context, c store.Command) error {
	var in workflows.MomentRequest
	run, err := d.Store.Run(ctx, c.Run)
	if err != nil || run.Employment == "" || json.Unmarshal(c.Payload, &in) != nil {
		return err
	}
	said, err := d.Store.SaidOf(ctx, run.Employment)
	if err != nil || said.State != domain.EmploymentEnding {
		return err
	}
	newer, err := d.Store.HREvents(ctx, store.HRFilter{Run: c.Run, Outcome: domain.HRTold, Limit: 1})
	if err != nil || len(newer) > 0 && newer[0].ReceivedAt.After(c.CreatedAt) {
		return err
	}
	said.Moment, said.Ends = domain.LastMoment{Local: in.Local, Zone: in.Zone}, in.Due
	_, _, err = d.Store.SayEmployment(ctx, run.Employment, said)
	return err
}

// Retract ends a run before its cut-off.
func (d *Desk) Retract(ctx context.Context, a Actor, run, reason string) (workflows.Answer, error) {
	return d.reasoned(ctx, a, run, reason, mayStart, workflows.UpdateRetract, "")
}

// CutNow turns a run into a security termination.
func (d *Desk) CutNow(ctx context.Context, a Actor, run, reason string) (workflows.Answer, error) {
	return d.reasoned(ctx, a, run, reason, mayCutNow, workflows.UpdateCutNow, d.attemptOf(a)) // after a second person's no it may be asked for again
}

// Undo puts back what a run changed.
func (d *Desk) Undo(ctx context.Context, a Actor, run, reason string) (workflows.Answer, error) {
	return d.reasoned(ctx, a, run, reason, mayOperate, workflows.UpdateUndo, "")
}

func (d *Desk) reasoned(ctx context.Context, a Actor, run, reason string, r right, update, attempt string) (workflows.Answer, error) {
	var out workflows.Answer
	if err := d.allow(ctx, a, r, run); err != nil {
		return out, err
	}
	row, err := d.visible(ctx, a, run)
	if err != nil {
		return out, err
	}
	in := workflows.ReasonRequest{Person: a.Person.ID, Reason: keptReason(row, reason)}
	err = d.submit(ctx, a, Click{Run: run, Verb: update, Name: update, Attempt: attempt, Payload: in}, &out)
	return out, err
}
