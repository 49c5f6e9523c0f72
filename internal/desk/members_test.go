package desk_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// newSpace is a world with an organisation of Apollo Space beside the others: ada
// looks after it, olga and omar own it.
func newSpace(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.policy.People = append(w.policy.People, domain.PersonPolicy{Email: "olga@example.com"}, domain.PersonPolicy{Email: "omar@example.com"})
	w.policy.Apps["space"] = &domain.AppPolicy{Kind: domain.KindApolloSpace, Queue: "apps", Owner: "ada@example.com", Backup: "bo@example.com", Second: "gil@example.com",
		Order: domain.OrderGuide, Space: domain.SpacePolicy{Owners: []string{"olga@example.com", "omar@example.com"}, NotesKeeper: "ada@example.com", NotesReaders: []string{"eli@example.com"}}}
	require.NoError(t, w.SyncPeople(t.Context(), w.policy))
	return w
}

const team = "email,role,state\nolga@example.com,Owner,\nomar@example.com,Owner,\nada@example.com,Admin,\ndana@example.com,Member,\nnew@example.com,Viewer,pending\n"

func (w *world) upload(csv string, members, pending int) (desk.MemberReport, error) {
	return w.ImportMembers(w.t.Context(), w.as("ada"), desk.MemberUpload{App: "space", CSV: csv, Members: members, Pending: pending})
}

func (w *world) uploaded(csv string, members, pending int) desk.MemberReport {
	w.t.Helper()
	r, err := w.upload(csv, members, pending)
	require.NoError(w.t, err)
	require.Empty(w.t, r.Problems)
	return r
}

func TestAListIsKeptWithWhoUploadedItAndWhen(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	r := w.uploaded(team, 4, 1)
	require.Empty(t, r.Changes, "the first list is where everything begins")
	require.Empty(t, r.Hints)
	events := w.events(store.AuditFilter{App: "space"})
	require.Len(t, events, 1)
	require.Equal(t, domain.EventMemberList, events[0].Kind)
	require.Equal(t, w.id("ada"), events[0].Actor)
	require.Equal(t, []string{"4", "1", "0"}, []string{events[0].Facts["members"], events[0].Facts["pending"], events[0].Facts["unexplained"]})

	got, err := w.Members(t.Context(), w.as("aud"), "space")
	require.NoError(t, err)
	require.Empty(t, got.Outdated)
	require.Len(t, got.List.Rows, 5)
	require.Equal(t, domain.PersonAccount(w.id("dana")), got.List.Rows[3].Account)
	require.Equal(t, w.id("ada"), got.List.UploadedBy)
	require.Len(t, got.History, 1)
	w.ticks.Add((25 * time.Hour).Milliseconds())
	got, err = w.Members(t.Context(), w.as("aud"), "space")
	require.NoError(t, err)
	require.Contains(t, got.Outdated, "older than the policy")
}

func TestWhoMayUploadAndLook(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	for _, who := range []string{"eli", "hana", "finn", "aud", "sec"} {
		_, err := w.ImportMembers(t.Context(), w.as(who), desk.MemberUpload{App: "space", CSV: team, Members: 4, Pending: 1})
		require.Equal(t, domain.RefusedRight, code(err), who)
	}
	_, err := w.Members(t.Context(), w.as("eli"), "space")
	require.Equal(t, domain.RefusedRight, code(err))
	require.Len(t, w.refusals("eli"), 2)
	got, err := w.Members(t.Context(), w.as("hana"), "space")
	require.NoError(t, err)
	require.Equal(t, "nobody has uploaded a member list", got.Outdated)
	for app, want := range map[domain.AppID]string{"apollo": domain.RefusedState, "nowhere": domain.RefusedUnknown} {
		_, err := w.ImportMembers(t.Context(), w.as("ada"), desk.MemberUpload{App: app, CSV: team, Members: 4, Pending: 1})
		require.Equal(t, want, code(err))
		_, err = w.Members(t.Context(), w.as("ada"), app)
		require.Equal(t, want, code(err))
	}
}

