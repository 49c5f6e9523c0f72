package apollo

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"handover/domain"
)

// Bounds of one reading of activity.
const (
	activityUsers = 50 // named in one search: their ids stand in its address
	activityPages = 5  // of a search that goes on without telling of anybody new
	activityTasks = 3  // pages of one user's tasks
	taskUsersMost = 200
)

// The sources of activity, as readers know them.
const (
	fromEmails = "emails"
	fromCalls  = "calls"
	fromTasks  = "tasks"
)

// activity is what is known so far of each account.
type activity struct {
	since time.Time
	seen  map[domain.AccountID]domain.LastSeen
	why   map[domain.AccountID]string // the first source that could not be read to its end
}

// LastActivity tells of each account whether it sent an email, made a call or
// finished a task since a moment: Apollo shows no last login (documented by absence).
// Emails that a sequence sends by itself count, so activity is claimed too often
// rather than too seldom. One search asks about fifty users; whoever it shows is done,
// and an empty page proves that the rest sent nothing. Calls take a master key
// (documented): without one, whoever is not seen elsewhere is unknown, never idle.
// Tasks have no documented filter, so they are read last, user by user, for those whom
// nothing else showed, at most 200 of them. Requests for n accounts: at least n/50 for
// emails and calls each, one more for every page that shows somebody new, and up to
// three for each one who is left.
func (c *Connector) LastActivity(ctx context.Context, accounts []domain.AccountID, since time.Time) (map[domain.AccountID]domain.LastSeen, error) {
	a := &activity{since: since, seen: map[domain.AccountID]domain.LastSeen{}, why: map[domain.AccountID]string{}}
	for _, source := range []struct {
		name string
		ask  activitySearch
	}{{fromEmails, c.emailsDone}, {fromCalls, c.callsMade}} {
		for part := range slices.Chunk(a.left(accounts), activityUsers) {
			if err := c.searchActivity(ctx, a, source.name, part, source.ask); err != nil {
				return nil, err
			}
		}
	}
	if err := c.tasksDone(ctx, a, a.left(accounts)); err != nil {
		return nil, err
	}
	for _, id := range accounts {
		switch _, done := a.seen[id]; {
		case done:
		case a.why[id] != "":
			a.seen[id] = domain.SeenUnknown(since, a.why[id])
		default:
			a.seen[id] = domain.NotSeen(since)
		}
	}
	return a.seen, nil
}

func (a *activity) left(accounts []domain.AccountID) []domain.AccountID {
	return slices.DeleteFunc(slices.Clone(accounts), func(id domain.AccountID) bool { _, done := a.seen[id]; return done })
}

// note keeps an act that counts, and tells whether it is the first of its account.
func (a *activity) note(id domain.AccountID, at time.Time, source string) bool {
	if at.Before(a.since) {
		return false
	}
	known, done := a.seen[id]
	if !done || at.After(known.At) {
		a.seen[id] = domain.SeenAt(at, a.since, source)
	}
	return !done
}

func (a *activity) unread(ids []domain.AccountID, why string) {
	for _, id := range ids {
		a.why[id] = cmp.Or(a.why[id], why)
	}
}

// act is one row of a search for activity.
type act struct {
	user domain.AccountID
	at   time.Time
}

// activitySearch reads a page of what some users did since a day.
type activitySearch func(ctx context.Context, users []string, day string, page int) ([]act, error)

// searchActivity asks about a few users until an empty page proves that the rest did
// nothing, or nobody new is shown.
func (c *Connector) searchActivity(ctx context.Context, a *activity, source string, part []domain.AccountID, ask activitySearch) error {
	day := a.since.UTC().AddDate(0, 0, -1).Format(time.DateOnly) // a day more: whose midnight it is, is unknown
	page := 1
	for users := part; len(users) > 0; {
		acts, err := ask(ctx, texts(users), day, page)
		if why, refused := withheld(err); refused {
			a.unread(users, why)
			return nil
		}
		if err != nil || len(acts) == 0 {
			return err
		}
		fresh := false
		for _, x := range acts {
			if slices.Contains(users, x.user) && a.note(x.user, x.at, source) {
				fresh = true
			}
		}
		switch {
		case fresh:
			users, page = a.left(users), 1
		case page == activityPages:
			a.unread(users, "Apollo shows more "+source+" than are read, and none of this user among them")
			return nil
		default:
			page++
		}
	}
	return nil
}

