package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// micros is a time as it is kept; 0 is never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// at is the time that micros kept.
func at(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// text makes a text that both databases take: PostgreSQL refuses NUL and what
// is not UTF-8.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}

func decode[T any](body string) (T, error) {
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return v, fmt.Errorf("decode %T: %w", v, err)
	}
	return v, nil
}

// blob is never nil: no column is null.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// opaque makes an id that says nothing: 16 characters of base 32, 80 bits.
func opaque() string { return strings.ToLower(rand.Text()[:16]) }

// secret makes what must not be guessed: 26 characters, 128 bits.
func secret() string { return strings.ToLower(rand.Text()) }

// list renders "$from, $from+1, …" for n arguments.
func list(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(from+i))
	}
	return b.String()
}

// values renders "($1, $2), ($3, $4)" for rows of a width.
func values(rows, width int) string {
	var b strings.Builder
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + list(i*width+1, width) + ")")
	}
	return b.String()
}

func anys[T ~string](first []any, rest []T) []any {
	for _, v := range rest {
		first = append(first, string(v))
	}
	return first
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q querier, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below tells what matters
	var found []T
	for rows.Next() {
		v, err := read(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// scanner is a row, of one or of many.
type scanner interface{ Scan(into ...any) error }

// bodies reads rows whose one column is JSON.
func bodies[T any](row scanner) (T, error) {
	var body string
	if err := row.Scan(&body); err != nil {
		var none T
		return none, err
	}
	return decode[T](body)
}

func oneText(row scanner) (string, error) {
	var v string
	err := row.Scan(&v)
	return v, err
}

// touched tells whether a statement changed a row.
func touched(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
