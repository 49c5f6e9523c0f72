package store

import (
	"strconv"
	"strings"
)

// defaultLimit is the length of a page nobody asked the length of.
const defaultLimit = 100

// query is a statement that grows by the conditions that are asked for.
type query struct {
	text string
	args []any
}

// where adds a condition; each ? in it stands for one argument.
func (q *query) where(condition string, args ...any) {
	q.text += " AND "
	parts := strings.Split(condition, "?")
	for i, part := range parts {
		q.text += part
		if i < len(parts)-1 {
			q.args = append(q.args, args[i])
			q.text += "$" + strconv.Itoa(len(q.args))
		}
	}
}

// whereText adds an equality unless nothing was asked for.
func (q *query) whereText(column, value string) {
	if value != "" {
		q.where(column+" = ?", value)
	}
}

// set adds a column to what an UPDATE changes.
func (q *query) set(column string, value any) {
	q.args = append(q.args, value)
	q.text += ", " + column + " = $" + strconv.Itoa(len(q.args))
}

// whereIn adds a choice unless nothing was asked for.
func (q *query) whereIn(column string, of []any) {
	if len(of) > 0 {
		q.where(column+" IN (?"+strings.Repeat(", ?", len(of)-1)+")", of...)
	}
}

// whereNumbers adds a choice of numbers with the range in which they lie: a
// database that has no statistics yet reads that range and not everything.
func (q *query) whereNumbers(column string, of []any) {
	lowest, highest := of[0].(int), of[0].(int)
	for _, v := range of {
		lowest, highest = min(lowest, v.(int)), max(highest, v.(int))
	}
	q.where(column+" >= ? AND "+column+" <= ?", lowest, highest)
	q.whereIn(column, of)
}

// order ends the statement.
func (q *query) order(by string, limit int) {
	if limit <= 0 {
		limit = defaultLimit
	}
	q.args = append(q.args, limit)
	q.text += " ORDER BY " + by + " LIMIT $" + strconv.Itoa(len(q.args))
}
