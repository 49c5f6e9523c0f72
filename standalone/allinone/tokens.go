package allinone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sethvargo/go-envconfig"

	"handover/domain"
	"handover/internal/config"
	"handover/internal/store"
	"handover/standalone/sqlitestore"
)

// tokenLife is how long a token that an installation issues is valid.
const tokenLife = 90 * 24 * time.Hour

// openStore opens the store that a database URL names: a file under the data
// folder by default.
func openStore(ctx context.Context, data, url string) (*store.Store, error) {
	switch {
	case url == "":
		return sqlitestore.Open(ctx, storeFile(data))
	case len(url) > 7 && url[:7] == "sqlite:":
		return sqlitestore.Open(ctx, url[7:])
	default:
		return store.OpenPostgres(ctx, url)
	}
}

func storeFile(data string) string { return filepath.Join(data, "handover.db") }

// firstToken writes a token for the first administrator of the policy, readable
// by the owner of the data folder only: without it nobody could sign in at a new
// installation. A token that is there stays.
func (i *Installation) firstToken(ctx context.Context, data string) error {
	path := filepath.Join(data, "keys", "admin-token")
	if _, err := os.Stat(path); err == nil {
		i.AdminToken = path
		return nil
	}
	people := i.Parts.Policy().People
	at := slices.IndexFunc(people, func(p domain.PersonPolicy) bool { return slices.Contains(p.Roles, domain.RoleAdmin) })
	if at < 0 {
		return nil
	}
	secret, err := issue(ctx, i.Store, people[at].Email, "first sign-in")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: it cannot be written: choose another folder with --data", path)
	}
	i.AdminToken = path
	return nil
}

// IssueToken makes a token for somebody of the policy in the store of an
// installation, which may be running.
func IssueToken(ctx context.Context, data, email string, env envconfig.Lookuper) (string, error) {
	settings, _, err := config.ReadEnv(ctx, env)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(storeFile(data)); settings.DatabaseURL == "" && errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("issue token: nothing is kept in %s: name the installation's folder with --data, and start it once", data)
	}
	kept, err := openStore(ctx, data, string(settings.DatabaseURL))
	if err != nil {
		return "", err
	}
	defer func() { _ = kept.Close() }()
	return issue(ctx, kept, email, "command line")
}

func issue(ctx context.Context, kept *store.Store, email, name string) (string, error) {
	person, err := kept.PersonByEmail(ctx, email)
	if domain.KindOf(err) == domain.FaultNotFound {
		return "", fmt.Errorf("issue token: nobody with this email is known: add the person to the policy file and start the installation once")
	}
	if err != nil {
		return "", err
	}
	_, secret, err := kept.IssueToken(ctx, domain.SystemActor, person.ID, name, time.Now().Add(tokenLife))
	return secret, err
}