// What is wrong is told with its line; nothing of the file is kept, and no value
// of it is repeated.
func TestAListIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	owner := "email,role\nolga@example.com,Owner\n"
	for name, c := range map[string]struct {
		csv              string
		members, pending int
		want             string
	}{
		"a member is missing":       {team, 5, 1, "line 5: the last of 4 members in the file, and the screen shows 5"},
		"a member too many":         {team, 3, 1, "line 5: the last of 4 members in the file, and the screen shows 3"},
		"the pending are missing":   {owner, 1, 2, "line 0: the last of 0 pending invites in the file, and the screen shows 2"},
		"no owner":                  {"email,role\nada@example.com,Admin\n", 1, 0, "no member is an Owner"},
		"an owner who only may be":  {"email,role,state\nada@example.com,Owner,pending\n", 0, 1, "no member is an Owner"},
		"empty":                     {" \n", 0, 0, "the file is empty"},
		"no email":                  {"name,role\nOlga,Owner\n", 1, 0, "line 1: no column gives the email"},
		"no role":                   {"email\nolga@example.com\n", 1, 0, "line 1: no column gives the role"},
		"two roles":                 {"email,role,Access Level\nolga@example.com,Owner,Owner\n", 1, 0, "line 1: two columns give the role"},
		"a column nobody knows":     {"email,role,shoe size\nolga@example.com,Owner,40\n", 1, 0, "line 1: column 3 is not known"},
		"no address":                {owner + "secret-word,Member\n", 2, 0, "line 3: the email is missing, or no address"},
		"a role nobody knows":       {owner + "a@example.com,secret-word\n", 2, 0, "line 3: the role is none of Owner"},
		"a state nobody knows":      {"email,role,state\nolga@example.com,Owner,secret-word\n", 1, 0, "line 2: the state is neither"},
		"twice":                     {owner + "OLGA@example.com,Member\n", 2, 0, "line 3: this email stands in line 2 already"},
		"too few fields":            {"email,role,name\nolga@example.com,Owner,Olga\na@example.com,Member\n", 2, 0, "line 3: has 2 fields, the header has 3"},
		"an open quote":             {owner + "\"a@example.com,Member\n", 2, 0, "line 3: a quote is open"},
		"a date nobody can be sure": {"email,role,sent\nolga@example.com,Owner,03/04/2026\n", 1, 0, "line 2: sent is no date"},
		"another encoding":          {"email,role,name\nolga@example.com,Owner,J\xe9\n", 1, 0, "not in UTF-8"},
		"a cell too long":           {owner + "a@example.com," + strings.Repeat("x", 501) + "\n", 2, 0, "line 3: has a field of more than 500"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := w.upload(c.csv, c.members, c.pending)
			require.NoError(t, err)
			told := strings.Join(r.Problems, "\n")
			require.Contains(t, told, c.want)
			require.NotContains(t, told, "secret-word")
			require.NotContains(t, told, "@example.com")
		})
	}
	l, err := w.st.NewestMemberList(t.Context(), "space")
	require.NoError(t, err)
	require.Empty(t, l.ID)
	require.NotEmpty(t, w.refusals("ada"), "a refused list is an event")
	r, err := w.upload("email\n"+strings.Repeat("x\n", 300), 1, 0)
	require.NoError(t, err)
	require.Len(t, r.Problems, 1, "with a header that is wrong the rows say nothing")
	r, err = w.upload(owner+strings.Repeat("x,Member\n", 300), 1, 0)
	require.NoError(t, err)
	require.Len(t, r.Problems, 101)
	require.Equal(t, "and more", r.Problems[100])
}

