package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
)

// newTask makes a task for steps that no channel but a person can do.
func (l *line) newTask(ctx workflow.Context, title string, specs []domain.StepSpec, due time.Time, urgent bool) *domain.Task {
	t := &domain.Task{ID: fmt.Sprintf("%s:%s:t%d", l.r.in.Run, l.in.App, l.r.next()), Run: l.r.in.Run, App: l.in.App, Title: title,
		Owner: l.in.Owner, Backup: l.in.Backup, Second: l.in.Second, Subject: l.r.in.Person, Urgent: urgent, State: domain.TaskOpen, DueAt: due,
		OpenedAt: workflow.Now(ctx)}
	if t.Owner == l.r.in.Person {
		t.Owner = t.Backup
	}
	if now := workflow.Now(ctx); t.DueAt.Before(now) {
		t.DueAt = now
	}
	for _, s := range specs {
		t.Steps = append(t.Steps, s.Key)
		if s.LookFirst != "" {
			t.Instructions = append(t.Instructions, s.LookFirst)
		}
		if s.Instruction != "" {
			t.Instructions = append(t.Instructions, s.Instruction)
		}
		if s.Key == domain.StepUnlink && l.snap.ScheduledEmails > 0 {
			t.Instructions = append(t.Instructions, emailInstruction(l.emails))
		}
		t.Attest = t.Attest || s.ReadBack == domain.ReadBackNone
	}
	l.r.tasks = append(l.r.tasks, t)
	return t
}

// carryOut opens a task and waits until the app, or a second person, shows that
// its steps are done. It gives back a guard that stands before it.
func (l *line) carryOut(ctx workflow.Context, t *domain.Task, guarded bool) *domain.GuardFinding {
	in := activities.TaskInput{StepRef: l.ref(t.Steps[0]), Kind: l.in.Kind, Task: *t, Account: l.snap.Account, Guarded: guarded,
		Protected: l.in.Protected && !l.r.cutNow, KeyOwner: l.in.KeyOwner, CutNow: l.r.cutNow, Overlap: l.r.overlap, To: []domain.PersonID{t.Owner},
		Heir: l.heir, ForwardTo: l.forwardTo}
	end := l.begin(t.Steps[0])
	defer end()
	opened, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.OpenTask, in)
	if err != nil {
		t.State = domain.TaskClosed
		l.park(ctx, t.Steps[0], err)
		return nil
	}
	if !opened.Opened {
		t.State = domain.TaskClosed
		return &opened.Guard
	}
	if guarded {
		l.passed++
	}
	for _, key := range t.Steps {
		l.steps[key] = domain.StepWaiting
	}
	l.superviseTask(ctx, t)
	return nil
}

// superviseTask reads back when somebody says done, then after the waits of the
// policy, whenever the observer saw the app change, and before each reminder; it
// reminds the owner and pages the backup. It ends when every step is settled.
func (l *line) superviseTask(ctx workflow.Context, t *domain.Task) {
	pulse, reads, pages, lastRead := l.r.pulse(t), 0, 0, workflow.Now(ctx)
	if t.State == domain.TaskCannot {
		pulse-- // it was refused while it was being opened
	}
	reminder, moment := l.firstReminder(ctx, t), l.r.due
	cuts := slices.Contains(t.Steps, domain.StepDeactivate)
	for {
		next, due := reminder, false
		if t.State == domain.TaskDone && reads < len(l.r.in.Timings.ReadBacks) {
			next = earlier(reminder, lastRead.Add(l.r.in.Timings.ReadBacks[reads]))
			due = next.Before(reminder)
		}
		woken := awaitUntil(ctx, next, func() bool {
			return l.over() || l.r.pulse(t) != pulse || l.skippedSome(t) || cuts && !l.r.due.Equal(moment) || l.needless(t)
		})
		if l.over() {
			return
		}
		if l.needless(t) {
			l.closeTask(ctx, t)
			return
		}
		if cuts && !l.r.due.Equal(moment) {
			if moment = l.r.due; l.postponed(ctx, t) {
				return
			}
			reminder = l.firstReminder(ctx, t)
		}
		l.applySkips(ctx, t)
		if l.settled(t) {
			l.closeTask(ctx, t)
			return
		}
		if t.State == domain.TaskCannot {
			l.taskRefused(ctx, t)
		}
		late := !workflow.Now(ctx).Before(reminder)
		if woken || due || late {
			if woken {
				pulse, reads = l.r.pulse(t), 0
			} else {
				reads++
			}
			if l.readTask(ctx, t) {
				return
			}
			lastRead = workflow.Now(ctx)
		}
		if late {
			reminder = l.chaseTask(ctx, t, pages)
			pages++
		}
	}
}

