package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// Nobody is called idle whose use is not known, who is on leave or who is new.
func TestIdleHint(t *testing.T) {
	t.Parallel()
	ago := func(days int) time.Time { return begin.AddDate(0, 0, -days) }
	here := domain.UserFacts{State: domain.PersonActive, Joined: ago(400)}
	nothing := domain.NotSeen(ago(90))
	for name, c := range map[string]struct {
		seen domain.LastSeen
		who  domain.UserFacts
		want domain.Tri
		why  string
	}{
		"nothing for a quarter":         {nothing, here, domain.Yes, "nothing was seen since 2026-09-02"},
		"looked further back":           {domain.NotSeen(ago(200)), here, domain.Yes, ""},
		"seen yesterday":                {domain.SeenAt(ago(1), ago(90), "calls"), here, domain.No, "in calls"},
		"seen ninety days ago":          {domain.SeenAt(ago(90), ago(90), "emails"), here, domain.No, ""},
		"an older act, maybe later":     {domain.SeenAt(ago(91), ago(300), "emails"), here, domain.Unknown, ""},
		"looked too short":              {domain.NotSeen(ago(89)), here, domain.Unknown, "does not reach back 90 days"},
		"looked at no time":             {domain.LastSeen{Seen: domain.No}, here, domain.Unknown, ""},
		"the app does not show it":      {domain.LastSeen{Seen: domain.Unknown}, here, domain.Unknown, "does not show"},
		"not all sources could be read": {domain.SeenUnknown(ago(90), "no master key"), here, domain.Unknown, "no master key"},
		"nobody asked":                  {domain.LastSeen{}, here, domain.Unknown, ""},
		"on leave":                      {nothing, domain.UserFacts{State: domain.PersonOnLeave, Joined: ago(400)}, domain.No, "on leave"},
		"new":                           {nothing, domain.UserFacts{State: domain.PersonActive, Joined: ago(89)}, domain.No, "less than 90 days"},
		"since when is not known":       {nothing, domain.UserFacts{State: domain.PersonActive}, domain.Unknown, "since when"},
		"nobody knows them":             {nothing, domain.UserFacts{Joined: ago(400)}, domain.Unknown, "on leave"},
	} {
		idle, why := domain.IdleHint(c.seen, c.who, begin)
		require.Equal(t, c.want, idle, name)
		require.NotEmpty(t, why, name)
		require.Contains(t, why, c.why, name)
	}
}

func TestWhoIsGone(t *testing.T) {
	t.Parallel()
	past, future := begin.Add(-time.Hour), begin.Add(time.Hour)
	for name, c := range map[string]struct {
		who  domain.KnownPerson
		want bool
	}{
		"nobody":                           {domain.KnownPerson{State: domain.PersonLeft}, false},
		"left":                             {domain.KnownPerson{ID: "p", State: domain.PersonLeft, Told: true}, true},
		"the last moment passed":           {domain.KnownPerson{ID: "p", State: domain.PersonLeaving, Told: true, LastEnd: past}, true},
		"the last moment is to come":       {domain.KnownPerson{ID: "p", State: domain.PersonLeaving, Told: true, GoesOn: true}, false},
		"hired again":                      {domain.KnownPerson{ID: "p", State: domain.PersonLeft, Told: true, GoesOn: true, LastEnd: past}, false},
		"on leave":                         {domain.KnownPerson{ID: "p", State: domain.PersonOnLeave, Told: true, GoesOn: true}, false},
		"on leave, and nothing else":       {domain.KnownPerson{ID: "p", State: domain.PersonOnLeave}, false},
		"an external whose time is up":     {domain.KnownPerson{ID: "p", Sponsor: "s", Ends: past}, true},
		"an external who stays":            {domain.KnownPerson{ID: "p", Sponsor: "s", Ends: future}, false},
		"a service account without an end": {domain.KnownPerson{ID: "p", Sponsor: "s"}, false},
	} {
		require.Equal(t, c.want, c.who.Gone(begin), name)
	}
	require.False(t, domain.KnownPerson{ID: "p"}.Known(), "an email in the directory is nobody's word")
	require.True(t, domain.KnownPerson{ID: "p", Sponsor: "s"}.Known())
	require.True(t, domain.KnownPerson{ID: "p", Named: true}.Known())
}

