// Package recipes holds examples of recorded recipes. Those under apollo are for
// the pages of the Apollo.io simulator, as its administrator would record them:
// the vendor's own pages are not documented, and look different.
package recipes

import (
	"bytes"
	"embed"
	"fmt"
)

//go:embed apollo/*.json
var files embed.FS

// recordedAt is where the simulator listened when the recipes were recorded.
const recordedAt = "http://127.0.0.1:8081"

// Apollo is a recipe for a simulator that listens at origin, for example
// http://127.0.0.1:8081. Names are those of the files: deactivate, reactivate,
// unlink-mailboxes, read-invites, read-seats.
func Apollo(name, origin string) ([]byte, error) {
	raw, err := files.ReadFile("apollo/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("find recipe: there is none named %q", name)
	}
	return bytes.ReplaceAll(raw, []byte(recordedAt), []byte(origin)), nil
}
