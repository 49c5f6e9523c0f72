package slackapp

import (
	"context"
	"errors"
	"slices"
	"time"

	"handover/domain"
)

// syncEvery is how often user groups are read.
const syncEvery = 10 * time.Minute

// SyncGroups keeps the members of the user groups that the policy names, now and
// every ten minutes, and binds the Slack ids that the policy gives, until the
// context ends. What cannot be read stays as it was.
func (x *Door) SyncGroups(ctx context.Context) {
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		x.Sync(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sync does it once.
func (x *Door) Sync(ctx context.Context) {
	self, err := x.Client.Self(ctx)
	if err != nil {
		x.Log.WarnContext(ctx, "user groups not read", "fault", domain.KindOf(err), "error", err)
		return
	}
	policy := x.Desk.Policy()
	x.bindNamed(ctx, self, policy)
	for _, group := range policy.SlackGroups() {
		members, skipped, err := x.members(ctx, self, group)
		if err == nil {
			err = x.Desk.SetGroup(ctx, "slack_group:"+group, members)
		}
		if err != nil {
			x.Log.WarnContext(ctx, "user group not read: its last known members stay", "group", group, "fault", domain.KindOf(err), "error", err)
			continue
		}
		if skipped > 0 {
			x.Log.WarnContext(ctx, "members of a user group are nobody here", "group", group, "count", skipped)
		}
	}
}

// members finds the people in a user group, and counts those who are nobody
// here. If one cannot be asked about, none is answered: a group that is too
// small could never reach its quorum.
func (x *Door) members(ctx context.Context, self Self, group string) ([]domain.PersonID, int, error) {
	users, err := x.Client.groupMembers(ctx, group, self.Team)
	if err != nil {
		return nil, 0, err
	}
	var people []domain.PersonID
	skipped := 0
	for _, user := range users {
		id, err := x.member(ctx, self, user)
		if err != nil {
			return nil, 0, err
		}
		if id == "" {
			skipped++
		} else if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	return people, skipped, nil
}

// member finds who a user is, and pins them the first time. Nobody here is no
// attempt of anything, so no refusal is written down.
func (x *Door) member(ctx context.Context, self Self, user string) (domain.PersonID, error) {
	facts, err := x.slowly(ctx, user)
	if err != nil || facts.refused(self) != "" {
		return "", err
	}
	person, err := x.Desk.Store.PersonByChat(ctx, self.chatUser(user))
	if errors.Is(err, domain.ErrNotFound) {
		if facts.refusedToBind(self, "") != "" {
			return "", nil
		}
		return x.bindQuietly(ctx, self, user, facts.Profile.Email)
	}
	if err != nil || person.State == domain.PersonLeft {
		return "", err
	}
	return person.ID, nil
}

// slowly asks about a user and bears with our own limit: a large group takes as
// long as Slack allows.
func (x *Door) slowly(ctx context.Context, user string) (slackUser, error) {
	for {
		facts, err := x.factsWithin(ctx, user, addressAge)
		var f *domain.Fault
		if !errors.As(err, &f) || f.Kind != domain.FaultRateLimited {
			return facts, err
		}
		timer := time.NewTimer(min(max(f.RetryAt.Sub(x.Client.now()), 100*time.Millisecond), time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return facts, err
		case <-timer.C:
		}
	}
}

// bindQuietly pins a user to the person with an email where neither is pinned
// otherwise. Where one is, an administrator has to free it first.
func (x *Door) bindQuietly(ctx context.Context, self Self, user, email string) (domain.PersonID, error) {
	person, err := x.Desk.Store.PersonByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) || err == nil && person.State == domain.PersonLeft {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	chat := self.chatUser(user)
	other, err := x.Desk.Store.ChatOf(ctx, chat.Team, person.ID)
	if err == nil && other != chat {
		return "", nil
	}
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return "", err
	}
	if _, err := x.Desk.BindChat(ctx, chat, email); err != nil {
		return "", err
	}
	return person.ID, nil
}

// bindNamed pins the people whose Slack id the policy file gives, and those whom
// it names by Slack id only.
func (x *Door) bindNamed(ctx context.Context, self Self, policy *domain.Policy) {
	waiting := 0
	for _, p := range policy.People {
		if p.Slack == "" {
			continue
		}
		bound, err := x.bindExplicitly(ctx, self, p)
		if err != nil {
			x.Log.WarnContext(ctx, "a Slack id of the policy file is not bound", "fault", domain.KindOf(err))
		}
		if !bound {
			waiting++
		}
	}
	for _, user := range namedUsers(policy) {
		if id, err := x.member(ctx, self, user); err != nil || id == "" {
			waiting++
		}
	}
	if waiting > 0 {
		x.Log.WarnContext(ctx, "Slack ids of the policy file are bound otherwise, or to nobody: an administrator can free them", "count", waiting)
	}
}

func (x *Door) bindExplicitly(ctx context.Context, self Self, p domain.PersonPolicy) (bool, error) {
	chat := self.chatUser(p.Slack)
	person, err := x.Desk.Store.PersonByChat(ctx, chat)
	if err == nil {
		return domain.NormalEmail(person.Email) == domain.NormalEmail(p.Email), nil
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return false, err
	}
	id, err := x.bindQuietly(ctx, self, p.Slack, p.Email)
	return id != "", err
}

// namedUsers are those whom the policy asks by Slack id.
func namedUsers(policy *domain.Policy) []string {
	var users []string
	for _, setting := range policy.Approvals {
		if setting == nil {
			continue
		}
		for _, stage := range setting.Stages {
			for _, text := range slices.Concat(stage.Who, stage.Backup) {
				if ref, ok := domain.ParseRef(text); ok && ref.Kind == domain.RefSlack {
					users = append(users, ref.Value)
				}
			}
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}