// judged are the kinds that a judgement found and held.
func judged(j domain.Judgement) (found, held []string) {
	for _, f := range j.Found {
		found = append(found, string(f.Kind))
	}
	return found, j.Held
}

func TestJudgeAccount(t *testing.T) {
	t.Parallel()
	rules := domain.Rules{App: "apollo", InviteLife: 7 * 24 * time.Hour, HRSpoke: true, At: begin}
	gone, here := domain.KnownPerson{ID: "g", State: domain.PersonLeft, Told: true}, domain.KnownPerson{ID: "h", Told: true, GoesOn: true}
	id := func(kind domain.FindingKind) string { return domain.FindingID("apollo", kind, "a") }
	for name, c := range map[string]struct {
		account domain.Account
		who     domain.KnownPerson
		found   []string
		held    []string
	}{
		"a leaver":                    {domain.Account{ID: "a", Active: domain.Yes}, gone, []string{"left_but_active"}, nil},
		"a leaver who was cut off":    {domain.Account{ID: "a", Active: domain.No}, gone, nil, nil},
		"a leaver, the app is silent": {domain.Account{ID: "a", Active: domain.Unknown}, gone, nil, []string{id(domain.FoundLeftButActive)}},
		"a leaver's invite":           {domain.Account{ID: "a", Active: domain.Unknown, Invited: true, CreatedAt: begin}, gone, []string{"left_but_active"}, nil},
		"somebody who stays":          {domain.Account{ID: "a", Active: domain.Yes}, here, nil, nil},
		"a stranger":                  {domain.Account{ID: "a", Active: domain.Yes}, domain.KnownPerson{}, []string{"unknown_to_hr"}, nil},
		"a stranger, silent":          {domain.Account{ID: "a", Active: domain.Unknown}, domain.KnownPerson{}, nil, []string{id(domain.FoundUnknownToHR)}},
		"an old invite":               {domain.Account{ID: "a", Invited: true, CreatedAt: begin.AddDate(0, 0, -8)}, here, []string{"stale_invite"}, nil},
		"a fresh invite":              {domain.Account{ID: "a", Invited: true, CreatedAt: begin.AddDate(0, 0, -7)}, here, nil, nil},
		"an invite without a date":    {domain.Account{ID: "a", Invited: true}, here, nil, []string{id(domain.FoundStaleInvite)}},
	} {
		found, held := judged(rules.JudgeAccount(c.account, c.who))
		require.Equal(t, c.found, found, name)
		require.Equal(t, c.held, held, name)
	}
	rules.HRSpoke = false
	found, _ := judged(rules.JudgeAccount(domain.Account{ID: "a", Active: domain.Yes}, domain.KnownPerson{}))
	require.Empty(t, found, "HR said nothing yet")
}

func TestJudgeInvite(t *testing.T) {
	t.Parallel()
	week := 7 * 24 * time.Hour
	for name, c := range map[string]struct {
		invite domain.Invite
		life   time.Duration
		found  int
	}{
		"older than its life":  {domain.Invite{State: domain.InvitePending, SentAt: begin.Add(-week)}, week, 1},
		"within its life":      {domain.Invite{State: domain.InvitePending, SentAt: begin.Add(time.Second - week)}, week, 0},
		"nobody says its life": {domain.Invite{State: domain.InvitePending, SentAt: begin.Add(-9 * week)}, 0, 0},
		"the app said when":    {domain.Invite{State: domain.InvitePending, SentAt: begin, ExpiresAt: begin}, 0, 1},
		"accepted":             {domain.Invite{State: domain.InviteAccepted, SentAt: begin.Add(-9 * week)}, week, 0},
	} {
		require.Len(t, domain.Rules{App: "apollo", InviteLife: c.life, At: begin}.JudgeInvite(c.invite).Found, c.found, name)
	}
}