// postponed follows a last moment that moved while the task for the cut-off was
// open: one that is not due yet is taken back, and issued again ahead of the new
// moment.
func (l *line) postponed(ctx workflow.Context, t *domain.Task) bool {
	now := workflow.Now(ctx)
	if l.r.cutNow || t.State == domain.TaskDone || !now.Before(l.r.due.Add(-l.r.in.Timings.TaskLead)) {
		if t.DueAt = l.r.due; t.DueAt.Before(now) {
			t.DueAt = now
		}
		l.chase(ctx, t, "handed-over", []domain.PersonID{t.Owner}, "The last moment was moved: "+t.Title)
		return false
	}
	for _, key := range t.Steps {
		if !l.steps[key].Settled() {
			l.steps[key] = domain.StepPlanned
		}
	}
	l.closeTask(ctx, t)
	return true
}

// needless tells that nobody needs another admin any more: somebody answers for the
// cut-off that waits for one.
func (l *line) needless(t *domain.Task) bool {
	return slices.Contains(t.Steps, domain.StepPromote) && l.hasSkip(domain.StepDeactivate)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (l *line) skippedSome(t *domain.Task) bool {
	for _, key := range t.Steps {
		if _, ok := l.skips[key]; ok && !l.steps[key].Settled() {
			return true
		}
	}
	return false
}

func (l *line) applySkips(ctx workflow.Context, t *domain.Task) {
	for _, key := range t.Steps {
		l.applySkip(ctx, key)
	}
}

func (l *line) settled(t *domain.Task) bool {
	return !slices.ContainsFunc(t.Steps, func(k domain.StepKey) bool { return !l.steps[k].Settled() })
}

// readTask reads the task's open steps back. It answers true when all are
// settled.
func (l *line) readTask(ctx workflow.Context, t *domain.Task) bool {
	open := slices.DeleteFunc(slices.Clone(t.Steps), func(k domain.StepKey) bool { return l.steps[k].Settled() })
	if len(open) == 0 {
		l.closeTask(ctx, t)
		return true
	}
	in := l.readBackInput(open, domain.ChannelPerson)
	in.Task, in.DoneBy, in.Confirmed, in.Proof = t.ID, t.DoneBy, t.ConfirmedBy, t.Proof
	end := l.begin(open[0])
	defer end()
	back, err := execute(ctx, l.r.in.Timings, l.in.Queue, activities.ReadBackSteps, in)
	if err != nil {
		l.park(ctx, open[0], err)
		return false
	}
	for _, key := range open {
		l.steps[key] = back.States[key]
	}
	if l.steps[domain.StepDeactivate].Settled() {
		l.cut = true
	}
	if l.settled(t) {
		t.State = domain.TaskSettled
		return true
	}
	return false
}

func (l *line) closeTask(ctx workflow.Context, t *domain.Task) {
	t.State, t.SettledAt = domain.TaskClosed, workflow.Now(ctx)
	l.chase(ctx, t, "close", nil, "")
}

// taskRefused asks for somebody else after the owner said that it cannot be done.
func (l *line) taskRefused(ctx workflow.Context, t *domain.Task) {
	t.State, t.DoneBy, t.ConfirmedBy = domain.TaskOpen, "", ""
	in := activities.AttentionInput{StepRef: l.ref(t.Steps[0]), Why: "the owner of the task says that it cannot be done: hand it to somebody else, or skip it with a reason",
		Count: l.r.next(), To: l.ask(), State: domain.StepNeedsAttention}
	l.must(execute(ctx, l.r.in.Timings, QueueHandover, activities.ReportAttention, in))
}

// firstReminder is early for a cut-off, which runs on the wall clock.
func (l *line) firstReminder(ctx workflow.Context, t *domain.Task) time.Time {
	if t.Urgent {
		page := orDefault(l.r.in.Timings.UrgentPage, 10*time.Minute)
		if limit := l.limit(); limit > 0 {
			page = min(page, limit/2) // the backup can still keep the time that the policy allows
		}
		return t.DueAt.Add(page)
	}
	return workflow.Now(ctx).Add(orDefault(l.r.in.Timings.Reminder, 24*time.Hour))
}

// chaseTask reminds the owner, or pages owner and backup of a cut-off, less and
// less often up to the ordinary reminder. It answers when to do so again.
func (l *line) chaseTask(ctx workflow.Context, t *domain.Task, pages int) time.Time {
	kind, to, wait := "remind", []domain.PersonID{t.Owner}, orDefault(l.r.in.Timings.Reminder, 24*time.Hour)
	if t.Urgent {
		kind, wait = "escalate", min(wait, orDefault(l.r.in.Timings.UrgentPage, 10*time.Minute)<<min(pages, 10))
		if t.Backup != "" {
			to = append(to, t.Backup)
		}
	}
	l.chase(ctx, t, kind, to, "Still open: "+t.Title)
	return workflow.Now(ctx).Add(wait)
}

func (l *line) chase(ctx workflow.Context, t *domain.Task, kind string, to []domain.PersonID, text string) {
	in := activities.ChaseInput{StepRef: l.ref(t.Steps[0]), About: t.ID, Kind: kind, To: to, Text: text, Count: l.r.next(), Urgent: t.Urgent}
	if kind == "close" || kind == "handed-over" {
		c := *t
		in.Task = &c
	}
	_, _ = execute(ctx, l.r.in.Timings, QueueHandover, activities.ChaseApproval, in)
}