func TestAListAsSpreadsheetsWriteIt(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	r := w.uploaded("\ufeffE-mail Address;Full Name;ROLE;Status;Invite Sent;Expires At\r\n\"olga@example.com\";\"Olga; O.\";owner;Active;;\r\n"+
		"x@example.com;;viewer;Awaiting acceptance;2026-11-30;2026-12-07T00:00:00+02:00\r\n;;;;;\r\n", 1, 1)
	require.Len(t, r.List.Rows, 2)
	require.Equal(t, "Olga; O.", r.List.Rows[0].Name)
	x := r.List.Rows[1]
	require.True(t, x.Pending)
	require.Equal(t, domain.SpaceViewer, x.Role)
	require.Equal(t, time.Date(2026, 12, 6, 22, 0, 0, 0, time.UTC), x.ExpiresAt)
	require.Equal(t, 3, x.Line)
	w.uploaded("email\trole\nolga@example.com\tOwner\n", 1, 0)
}

func TestAListHasItsTime(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	at := func(readAt time.Time) error {
		_, err := w.ImportMembers(t.Context(), w.as("ada"), desk.MemberUpload{App: "space", CSV: team, Members: 4, Pending: 1, ReadAt: readAt})
		return err
	}
	require.Equal(t, domain.RefusedReason, code(at(morning.Add(time.Hour))), "in the future")
	require.Equal(t, domain.RefusedState, code(at(morning.Add(-25*time.Hour))), "too old to say anything")
	require.NoError(t, at(morning.Add(-2*time.Hour)))
	require.Equal(t, domain.RefusedState, code(at(morning.Add(-2*time.Hour))), "no newer than what is here")
	require.Equal(t, domain.RefusedState, code(at(morning.Add(-3*time.Hour))))
	require.NoError(t, at(morning.Add(-time.Hour)))
	_, err := w.ImportMembers(t.Context(), w.as("ada"), desk.MemberUpload{App: "space", CSV: team, Members: -1, Pending: 1})
	require.Equal(t, domain.RefusedReason, code(err))
}

func TestTwoWhoUploadAtOnce(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.upload(team, 4, 1) })
	}
	wg.Wait()
	kept := 0
	for _, err := range errs {
		if err == nil {
			kept++
			continue
		}
		require.Equal(t, domain.RefusedState, code(err))
	}
	history, err := w.st.MemberLists(t.Context(), "space", 0)
	require.NoError(t, err)
	require.Len(t, history, kept)
	require.GreaterOrEqual(t, kept, 1)
}

// What a list shows that no run of ours explains is an event with an unknown actor;
// the app's owner hears of it.
func TestWhatNobodyExplainsIsAnEvent(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	w.uploaded(team, 4, 1)
	r := w.uploaded("email,role,state\nolga@example.com,Owner,\nada@example.com,Owner,\ndana@example.com,Admin,\nnew@example.com,Viewer,\nfresh@example.com,Admin,pending\n", 4, 1)
	require.Equal(t, 5, r.Unexplained())
	got := map[domain.EventKind][]string{}
	for _, e := range w.events(store.AuditFilter{App: "space", Actor: domain.UnknownActor}) {
		require.Equal(t, r.List.Ref(), e.RequestID, "the event names the list that showed it")
		got[e.Kind] = append(got[e.Kind], w.Name(t.Context(), e.Subject)+" "+e.From+" "+e.To)
		for _, text := range append([]string{e.Target, e.Key}, e.Facts["how"]) {
			require.NotContains(t, text, "@")
		}
	}
	require.ElementsMatch(t, []string{"ada@example.com admin owner", "dana@example.com member admin"}, got[domain.EventRoleChanged])
	require.Equal(t, []string{"omar@example.com owner "}, got[domain.EventMemberRemoved])
	require.Equal(t, []string{" viewer viewer"}, got[domain.EventInviteAccepted])
	require.Equal(t, []string{"  admin"}, got[domain.EventInviteSent])
	notices, err := w.st.ListNotices(t.Context(), store.NoticeFilter{})
	require.NoError(t, err)
	require.Len(t, notices, 1)
	require.Equal(t, w.id("ada"), notices[0].Person)
	require.Contains(t, notices[0].Notice.Text, "5 changes that nothing known here explains")
	require.NotContains(t, notices[0].Notice.Text, "@")
	again := w.uploaded("email,role,state\nolga@example.com,Owner,\nada@example.com,Owner,\ndana@example.com,Admin,\nnew@example.com,Viewer,\nfresh@example.com,Admin,pending\n", 4, 1)
	require.Empty(t, again.Changes)
	require.Contains(t, strings.Join(again.Hints, "\n"), "1 of the owners in the policy file are no Owner")
	require.Contains(t, strings.Join(again.Hints, "\n"), "1 Owners in the app are not named")
}

