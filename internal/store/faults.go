package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"handover/domain"
)

// fault turns a database's error into a fault. The cause is kept for
// errors.Is and errors.As and never rendered: it may quote a value.
func fault(op string, err error) error {
	var known *domain.Fault
	var refusal *domain.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &refusal):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return domain.NewFault(domain.FaultNotFound, op, "", "nothing is known under this id", err)
	case unreachable(err), busy(err):
		return domain.NewFault(domain.FaultUnavailable, op, "", "the database does not answer: it is tried again", err)
	case refused(err):
		return domain.NewFault(domain.FaultInternal, op, "", "the database refused the statement"+code(err), err)
	default:
		return fmt.Errorf("%s: %w", op, err)
	}
}

// coded is an error of the SQLite driver, which this package must not import.
type coded interface{ Code() int }

func refused(err error) bool {
	var pg *pgconn.PgError
	var lite coded
	return errors.As(err, &pg) || errors.As(err, &lite)
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return " (SQLSTATE " + pg.Code + ")"
	}
	return ""
}

// unreachable tells that the server, not the statement, is the trouble.
func unreachable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		class := pg.Code[:min(2, len(pg.Code))]
		return class == "08" || class == "53" || strings.HasPrefix(pg.Code, "57P")
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// SQLite's primary result codes for a database that somebody else holds.
const (
	sqliteBusy   = 5
	sqliteLocked = 6
)

// busy tells that a transaction lost against another one and may simply be
// run again: a serialisation failure or deadlock, or a busy SQLite.
func busy(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite coded
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == sqliteBusy || primary == sqliteLocked
	}
	return false
}
