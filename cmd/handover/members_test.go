package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/internal/api"
)

// playMembers plays the answer to an upload, and to a look at it.
func playMembers(method string) api.MemberLists {
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	list := api.MemberList{ID: "l2", ReadAt: noon, UploadedAt: noon, UploadedBy: eli, Members: 2, Pending: 1}
	m := api.MemberLists{App: "space", List: &list, Current: method == http.MethodPost, Why: "the member list is older than the policy lets it be",
		Members: []api.Member{{Account: "person:p1", Email: "dana@example.com", Role: "admin"}, {Account: "member:x", Email: "x@example.com", Role: "viewer", Pending: true}},
		Changes: []api.MemberChange{{Kind: "role_changed", Account: "person:p1", Person: dana, From: "member", To: "admin"}, {Kind: "member_removed", Account: "member:gone", From: "member", Explained: true}},
		Hints:   []string{"there is one Owner only"}, Returned: []api.Member{{Email: "back@example.com", Role: "member"}}}
	if method == http.MethodGet {
		m.History = []api.MemberList{list, {ID: "l1", ReadAt: noon, UploadedBy: eli}}
	}
	return m
}

func TestMemberListsAreUploadedAndShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "members.csv")
	text := "\ufeffemail;role\ndana@example.com;Admin\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	s := handover(t, "members", "import", "space", path, "--members", "2", "--pending", "0", "--read-at", "2026-12-01T13:00:00+01:00")
	require.Equal(t, exitDone, s.status, s.err)
	var sent api.MemberBody
	require.NoError(t, json.Unmarshal([]byte(played.got("POST", "/apps/space/members")), &sent))
	require.Equal(t, text, sent.CSV)
	require.Equal(t, []int{2, 0}, []int{sent.Members, sent.Pending})
	require.True(t, sent.ReadAt.Equal(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)))
	for _, want := range []string{"l2", "by eli@example.com", "nothing known here explains it", "member:gone", "explained", "back@example.com", "there is one Owner only"} {
		require.Contains(t, s.out, want)
	}
	require.NotContains(t, s.out, "counts no more")
	require.NotContains(t, s.out, "x@example.com")

	s = handover(t, "members", "show", "space")
	for _, want := range []string{"counts no more", "older than the policy", "x@example.com", "not known", "l1"} {
		require.Contains(t, s.out, want)
	}
	handover(t, "members", "import", "space", path, "--members", "2", "--pending", "0")
	require.NotContains(t, played.got("POST", "/apps/space/members"), "read_at", "now is the server's")
	var m api.MemberLists
	require.NoError(t, json.Unmarshal([]byte(handover(t, "members", "show", "space", "--format", "json").out), &m))
	require.Len(t, m.Members, 2)
}

func TestMemberListsThatAreNotSent(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	fine := write("fine.csv", "email,role\n")
	for _, wrong := range [][]string{{"members"}, {"members", "import", "notsent"}, {"members", "import", "notsent", fine}, {"members", "import", "notsent", fine, "--members", "1"},
		{"members", "import", "notsent", fine, "--members", "1", "--pending", "0", "--read-at", "today"}, {"members", "show"}} {
		require.Equal(t, exitUsage, handover(t, wrong...).status, wrong)
	}
	for path, want := range map[string]string{write("latin.csv", "J\xe9"): "not in UTF-8", write("long.csv", strings.Repeat("x", mostMembers+1)): "larger than 900 KiB", dir + "/none.csv": "it is not there"} {
		s := handover(t, "members", "import", "notsent", path, "--members", "1", "--pending", "0")
		require.Equal(t, exitFail, s.status)
		require.Contains(t, s.err, want)
	}
	require.Equal(t, "never asked", played.got("POST", "/apps/notsent/members"))
}