// leaveSpace keeps a leaving of dana with an open task to remove her.
func (w *world) leaveSpace() domain.Run {
	w.t.Helper()
	run := w.start("ada", desk.OffboardRequest{Email: "dana@example.com", Apps: []domain.AppID{"space"}, LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlin"}})
	w.removalTask(run, domain.TaskOpen)
	return run
}

func (w *world) removalTask(run domain.Run, state domain.TaskState, events ...domain.AuditEvent) {
	w.t.Helper()
	task := domain.Task{ID: run.ID + ":t1", Run: run.ID, App: "space", Steps: []domain.StepKey{domain.StepNotes, domain.StepDeactivate}, Owner: w.id("ada"), Subject: run.Person,
		State: state, OpenedAt: morning, DueAt: morning}
	for i := range events {
		events[i].Run, events[i].App, events[i].Subject, events[i].At = run.ID, "space", run.Person, w.now()
	}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: run.ID, Tasks: []domain.Task{task}, Events: events}))
}

const withoutDana = "email,role\nolga@example.com,Owner\nomar@example.com,Owner\nada@example.com,Admin\n"

func TestARunOfOursExplainsWhatTheListShows(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*world, domain.Run){
		"not yet said done": func(*world, domain.Run) {},
		"said done": func(w *world, run domain.Run) {
			w.removalTask(run, domain.TaskSettled, domain.AuditEvent{Key: "done", Kind: domain.EventTaskDone, Actor: w.id("ada"), Target: run.ID + ":t1"})
		},
		"recorded as removed": func(w *world, run domain.Run) {
			w.removalTask(run, domain.TaskSettled, domain.AuditEvent{Key: "removed", Kind: domain.EventMemberRemoved, Actor: w.id("ada")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSpace(t)
			w.uploaded(strings.Replace(team, "new@example.com,Viewer,pending\n", "", 1), 4, 0)
			before(w, w.leaveSpace())
			r := w.uploaded(withoutDana, 3, 0)
			require.Len(t, r.Changes, 1)
			require.True(t, r.Changes[0].Explained)
			require.Empty(t, w.events(store.AuditFilter{App: "space", Actor: domain.UnknownActor}))
		})
	}
}

// Two people said that she is removed, and the next list shows her all the same:
// the sweep of an app that nobody reads on a clock.
func TestWhoWasRemovedAndIsThereAllTheSame(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	whole := strings.Replace(team, "new@example.com,Viewer,pending\n", "", 1)
	w.uploaded(whole, 4, 0)
	run := w.leaveSpace()
	w.removalTask(run, domain.TaskSettled, domain.AuditEvent{Key: "done", Kind: domain.EventTaskDone, Actor: w.id("ada"), Target: run.ID + ":t1"},
		domain.AuditEvent{Key: "removed", Kind: domain.EventMemberRemoved, Actor: w.id("ada"), Facts: map[string]string{"how": "attested"}})
	got, err := w.Members(t.Context(), w.as("ada"), "space")
	require.NoError(t, err)
	require.Contains(t, got.Outdated, "members were changed after the list was read")
	r := w.uploaded(whole, 4, 0)
	require.Len(t, r.Returned, 1)
	require.Equal(t, w.id("dana"), r.Returned[0].Person)
	require.Empty(t, r.Changes)
	back := w.events(store.AuditFilter{App: "space", Kind: domain.EventAccessReturned})
	require.Len(t, back, 1)
	require.Equal(t, domain.UnknownActor, back[0].Actor)
	require.Equal(t, w.id("dana"), back[0].Subject)
	require.Empty(t, w.uploaded(whole, 4, 0).Returned, "it is told once")
}

