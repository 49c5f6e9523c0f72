package apollo

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func benchTeam(b *testing.B) (*Simulator, string) {
	b.Helper()
	s := New(Options{Plan: PlanUnlimited, APIKey: "key"})
	if err := s.Seed(BenchTenant(50_000, 4_000, 500, 500, 100)); err != nil {
		b.Fatal(err)
	}
	id, err := s.UserID("leaver@example.com")
	if err != nil {
		b.Fatal(err)
	}
	return s, id
}

func BenchmarkSeed(b *testing.B) {
	for range b.N {
		benchTeam(b)
	}
}

func BenchmarkSearchContactsByOwner(b *testing.B) {
	s, leaver := benchTeam(b)
	b.ResetTimer()
	for i := range b.N {
		body := fmt.Sprintf(`{"contact_owner_ids":[%q],"page":%d,"per_page":100}`, leaver, 1+i%400)
		r := httptest.NewRequest(http.MethodPost, "/api/v1/contacts/search", strings.NewReader(body))
		r.Header.Set("X-Api-Key", "key")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkUpdateOwners(b *testing.B) {
	s, leaver := benchTeam(b)
	successor, err := s.UserID("successor@example.com")
	if err != nil {
		b.Fatal(err)
	}
	ids, err := s.Owned(KindContact, leaver)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		at := (i * 100) % 49_000
		r := httptest.NewRequest(http.MethodPost, "/api/v1/contacts/update_owners?owner_id="+successor+
			"&contact_ids[]="+strings.Join(ids[at:at+100], "&contact_ids[]="), http.NoBody)
		r.Header.Set("X-Api-Key", "key")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	s, _ := benchTeam(b)
	b.ResetTimer()
	for range b.N {
		s.HashExcept(HashFilter{})
	}
}
