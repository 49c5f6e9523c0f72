package temporal

import (
	"context"

	"go.temporal.io/server/common/config"
)

// storage is an opened database with a current schema.
type storage struct {
	main, visibility *config.SQL
	// shards is how the history is divided. It is fixed when the database is
	// made; the server goes on with the stored number if this one differs.
	shards int32
	// release lets go of the database.
	release func() error
}

// openStorage opens the database that the options name and makes sure that it
// has the namespace.
func openStorage(ctx context.Context, options Options) (storage, error) {
	if options.Database == "" {
		return openSQLite(options)
	}
	return openPostgres(ctx, options)
}

func (s storage) persistence() config.Persistence {
	return config.Persistence{
		DefaultStore:     mainStore,
		VisibilityStore:  visibilityStore,
		NumHistoryShards: s.shards,
		DataStores: map[string]config.DataStore{
			mainStore:       {SQL: s.main},
			visibilityStore: {SQL: s.visibility},
		},
	}
}
