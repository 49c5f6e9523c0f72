package activities

import (
	"context"
	"fmt"

	"handover/domain"
)

// ConcludeRun records how a run ended, builds its evidence pack and writes the
// summary for those who asked. Not final, it records a state on the way.
func (s *Set) ConcludeRun(ctx context.Context, in ConcludeInput) (Nothing, error) {
	entry := domain.Entry{Run: in.Run, RunState: in.State, RunWhy: in.Why}
	for _, app := range in.Release {
		entry.Claims = append(entry.Claims, s.released(in.Run, app, domain.StepDeactivate), s.released(in.Run, app, domain.StepSignIn),
			s.released(in.Run, app, domain.StepRole))
	}
	if in.Final {
		e := domain.AuditEvent{Key: in.Run + "/concluded", Run: in.Run, Kind: domain.EventRunClosed, Actor: domain.SystemActor,
			Subject: in.Person, To: string(in.State), At: s.now(), Facts: map[string]string{"why": in.Why}}
		entry.Events = []domain.AuditEvent{e}
		entry.Notices = []domain.Notice{{ID: in.Run + "/concluded", Run: in.Run, Kind: "run-concluded", To: in.To,
			Text: fmt.Sprintf("The run is %s. %s", in.State, in.Why), At: s.now()}}
	}
	if err := s.Ledger.Record(ctx, entry); err != nil {
		return Nothing{}, err
	}
	if !in.Pack {
		return Nothing{}, nil
	}
	s.crash("concluded-not-packed")
	if _, err := s.Packs.BuildPack(ctx, in.Run); err != nil {
		return Nothing{}, fmt.Errorf("build evidence pack: %w", err)
	}
	return Nothing{}, nil
}

// ObserveApp lists an app once and names the runs with an open task that the
// listing already satisfies: somebody did the work and never clicked Done.
func (s *Set) ObserveApp(ctx context.Context, in ObserveInput) (ObserveResult, error) {
	tasks, err := s.Ledger.OpenTasks(ctx, in.App)
	if err != nil || len(tasks) == 0 {
		return ObserveResult{}, err
	}
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ObserveResult{}, err
	}
	seen, result := map[string]bool{}, ObserveResult{}
	for _, t := range tasks {
		hit, err := s.satisfied(ctx, c, listing, t)
		if err != nil {
			return ObserveResult{}, s.fail(ctx, in.App, err)
		}
		if hit && !seen[t.Run] {
			seen[t.Run] = true
			result.Runs = append(result.Runs, t.Run)
		}
	}
	return result, nil
}

// satisfied looks only at steps that the listing of users or mailboxes shows.
func (s *Set) satisfied(ctx context.Context, c Connector, l domain.Listing, t domain.Task) (bool, error) {
	snap, err := s.Ledger.Snapshot(ctx, t.Run, t.App)
	if err != nil {
		return false, ignoreNotFound(err)
	}
	for _, step := range t.Steps {
		switch step {
		case domain.StepDeactivate:
			if l.AccountPresence(snap.Account.ID) == domain.Absent {
				return true, nil
			}
		case domain.StepUnlink:
			boxes, err := activeMailboxes(ctx, c, snap.Account.ID)
			if err != nil || len(boxes) == 0 {
				return err == nil, err
			}
		case domain.StepPromote:
			back := ReadBackInput{StepRef: StepRef{App: t.App}, Account: snap.Account.ID}
			seen, err := s.seeAdmin(ctx, l, back)
			if err != nil || seen.presence == domain.Absent {
				return err == nil, err
			}
		}
	}
	return false, nil
}
