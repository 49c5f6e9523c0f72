package allinone

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// Keys are the keys that an installation makes for itself where the environment
// gives none. They lie in files of their own, readable by the owner only: who
// loses them loses the open runs.
type Keys struct {
	values map[string]string
}

// ReadKeys reads the keys under the data folder, making those that are missing.
func ReadKeys(data string, env envconfig.Lookuper) (Keys, error) {
	k := Keys{values: map[string]string{}}
	folder := filepath.Join(data, "keys")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return k, fmt.Errorf("make %s: it cannot be written: choose another folder with --data", folder)
	}
	for name, file := range map[string]string{"HANDOVER_ENCRYPTION_KEYS": "encryption", "HANDOVER_SIGNING_KEY": "signing"} {
		if given(env, name) {
			continue
		}
		value, err := readOrMake(filepath.Join(folder, file), name)
		if err != nil {
			return k, err
		}
		k.values[name] = value
	}
	return k, nil
}

func given(env envconfig.Lookuper, name string) bool {
	if env == nil {
		env = envconfig.OsLookuper()
	}
	_, plain := env.Lookup(name)
	_, file := env.Lookup(name + "_FILE")
	return plain || file
}

func readOrMake(path, name string) (string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // under the installation's own folder
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s: check its rights", path)
	}
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	value := base64.StdEncoding.EncodeToString(seed)
	if name == "HANDOVER_ENCRYPTION_KEYS" {
		value = "k1:" + value
	}
	if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write %s: it cannot be written: choose another folder with --data", path)
	}
	return value, nil
}

func (k Keys) lookuper() envconfig.Lookuper { return envconfig.MapLookuper(k.values) }
