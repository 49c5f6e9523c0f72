package apollo

import (
	"context"

	"handover/domain"
)

// taskUsers filters tasks by user. It is not documented, and observed to work
// in the body of the search; the search's page belongs in the query.
const taskUsers = "user_ids"

// The fields that a change of a scheduled task resets unless it repeats them
// (documented).
const (
	taskPriority = "priority"
	taskCreator  = "creator_id"
)

type taskRow struct {
	ID        text `json:"id"`
	UserID    text `json:"user_id"`
	CreatorID text `json:"creator_id"`
	Priority  text `json:"priority"`
	Status    text `json:"status"`
	AccountID text `json:"account_id"`
}

// record keeps what moveTask must repeat. Only scheduled tasks are open: Apollo
// does not let a finished one change hands (documented).
func (r taskRow) record() domain.Record {
	return domain.Record{
		ID: string(r.ID), Owner: domain.AccountID(r.UserID), Account: string(r.AccountID), Open: r.Status == "scheduled",
		Before: map[string]string{taskPriority: string(r.Priority), taskCreator: string(r.CreatorID)},
	}
}

func (c *Connector) tasksPage(ctx context.Context, owner domain.AccountID, at cursor) (domain.RecordPage, error) {
	args := arguments{query: pageQuery(at.Page), body: map[string]any{taskUsers: []string{string(owner)}}}
	f, err := search[taskRow](ctx, c, opTasksSearch, args, "tasks")
	if err != nil {
		return domain.RecordPage{}, err
	}
	return f.page(at, owner, taskUsers, false), nil
}

// moveTask repeats priority and creator as they were read. A task whose state
// is not known is not touched: Apollo would reset it.
func (c *Connector) moveTask(ctx context.Context, records []domain.Record, to domain.AccountID) (domain.Moved, error) {
	task := records[0]
	body := map[string]string{"user_id": string(to)}
	for _, field := range []string{taskPriority, taskCreator} {
		value, known := task.Before[field]
		if !known {
			return domain.Moved{}, domain.NewFault(domain.FaultInternal, opTaskUpdate.name, c.cfg.App,
				"the task's "+field+" was not read, and a change would reset it: read the task again", nil)
		}
		if value != "" {
			body[field] = value
		}
	}
	return c.moveOne(ctx, opTaskUpdate, arguments{id: task.ID, body: body}, "task")
}

func (c *Connector) readTasks(ctx context.Context, ids []string) ([]domain.Record, error) {
	return readEach[taskRow](ctx, c, opTaskShow, "task", ids)
}
