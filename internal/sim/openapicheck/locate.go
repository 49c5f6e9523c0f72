package openapicheck

import (
	"os"
	"path/filepath"
	"testing"
)

// ApolloDocument loads Apollo's OpenAPI document for a test: from the file that APOLLO_OPENAPI names, else from
// shared/apollo-openapi.json beside the repository. The document is Apollo's own and not part of this repository; without
// it the test is skipped, and fails under CI. Apollo's known departures from it are tolerated.
func ApolloDocument(t testing.TB) *Document {
	t.Helper()
	path := os.Getenv("APOLLO_OPENAPI")
	if path == "" {
		path = beside("shared/apollo-openapi.json")
	}
	if path == "" {
		const missing = "Apollo's OpenAPI document is not here: set APOLLO_OPENAPI to its path to run the contract test"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	d, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Except(ApolloDepartures()...); err != nil {
		t.Fatal(err)
	}
	return d
}

// beside looks for a file in the working directory and in those above it.
func beside(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
