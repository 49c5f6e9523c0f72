package store_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/pgtest"
	"handover/internal/store"
	"handover/internal/store/storetest"
)

// asRole opens a connection as a role that may read and write rows and nothing
// else: it owns no table and is no superuser.
func asRole(t *testing.T, dsn string) (string, *pgx.Conn) {
	t.Helper()
	owner, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, owner.Close(context.WithoutCancel(t.Context()))) })
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	role := "app_" + strings.TrimPrefix(at.Path, "/")
	for _, statement := range []string{"CREATE ROLE " + role + " LOGIN PASSWORD 'app'", "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO " + role} {
		_, err = owner.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		for _, statement := range []string{"DROP OWNED BY " + role, "DROP ROLE " + role} {
			_, err := owner.Exec(context.WithoutCancel(t.Context()), statement)
			require.NoError(t, err)
		}
	})
	at.User = url.UserPassword(role, "app")
	return at.String(), owner
}

// TestTheProgramsRoleCannotBreakTheSeal runs the program as a role that does not own
// its tables, and tries what such a role could do to a review that has ended.
func TestTheProgramsRoleCannotBreakTheSeal(t *testing.T) {
	t.Parallel()
	ctx, dsn := t.Context(), pgtest.Database(t)
	owner, err := store.OpenPostgres(ctx, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, owner.Close()) })
	require.NoError(t, owner.Migrate(ctx))
	appDSN, super := asRole(t, dsn)
	s, err := store.OpenPostgres(ctx, appDSN)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(ctx), "nothing is to be done, and the program's role may do nothing")
	r := storetest.Ended(t, s)

	conn, err := pgx.Connect(ctx, appDSN)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(ctx))) })
	exec := func(ctx context.Context, statement string) error {
		_, err := conn.Exec(ctx, statement)
		return err
	}
	storetest.TrySealed(t, r.ID, exec)
	// A table of its own with the name of ours is not asked instead.
	require.NoError(t, exec(ctx, "CREATE TEMP TABLE reviews AS SELECT * FROM public.reviews"))
	require.NoError(t, exec(ctx, "UPDATE pg_temp.reviews SET state = 'deciding'"))
	storetest.TrySealed(t, r.ID, func(ctx context.Context, statement string) error {
		return exec(ctx, strings.ReplaceAll(statement, " reviews", " public.reviews"))
	})
	for _, table := range []string{"public.reviews", "review_lines", "review_names", "review_decisions", "review_assignments", "review_texts", "review_rows"} {
		require.ErrorContains(t, exec(ctx, "TRUNCATE "+table), "sealed", table)
		for _, way := range []string{"ALTER TABLE " + table + " DISABLE TRIGGER ALL", "DROP TRIGGER seal_rows ON " + table, "DROP TABLE " + table,
			"CREATE RULE quiet AS ON DELETE TO " + table + " DO INSTEAD NOTHING"} {
			require.ErrorContains(t, exec(ctx, way), "must be owner", way)
		}
	}
	require.ErrorContains(t, exec(ctx, "SET session_replication_role = replica"), "permission denied")
	require.ErrorContains(t, exec(ctx, "CREATE OR REPLACE FUNCTION public.seal_reviews() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"), "permission denied")

	// A superuser can; the digest in the audit chain tells.
	_, err = super.Exec(ctx, "SET session_replication_role = replica")
	require.NoError(t, err)
	_, err = super.Exec(ctx, "UPDATE review_decisions SET verdict = 'keep' WHERE line = 1")
	require.NoError(t, err)
	entries, err := s.ChainEntries(ctx, r.ID, 0, 0)
	require.NoError(t, err)
	last := entries[len(entries)-1].Event
	require.Equal(t, domain.EventReviewClosed, last.Kind)
	got, err := s.ReviewDigest(ctx, r.ID)
	require.NoError(t, err)
	require.NotEqual(t, last.Digest, got)
}
