package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"handover/domain"
)

// CommandKind is what a command is for Temporal.
type CommandKind string

// Kinds of commands. Nothing else of a run is delivered before its start.
const (
	CommandStart  CommandKind = "start"
	CommandUpdate CommandKind = "update"
	CommandSignal CommandKind = "signal"
)

// Command is something to be delivered to Temporal, kept until it is answered.
// Its id is derived from the click or event behind it: the same one twice is
// one command.
type Command struct {
	ID        string
	Kind      CommandKind
	Run       string // the workflow id
	Name      string // of the workflow type, update or signal
	Payload   []byte
	CreatedAt time.Time
	Due       time.Time // zero is now
	Attempts  int
	DoneAt    time.Time
	Result    []byte
	LastError string
}

// Done tells whether the command was answered.
func (c Command) Done() bool { return !c.DoneAt.IsZero() }

const commandColumns = "id, kind, run, name, payload, created_at, due_at, attempts, done_at, result, last_error"

func scanCommand(row scanner) (Command, error) {
	var c Command
	var created, due, done int64
	err := row.Scan(&c.ID, &c.Kind, &c.Run, &c.Name, &c.Payload, &created, &due, &c.Attempts, &done, &c.Result, &c.LastError)
	c.CreatedAt, c.Due, c.DoneAt = at(created), at(due), at(done)
	return c, err
}

// EnqueueCommand writes a command together with the events that say so. It
// answers false when the command is there already; then nothing is written.
func (s *Store) EnqueueCommand(ctx context.Context, c Command, events ...domain.AuditEvent) (bool, error) {
	var first bool
	err := s.transact(ctx, "store.enqueue_command", func(tx *sql.Tx) error {
		var err error
		if first, err = s.enqueue(ctx, tx, c); err != nil || !first {
			return err
		}
		return s.record(ctx, tx, domain.Entry{Events: events})
	})
	return first, err
}

func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, c Command) (bool, error) {
	now := s.now()
	if c.Due.IsZero() {
		c.Due = now
	}
	return touched(tx.ExecContext(ctx, `INSERT INTO outbox (id, kind, run, name, payload, created_at, due_at, leased_until, attempts, done_at, result, last_error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, '') ON CONFLICT (id) DO NOTHING`,
		c.ID, string(c.Kind), c.Run, c.Name, blob(c.Payload), micros(now), micros(c.Due), []byte{}))
}

// LeaseCommands takes up to n commands that are due, oldest first, for a time.
// Nobody else gets them until it is over. What belongs to a run waits until the
// run's start was answered.
func (s *Store) LeaseCommands(ctx context.Context, n int, leaseFor time.Duration) ([]Command, error) {
	var leased []Command
	err := s.transact(ctx, "store.lease_commands", func(tx *sql.Tx) error {
		now := s.now()
		var err error
		// The guard stands outside the sub-select again: PostgreSQL checks the
		// outer one anew on a row that it had to wait for.
		leased, err = collect(ctx, tx, scanCommand, `UPDATE outbox SET leased_until = $1, attempts = attempts + 1
			WHERE id IN (SELECT o.id FROM outbox o WHERE o.done_at = 0 AND o.due_at <= $2 AND o.leased_until < $3
				AND (o.kind = 'start' OR NOT EXISTS (SELECT 1 FROM outbox f WHERE f.run = o.run AND f.kind = 'start' AND f.done_at = 0))
				ORDER BY o.due_at, o.created_at, o.id LIMIT $4)
			AND done_at = 0 AND leased_until < $5 RETURNING `+commandColumns,
			micros(now.Add(leaseFor)), micros(now), micros(now), n, micros(now))
		return err
	})
	slices.SortFunc(leased, func(a, b Command) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return leased, err
}

// ReleaseLeases takes back what a process held that has died, so that nobody
// waits for its leases and permits to end. It is only for a store that one
// process uses.
func (s *Store) ReleaseLeases(ctx context.Context) error {
	return s.transact(ctx, "store.release_leases", func(tx *sql.Tx) error {
		for _, statement := range []string{
			"UPDATE outbox SET leased_until = 0 WHERE done_at = 0",
			"UPDATE clicks SET leased_until = 0 WHERE done_at = 0",
			"UPDATE hr_events SET leased_until = 0 WHERE done_at = 0",
			"UPDATE deliveries SET leased_until = 0 WHERE leased_until > 0",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return s.releasePermits(ctx, tx)
	})
}

// CommandDone marks a command as answered and writes what follows from the
// answer, in one transaction. The first answer stays.
func (s *Store) CommandDone(ctx context.Context, id string, result []byte, e domain.Entry) error {
	return s.transact(ctx, "store.command_done", func(tx *sql.Tx) error {
		first, err := touched(tx.ExecContext(ctx, "UPDATE outbox SET done_at = $1, result = $2, last_error = '' WHERE id = $3 AND done_at = 0",
			micros(s.now()), blob(result), id))
		if err != nil {
			return err
		}
		if !first {
			_, err := readCommand(ctx, tx, id)
			return err
		}
		return s.record(ctx, tx, e)
	})
}

// CommandFailed gives a command back until a moment. why must hold nothing
// personal.
func (s *Store) CommandFailed(ctx context.Context, id string, retryAt time.Time, why string) error {
	known, err := touched(s.writer.ExecContext(ctx, "UPDATE outbox SET due_at = $1, leased_until = 0, last_error = $2 WHERE id = $3 AND done_at = 0",
		micros(retryAt), text(why), id))
	if err == nil && !known {
		_, err = readCommand(ctx, s.reader, id)
	}
	return fault("store.command_failed", err)
}

// Command finds a command by id.
func (s *Store) Command(ctx context.Context, id string) (Command, error) {
	c, err := readCommand(ctx, s.reader, id)
	return c, fault("store.command", err)
}

func readCommand(ctx context.Context, q querier, id string) (Command, error) {
	return scanCommand(q.QueryRowContext(ctx, "SELECT "+commandColumns+" FROM outbox WHERE id = $1", id))
}

// OutboxDepth counts the commands that wait and tells when the oldest of them
// was due.
func (s *Store) OutboxDepth(ctx context.Context) (waiting int, oldest time.Time, err error) {
	var us int64
	err = s.reader.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MIN(due_at), 0) FROM outbox WHERE done_at = 0").Scan(&waiting, &us)
	return waiting, at(us), fault("store.outbox_depth", err)
}