func TestJudgeApp(t *testing.T) {
	t.Parallel()
	rules := domain.Rules{App: "apollo", At: begin}
	for name, c := range map[string]struct {
		count domain.AppCount
		free  int
		found []string
		held  int
	}{
		"two admins":                  {domain.AppCount{Accounts: 9, Admins: 2}, 0, nil, 0},
		"one admin":                   {domain.AppCount{Accounts: 9, Admins: 1}, 0, []string{"one_admin"}, 0},
		"one, and perhaps another":    {domain.AppCount{Accounts: 9, Admins: 1, MaybeAdm: 1}, 0, nil, 1},
		"none":                        {domain.AppCount{Accounts: 9}, 0, []string{"one_admin"}, 0},
		"nobody at all":               {domain.AppCount{}, 0, nil, 0},
		"three owners":                {domain.AppCount{Accounts: 9, Admins: 3, Owners: 3}, 0, []string{"too_many_owners"}, 0},
		"two owners, perhaps three":   {domain.AppCount{Accounts: 9, Admins: 3, Owners: 2, MaybeOwn: 1}, 0, nil, 1},
		"free seats":                  {domain.AppCount{Accounts: 9, Admins: 2}, 2, []string{"idle_seat"}, 0},
		"seats of which nobody knows": {domain.AppCount{Accounts: 9, Admins: 2}, -1, nil, 1},
	} {
		found, held := judged(rules.JudgeApp(c.count, c.free))
		require.Equal(t, c.found, found, name)
		require.Len(t, held, c.held, name)
	}
}

func TestJudgeRecordsCountsOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	rules := domain.Rules{App: "apollo", Owner: "owner", At: begin}
	kinds := []domain.RecordKind{domain.Contacts, domain.Deals}
	for name, c := range map[string]struct {
		counts map[domain.RecordKind]int
		want   domain.Tri
	}{
		"some":                     {map[domain.RecordKind]int{domain.Contacts: 2, domain.Deals: 0}, domain.Yes},
		"some, the rest not known": {map[domain.RecordKind]int{domain.Deals: 2}, domain.Yes},
		"none":                     {map[domain.RecordKind]int{domain.Contacts: 0, domain.Deals: 0}, domain.No},
		"none, the rest not known": {map[domain.RecordKind]int{domain.Contacts: 0}, domain.Unknown},
	} {
		f, shown := rules.JudgeRecords("a", domain.KnownPerson{ID: "p", Manager: "m"}, c.counts, kinds)
		require.Equal(t, c.want, shown, name)
		require.Equal(t, domain.PersonID("m"), f.Owner)
	}
}