func texts(ids []domain.AccountID) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// withheld tells that the key or the plan keeps a source from us, and says so.
func withheld(err error) (string, bool) {
	var f *domain.Fault
	if !errors.As(err, &f) || f.Kind != domain.FaultForbidden && f.Kind != domain.FaultUnsupported && f.Kind != domain.FaultNotFound {
		return "", false
	}
	return f.SafeMessage, true
}

// emailsDone searches for emails by sender and the day they went out (documented).
func (c *Connector) emailsDone(ctx context.Context, users []string, day string, page int) ([]act, error) {
	args := pageQuery(page)
	args["user_ids[]"] = users
	args.Set("emailer_message_date_range_mode", "completed_at")
	args.Set("emailer_message_date_range[min]", day)
	var answer struct {
		Emails []struct {
			UserID      text   `json:"user_id"`
			Status      text   `json:"status"`
			CompletedAt moment `json:"completed_at"`
		} `json:"emailer_messages"`
	}
	tr, err := c.call(ctx, opEmailsSearch, arguments{query: args}, &answer)
	if err == nil && answer.Emails == nil {
		err = c.strange(opEmailsSearch, tr, nil)
	}
	var acts []act
	for _, row := range answer.Emails {
		acts = append(acts, act{domain.AccountID(row.UserID), time.Time(row.CompletedAt)})
	}
	return acts, err
}

// callsMade searches for calls by user and day (documented; a master key's alone).
func (c *Connector) callsMade(ctx context.Context, users []string, day string, page int) ([]act, error) {
	args := pageQuery(page)
	args["user_ids[]"] = users
	args.Set("date_range[min]", day)
	var answer struct {
		Calls []struct {
			UserID    text   `json:"user_id"`
			StartTime moment `json:"start_time"`
		} `json:"phone_calls"`
	}
	tr, err := c.call(ctx, opCallsSearch, arguments{query: args}, &answer)
	if err == nil && answer.Calls == nil {
		err = c.strange(opCallsSearch, tr, nil)
	}
	var acts []act
	for _, row := range answer.Calls {
		acts = append(acts, act{domain.AccountID(row.UserID), time.Time(row.StartTime)})
	}
	return acts, err
}

// tasksDone reads the tasks of each user who is left: their filter is not documented,
// so each row is held against the user again.
func (c *Connector) tasksDone(ctx context.Context, a *activity, users []domain.AccountID) error {
	if len(users) > taskUsersMost {
		a.unread(users[taskUsersMost:], "there are more users without other activity than tasks are read for at a time")
		users = users[:taskUsersMost]
	}
	for i, id := range users {
		why, err := c.tasksOf(ctx, a, id)
		if refusal, refused := withheld(err); refused {
			a.unread(users[i:], refusal)
			return nil
		}
		if err != nil {
			return err
		}
		if why != "" {
			a.unread([]domain.AccountID{id}, why)
		}
	}
	return nil
}

// tasksOf tells why one user's tasks could not be read to their end, "" where they
// were, or where one of them counts.
func (c *Connector) tasksOf(ctx context.Context, a *activity, id domain.AccountID) (string, error) {
	for page := 1; page <= activityTasks; page++ {
		args := arguments{query: pageQuery(page), body: map[string]any{taskUsers: []string{string(id)}}}
		args.query = withSort(args.query)
		f, err := search[doneTask](ctx, c, opTasksSearch, args, "tasks")
		if err != nil {
			return "", err
		}
		for _, r := range f.rows {
			done := r.by() == id && r.Status == "completed"
			switch {
			case done && time.Time(r.CompletedAt).IsZero():
				return "Apollo does not say when a task of this user was finished", nil
			case done && a.note(id, time.Time(r.CompletedAt), fromTasks):
				return "", nil
			}
		}
		if len(f.rows) == 0 || f.total() >= 0 && page*perPage >= f.total() {
			return "", nil
		}
	}
	return "the user has more tasks than are read", nil
}

// withSort asks for the tasks that are due last first (documented).
func withSort(q url.Values) url.Values {
	q.Set("sort_by_field", "task_due_at")
	return q
}

// doneTask is a task as activity reads it.
type doneTask struct {
	ID          text   `json:"id"`
	UserID      text   `json:"user_id"`
	CompletedBy text   `json:"completed_by_user_id"`
	Status      text   `json:"status"`
	CompletedAt moment `json:"completed_at"`
}

func (r doneTask) record() domain.Record {
	return domain.Record{ID: string(r.ID), Owner: domain.AccountID(r.UserID)}
}

// by is who finished a task: whom Apollo names, else whose it is.
func (r doneTask) by() domain.AccountID {
	return domain.AccountID(cmp.Or(r.CompletedBy, r.UserID))
}
