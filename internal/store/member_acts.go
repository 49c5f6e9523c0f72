package store

import (
	"context"
	"time"

	"handover/domain"
)

// MemberActs lists what Handover knows of memberships in an app from a moment on,
// the oldest first: the five events that no unknown actor stands behind, tasks that
// somebody said are done, and what a browser did.
func (s *Store) MemberActs(ctx context.Context, app domain.AppID, since time.Time) ([]domain.MemberAct, error) {
	events, err := collect(ctx, s.reader, bodies[domain.AuditEvent], `SELECT body FROM events WHERE app = $1 AND at >= $2 AND actor <> $3 AND kind IN ($4, $5, $6, $7, $8, $9, $10)
		ORDER BY at, chain, seq`, string(app), micros(since), string(domain.UnknownActor), string(domain.EventInviteSent), string(domain.EventInviteAccepted),
		string(domain.EventInviteRevoked), string(domain.EventRoleChanged), string(domain.EventMemberRemoved), string(domain.EventTaskDone), string(domain.EventRecipePlayed))
	if err != nil {
		return nil, fault("store.member_acts", err)
	}
	var acts []domain.MemberAct
	for _, e := range events {
		act := domain.MemberAct{Person: e.Subject, Kind: e.Kind, To: e.To, At: e.At}
		switch e.Kind {
		case domain.EventTaskDone:
			task, err := s.Task(ctx, e.Target)
			if err != nil {
				return nil, err
			}
			act.Steps = task.Steps
		case domain.EventRecipePlayed:
			act.Steps = []domain.StepKey{e.Step}
		}
		acts = append(acts, act)
	}
	return acts, nil
}

// MembersChangedAt is when somebody last said, from a moment on, that they changed
// who is a member of an app; zero where nobody did.
func (s *Store) MembersChangedAt(ctx context.Context, app domain.AppID, since time.Time) (time.Time, error) {
	acts, err := s.MemberActs(ctx, app, since)
	var last time.Time
	for _, act := range acts {
		if act.ChangesMembers() {
			last = act.At
		}
	}
	return last, err
}

// MemberSeen is when Handover last knew of somebody's removal from an app, and of
// their coming.
type MemberSeen struct{ Removed, Came time.Time }

// LastMemberships tells for everybody who was removed from an app when that was,
// and when they last came, whoever did it.
func (s *Store) LastMemberships(ctx context.Context, app domain.AppID) (map[domain.PersonID]MemberSeen, error) {
	found := map[domain.PersonID]MemberSeen{}
	_, err := collect(ctx, s.reader, func(row scanner) (domain.EventKind, error) {
		var id domain.PersonID
		var kind domain.EventKind
		var last int64
		err := row.Scan(&id, &kind, &last)
		seen := found[id]
		if kind == domain.EventMemberRemoved {
			seen.Removed = at(last)
		} else if at(last).After(seen.Came) {
			seen.Came = at(last)
		}
		found[id] = seen
		return kind, err
	}, `SELECT subject, kind, MAX(at) FROM events WHERE app = $1 AND subject <> '' AND kind IN ($2, $3, $4, $5, $6) GROUP BY subject, kind`, string(app),
		string(domain.EventMemberRemoved), string(domain.EventInviteSent), string(domain.EventInviteAccepted), string(domain.EventAccessReturned), string(domain.EventUndone))
	return found, fault("store.last_memberships", err)
}