func TestChangesOfAnAccount(t *testing.T) {
	t.Parallel()
	life := 7 * 24 * time.Hour
	seen := func(change func(*domain.SeenAccount)) domain.SeenAccount {
		s := domain.SeenAccount{Account: "a", Person: "p", Active: domain.Yes, Role: "user", FirstSeen: begin, LastSeen: begin}
		change(&s)
		return s
	}
	same := func(*domain.SeenAccount) {}
	off := func(s *domain.SeenAccount) { s.Active = domain.No }
	gone := func(s *domain.SeenAccount) { s.Gone, s.LastSeen = true, begin.AddDate(0, 0, 2) }
	invited := func(s *domain.SeenAccount) { s.Invited, s.Active = true, domain.Unknown }
	for name, c := range map[string]struct {
		before *domain.SeenAccount
		now    domain.SeenAccount
		want   []domain.EventKind
	}{
		"nothing":                     {new(seen(same)), seen(same), nil},
		"it came":                     {nil, seen(same), []domain.EventKind{domain.EventInviteAccepted}},
		"it came deactivated":         {nil, seen(off), nil},
		"an invite came":              {nil, seen(invited), []domain.EventKind{domain.EventInviteSent}},
		"the invite was accepted":     {new(seen(invited)), seen(same), []domain.EventKind{domain.EventInviteAccepted}},
		"the invite was taken back":   {new(seen(invited)), seen(func(s *domain.SeenAccount) { invited(s); gone(s) }), []domain.EventKind{domain.EventInviteRevoked}},
		"the invite's life ended":     {new(seen(invited)), seen(func(s *domain.SeenAccount) { invited(s); gone(s); s.LastSeen = begin.AddDate(0, 0, 8) }), nil},
		"it was deactivated":          {new(seen(same)), seen(off), []domain.EventKind{domain.EventMemberRemoved}},
		"it is listed no more":        {new(seen(same)), seen(gone), []domain.EventKind{domain.EventMemberRemoved}},
		"a deactivated one is gone":   {new(seen(off)), seen(func(s *domain.SeenAccount) { off(s); gone(s) }), nil},
		"it is back":                  {new(seen(off)), seen(same), []domain.EventKind{domain.EventInviteAccepted}},
		"another role":                {new(seen(same)), seen(func(s *domain.SeenAccount) { s.Role = "admin" }), []domain.EventKind{domain.EventRoleChanged}},
		"the role is shown no more":   {new(seen(same)), seen(func(s *domain.SeenAccount) { s.Role = "" }), nil},
		"another role, and cut off":   {new(seen(same)), seen(func(s *domain.SeenAccount) { s.Role, s.Active = "admin", domain.No }), []domain.EventKind{domain.EventMemberRemoved}},
		"whether active is not known": {new(seen(same)), seen(func(s *domain.SeenAccount) { s.Active = domain.Unknown }), nil},
	} {
		var before domain.SeenAccount
		if c.before != nil {
			before = *c.before
		}
		var kinds []domain.EventKind
		for _, change := range domain.ChangesOf(before, c.before != nil, c.now, life) {
			kinds = append(kinds, change.Kind)
		}
		require.Equal(t, c.want, kinds, name)
	}
}

func TestWhatExplainsAChange(t *testing.T) {
	t.Parallel()
	roles := []domain.AppRole{{Key: "r-admin", Name: "Admin"}, {Key: "r-user", Name: "User"}}
	removed := domain.AccountChange{Kind: domain.EventMemberRemoved, Account: "a", Person: "p"}
	came := domain.AccountChange{Kind: domain.EventInviteAccepted, Account: "a", Person: "p", To: "r-user"}
	raised := domain.AccountChange{Kind: domain.EventRoleChanged, Account: "a", Person: "p", From: "r-user", To: "r-admin"}
	act := func(kind domain.EventKind, who domain.PersonID, to string) domain.MemberAct {
		return domain.MemberAct{Person: who, Kind: kind, To: to}
	}
	step := func(who domain.PersonID, key domain.StepKey, kind domain.EventKind) domain.MemberAct {
		return domain.MemberAct{Person: who, Kind: kind, Steps: []domain.StepKey{key}}
	}
	for name, c := range map[string]struct {
		change domain.AccountChange
		act    domain.MemberAct
		want   bool
	}{
		"the same event":               {removed, act(domain.EventMemberRemoved, "p", ""), true},
		"of somebody else":             {removed, act(domain.EventMemberRemoved, "q", ""), false},
		"of nobody":                    {domain.AccountChange{Kind: domain.EventMemberRemoved}, act(domain.EventMemberRemoved, "", ""), false},
		"a step under way":             {removed, step("p", domain.StepDeactivate, ""), true},
		"another step under way":       {removed, step("p", domain.StepUnlink, ""), false},
		"an invite of ours":            {came, act(domain.EventInviteSent, "p", ""), true},
		"a cut-off that was undone":    {came, step("p", domain.StepDeactivate, domain.EventUndone), true},
		"a cut-off explains no coming": {came, step("p", domain.StepDeactivate, domain.EventTaskDone), false},
		"another thing undone":         {came, step("p", domain.StepUnlink, domain.EventUndone), false},
		"the same role by name":        {raised, act(domain.EventRoleChanged, "p", "Admin"), true},
		"the same role by key":         {raised, act(domain.EventRoleChanged, "p", "r-admin"), true},
		"another role":                 {raised, act(domain.EventRoleChanged, "p", "User"), false},
		"a promotion in a leaving":     {raised, step("leaver", domain.StepPromote, ""), true},
	} {
		require.Equal(t, c.want, c.change.Explain([]domain.MemberAct{c.act}, roles), name)
	}
}