func TestWhatTheGuideAdvises(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	hints := func(csv string, members, pending int) string {
		return strings.Join(w.uploaded(csv, members, pending).Hints, "\n")
	}
	require.Contains(t, hints("email,role,state,sent\nolga@example.com,Owner,,\nx@example.com,Member,pending,2026-11-01\n", 1, 1), "one Owner only: name a backup")
	all := hints("email,role,state,sent\nolga@example.com,Owner,,\nomar@example.com,Owner,,\neli@example.com,Owner,,\nada@example.com,Viewer,,\nx@example.com,Member,pending,2026-11-01\n", 4, 1)
	for _, want := range []string{"there are 3 Owners", "neither Owner nor Admin", "1 pending invites are past their seven days", "1 Owners in the app are not named"} {
		require.Contains(t, all, want)
	}
}

func TestATaskGoesToSomebodyWhoMayDoIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list          string // of owners and members; "" is none
		owners        []string
		leaver        string
		owner, backup string
	}{
		"a member: whoever looks after the app": {team, nil, "dana", "ada", "bo"},
		"an owner: the other owner":             {team, nil, "omar", "olga", ""},
		"nobody knows: an owner, and the other": {"", nil, "dana", "olga", "omar"},
		"not in the list: an owner":             {withoutDana, nil, "dana", "olga", "omar"},
		"the only owner: nobody may":            {team, []string{"omar@example.com"}, "omar", "ada", "bo"},
		"who looks after it is an owner":        {"", []string{"olga@example.com", "ada@example.com"}, "dana", "ada", "olga"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSpace(t)
			if c.owners != nil {
				w.policy.Apps["space"].Space.Owners = c.owners
			}
			if c.list != "" {
				w.uploaded(c.list, strings.Count(c.list, "\n")-1-strings.Count(c.list, "pending"), strings.Count(c.list, "pending"))
			}
			run := w.start("ada", desk.OffboardRequest{Email: c.leaver + "@example.com", Apps: []domain.AppID{"space"},
				LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlin"}})
			in := w.input(run.ID).Apps[0]
			want := []domain.PersonID{w.id(c.owner), ""}
			if c.backup != "" {
				want[1] = w.id(c.backup)
			}
			require.Equal(t, want, []domain.PersonID{in.Owner, in.Backup})
			require.Equal(t, w.id("gil"), in.Second, "whoever stands for it need not be able to do it")
			notes := in.Instructions[domain.StepNotes]
			require.Contains(t, notes, "Before you remove the member")
			require.Contains(t, notes, "goes to ada@example.com, who keeps it. Nobody else may read it but eli@example.com.")
		})
	}
}

func TestTheNotesInThePolicysOwnWords(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	own := map[domain.StepKey]string{domain.StepNotes: "Copy the notes to the safe."}
	w.policy.Apps["space"].Instructions, w.policy.Apps["space"].Space.NotesKeeper, w.policy.Apps["space"].Space.NotesReaders = own, "", nil
	run := w.start("ada", desk.OffboardRequest{Email: "dana@example.com", Apps: []domain.AppID{"space"}, LastMoment: &domain.LastMoment{Local: "2026-12-18T17:30", Zone: "Europe/Berlin"}})
	require.Equal(t, "Copy the notes to the safe. Nobody else may read it: it was personal.", w.input(run.ID).Apps[0].Instructions[domain.StepNotes])
	require.Equal(t, "Copy the notes to the safe.", own[domain.StepNotes], "the policy stays as it is")
}

func TestTroubleOfTheStoreIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newSpace(t)
	ctx, cancel := context.WithCancel(t.Context())
	ada := w.as("ada")
	cancel()
	_, err := w.ImportMembers(ctx, ada, desk.MemberUpload{App: "space", CSV: team, Members: 4, Pending: 1})
	var refused *domain.Refusal
	require.Error(t, err)
	require.False(t, errors.As(err, &refused))
}