func TestFindingsAreTheSameFindingEachNight(t *testing.T) {
	t.Parallel()
	a := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a1", "p", "why", begin)
	b := domain.NewFinding("apollo", domain.FoundLeftButActive, domain.SeverityHigh, "a1", "", "other words", begin.AddDate(0, 0, 1))
	require.Equal(t, a.ID, b.ID, "whoever it is said to belong to")
	ids := map[string]bool{a.ID: true}
	for _, f := range []domain.Finding{
		domain.NewFinding("vault", domain.FoundLeftButActive, "", "a1", "", "", begin), domain.NewFinding("apollo", domain.FoundUnknownToHR, "", "a1", "", "", begin),
		domain.NewFinding("apollo", domain.FoundLeftButActive, "", "a2", "", "", begin), domain.NewFinding("apollo", domain.FoundLeftButActive, "", "", "p", "", begin),
		domain.NewFinding("apollo", domain.FoundOneAdmin, "", "", "", "", begin),
	} {
		require.False(t, ids[f.ID])
		ids[f.ID] = true
	}
	require.Equal(t, 48*time.Hour, a.Age(begin.AddDate(0, 0, 2)))
	a.State, a.ClosedAt = domain.FindingClosed, begin.Add(time.Hour)
	require.Equal(t, time.Hour, a.Age(begin.AddDate(0, 0, 2)))
	b.State, b.Until = domain.FindingExcepted, begin
	require.Equal(t, domain.FindingOpen, b.StateAt(begin), "an exception ends by itself")
	require.Equal(t, domain.FindingExcepted, b.StateAt(begin.Add(-time.Second)))
	for _, kind := range domain.FindingKinds() {
		fix := domain.FixFor(domain.NewFinding("apollo", kind, "", "a1", "", "", begin))
		require.NotEmpty(t, fix.Command, kind)
		require.False(t, fix.Bulk && !fix.Starts, kind)
	}
	require.False(t, domain.FixFor(domain.NewFinding("apollo", domain.FoundLeftButActive, "", "", "p", "", begin)).Starts, "no account, no leaving by account")
}

func TestCheckException(t *testing.T) {
	t.Parallel()
	f, long := domain.Finding{State: domain.FindingOpen}, "the vendor migrates it"
	require.Nil(t, domain.CheckException(f, begin.AddDate(0, 1, 0), long, begin))
	for name, r := range map[string]*domain.Refusal{
		"closed":         domain.CheckException(domain.Finding{State: domain.FindingClosed}, begin.AddDate(0, 1, 0), long, begin),
		"no reason":      domain.CheckException(f, begin.AddDate(0, 1, 0), "ok", begin),
		"over already":   domain.CheckException(f, begin, long, begin),
		"two years long": domain.CheckException(f, begin.AddDate(2, 0, 0), long, begin),
	} {
		require.NotNil(t, r, name)
		require.NotEmpty(t, r.Text, name)
	}
}

func TestReconcilePolicyDefaults(t *testing.T) {
	t.Parallel()
	hour, minute := domain.ReconcilePolicy{}.Hour()
	require.Equal(t, []int{2, 30}, []int{hour, minute})
	hour, minute = domain.ReconcilePolicy{At: "23:05"}.Hour()
	require.Equal(t, []int{23, 5}, []int{hour, minute})
	records, canary, atOnce := domain.ReconcilePolicy{}.Most()
	require.Equal(t, []int{25, 3, 10}, []int{records, canary, atOnce})
	zero := 0
	records, canary, atOnce = domain.ReconcilePolicy{Records: &zero, Canary: &zero, AtOnce: &zero}.Most()
	require.Equal(t, []int{0, 1, 1}, []int{records, canary, atOnce})
}
