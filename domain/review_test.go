package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var reviewNow = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func reviewSettings() ReviewSettings {
	return ReviewSettings{Owner: "owner", Backup: "backup", Second: "second", Provision: []PersonID{"owner", "admin"}, Fallback: []PersonID{"admin", "other"},
		Roles: []AppRole{{Key: "r-admin", Name: "Admin", Admin: Yes}, {Key: "r-user", Name: "User", Admin: No}, {Key: "r-boss", Name: "Owner", Admin: Yes, Owner: true},
			{Key: "r-bills", Name: "Billing", Admin: No, Seat: SeatBilling}},
		Money: []string{"finn@example.com"}, PeopleAge: 35 * day, ListAge: day, AdminsWant: 2, Idle: IdleAfter}
}

// cast finds people by id in a list.
func castOf(people ...Person) func(PersonID) Person {
	return func(id PersonID) Person {
		for _, p := range people {
			if p.ID == id {
				return p
			}
		}
		return Person{}
	}
}

func TestWhoReviewsALine(t *testing.T) {
	t.Parallel()
	all := []Person{{ID: "boss", State: PersonActive}, {ID: "lead", State: PersonActive, Manager: "boss"}, {ID: "gone", State: PersonLeft, Manager: "boss"},
		{ID: "going", State: PersonLeaving, Manager: "gone"}, {ID: "loop1", State: PersonLeft, Manager: "loop2"}, {ID: "loop2", State: PersonLeft, Manager: "loop1"},
		{ID: "solo", State: PersonActive, Manager: "solo"}, {ID: "host", State: PersonActive}, {ID: "owner", State: PersonActive}, {ID: "backup", State: PersonActive}, {ID: "admin", State: PersonActive}, {ID: "other", State: PersonActive}}
	for name, c := range map[string]struct {
		subject Person
		without []PersonID // whom nobody knows
		who     PersonID
		why     ReviewerReason
	}{
		"the manager":                     {Person{ID: "p", Manager: "lead"}, nil, "lead", BecauseManager},
		"the manager's manager":           {Person{ID: "p", Manager: "gone"}, nil, "boss", BecauseManager},
		"past two who go":                 {Person{ID: "p", Manager: "going"}, nil, "boss", BecauseManager},
		"a ring of managers is nobody":    {Person{ID: "p", Manager: "loop1"}, nil, "owner", BecauseOwner},
		"nobody is their own manager":     {Person{ID: "solo", Manager: "solo", PersonFacts: PersonFacts{Sponsor: "host"}}, nil, "host", BecauseSponsor},
		"the sponsor of an external":      {Person{ID: "p", PersonFacts: PersonFacts{Sponsor: "host"}}, nil, "host", BecauseSponsor},
		"a sponsor who left":              {Person{ID: "p", PersonFacts: PersonFacts{Sponsor: "gone"}}, nil, "owner", BecauseOwner},
		"nobody knows the person":         {Person{}, nil, "owner", BecauseOwner},
		"the owner's own line":            {Person{ID: "owner"}, nil, "backup", BecauseBackup},
		"the owner's, and no backup":      {Person{ID: "owner"}, []PersonID{"backup"}, "admin", BecauseFallback},
		"the last in the row is the same": {Person{ID: "admin"}, []PersonID{"owner", "backup"}, "other", BecauseFallback},
		"nobody is left":                  {Person{ID: "p"}, []PersonID{"owner", "backup", "admin", "other"}, "", BecauseNobody},
	} {
		known := []Person{}
		for _, p := range all {
			missing := false
			for _, id := range c.without {
				missing = missing || id == p.ID
			}
			if !missing {
				known = append(known, p)
			}
		}
		who, why := reviewSettings().Assign(c.subject, castOf(known...))
		require.Equal(t, []any{c.who, c.why}, []any{who, why}, name)
		require.True(t, who == "" || who != c.subject.ID, name)
	}
}

func TestWhoeverProvisionsIsSecondedOrItIsSaid(t *testing.T) {
	t.Parallel()
	s := reviewSettings()
	all := func(id PersonID) Person { return Person{ID: id} }
	require.Empty(t, s.SecondAmong("lead", "p", all), "an independent reviewer")
	require.Equal(t, PersonID("second"), s.SecondAmong("owner", "p", all))
	require.Equal(t, PersonID("backup"), s.SecondAmong("owner", "second", all), "nobody confirms their own line")
	s.Second = ""
	require.Equal(t, PersonID("backup"), s.SecondAmong("owner", "p", all), "who does not provision comes first")
	s.Backup, s.Fallback = "", []PersonID{"admin"}
	require.Equal(t, PersonID("admin"), s.SecondAmong("owner", "p", all))
	s.Fallback, s.Provision = nil, []PersonID{"owner"}
	require.Empty(t, s.SecondAmong("owner", "p", all))
	require.True(t, s.Alone(ReviewLine{Reviewer: "owner"}))
	require.False(t, s.Alone(ReviewLine{Reviewer: "owner", Second: "x"}))
	require.False(t, s.Alone(ReviewLine{Reviewer: "lead"}))
}

func TestWhatAReviewerSeesBesideALine(t *testing.T) {
	t.Parallel()
	long := reviewNow.Add(-400 * day)
	user := Account{ID: "a", Email: "Ada@Example.com", Active: Yes, Admin: No, FullSeat: Yes, ProfileID: "r-user", CreatedAt: long}
	person := Person{ID: "p", State: PersonActive, Name: "Ada"}
	base := LineFacts{Now: reviewNow, Person: person, Started: long, Admins: 2, Seen: NotSeen(reviewNow.Add(-100 * day)), First: true}
	for name, c := range map[string]struct {
		set        func(a *Account, f *LineFacts)
		hints      []ReviewHint
		suggest    ReviewVerdict
		privileged bool
	}{
		"nothing was seen of them": {func(*Account, *LineFacts) {}, []ReviewHint{HintIdle}, ReviewRemove, false},
		"seen last week": {func(_ *Account, f *LineFacts) {
			f.Seen = SeenAt(reviewNow.Add(-7*day), reviewNow.Add(-100*day), "emails")
		}, nil, "", false},
		"the app does not show it":    {func(_ *Account, f *LineFacts) { f.Seen = LastSeen{} }, nil, "", false},
		"idle is never said on leave": {func(_ *Account, f *LineFacts) { f.Person.State = PersonOnLeave }, []ReviewHint{HintOnLeave}, "", false},
		"nor of a new starter":        {func(_ *Account, f *LineFacts) { f.Started = reviewNow.Add(-20 * day) }, []ReviewHint{HintStarter}, "", false},
		"on leave and removed before": {func(_ *Account, f *LineFacts) {
			f.Person.State, f.First, f.Before = PersonOnLeave, false, &ReviewLine{Verdict: ReviewRemove, State: LineDone}
		}, []ReviewHint{HintOnLeave, HintBack}, "", false},
		"left":                         {func(_ *Account, f *LineFacts) { f.Person.State = PersonLeft }, []ReviewHint{HintLeft, HintIdle}, ReviewRemove, false},
		"leaving":                      {func(_ *Account, f *LineFacts) { f.Person.State, f.Seen = PersonLeaving, LastSeen{} }, []ReviewHint{HintLeaving}, "", false},
		"nobody knows them":            {func(_ *Account, f *LineFacts) { f.Person = Person{} }, []ReviewHint{HintUnknown}, "", false},
		"never accepted":               {func(a *Account, f *LineFacts) { a.Invited, a.Active = true, Unknown }, []ReviewHint{HintNever}, "", false},
		"one of two admins":            {func(a *Account, f *LineFacts) { a.Admin, a.ProfileID, f.Seen = Yes, "r-admin", LastSeen{} }, nil, "", true},
		"one of three admins":          {func(a *Account, f *LineFacts) { a.Admin, a.ProfileID, f.Seen, f.Admins = Yes, "r-admin", LastSeen{}, 3 }, []ReviewHint{HintAdmins}, "", true},
		"an owner":                     {func(a *Account, f *LineFacts) { a.ProfileID, f.Seen = "r-boss", LastSeen{} }, nil, "", true},
		"a role that nobody explained": {func(a *Account, f *LineFacts) { a.Admin, a.ProfileID, f.Seen = Unknown, "r-odd", LastSeen{} }, []ReviewHint{HintUnmapped}, "", true},
		"here for the bills":           {func(a *Account, f *LineFacts) { a.Email, f.Seen = "finn@example.com", LastSeen{} }, []ReviewHint{HintBilling}, ReviewChange, false},
		"new since the last review":    {func(_ *Account, f *LineFacts) { f.First, f.Seen = false, LastSeen{} }, []ReviewHint{HintNew}, "", false},
		"another role since then": {func(_ *Account, f *LineFacts) {
			f.First, f.Seen, f.Before = false, LastSeen{}, &ReviewLine{Role: "r-admin"}
		}, []ReviewHint{HintRole}, "", false},
		"the last review removed them": {func(_ *Account, f *LineFacts) {
			f.First, f.Seen, f.Before = false, LastSeen{}, &ReviewLine{Role: "r-user", Verdict: ReviewRemove, State: LineDone}
		}, []ReviewHint{HintBack}, ReviewRemove, false},
		"the same as in the last": {func(_ *Account, f *LineFacts) {
			f.First, f.Seen, f.Before = false, LastSeen{}, &ReviewLine{Role: "r-user"}
		}, nil, "", false},
		"since when is not known":       {func(a *Account, f *LineFacts) { f.Started, a.CreatedAt = time.Time{}, time.Time{} }, nil, "", false},
		"an invite is not called idle":  {func(a *Account, _ *LineFacts) { a.Invited = true }, []ReviewHint{HintNever}, "", false},
		"may administer, nobody knows":  {func(a *Account, f *LineFacts) { a.Admin, f.Seen = Unknown, LastSeen{} }, []ReviewHint{HintUnmapped}, "", true},
		"a role that the app hides":     {func(a *Account, f *LineFacts) { a.ProfileID, f.Seen = "", LastSeen{} }, []ReviewHint{HintUnmapped}, "", false},
		"no number of admins is wanted": {func(a *Account, f *LineFacts) { f.Seen, f.Admins = LastSeen{}, 9 }, nil, "", false},
	} {
		a, f := user, base
		c.set(&a, &f)
		l := reviewSettings().Line(a, f)
		require.Equal(t, c.hints, l.Hints, name)
		require.Equal(t, c.suggest, l.Suggest, name)
		require.Equal(t, c.privileged, l.Privileged, name)
		require.Equal(t, NormalEmail(a.Email), l.Email, name)
		require.NotEmpty(t, l.RoleName, name)
		require.Contains(t, []Tri{Yes, No, Unknown}, l.Seen, name)
	}
}

func TestAReviewRestsOnSomethingWhole(t *testing.T) {
	t.Parallel()
	whole := Population{Source: SourceApp, ReadAt: reviewNow, Total: 50, Captured: 50, Lines: 48, Left: 2, PeopleAt: reviewNow.Add(-day), People: 60}
	for name, c := range map[string]struct {
		set      func(p *Population)
		complete bool
		hidden   bool
		says     string
	}{
		"whole":                         {func(*Population) {}, true, false, ""},
		"the app gives no total":        {func(p *Population) { p.Total = -1 }, true, false, ""},
		"cut short":                     {func(*Population) {}, false, false, "cut short"},
		"the app shows nobody":          {func(*Population) {}, true, true, "read the list off its screen"},
		"one row is missing":            {func(p *Population) { p.Total = 51 }, true, false, "51 users and 50 rows"},
		"a row became neither":          {func(p *Population) { p.Left = 1 }, true, false, "50 rows"},
		"no roster":                     {func(p *Population) { p.People, p.PeopleAt = 0, time.Time{} }, true, false, "import a roster"},
		"a roster of two months ago":    {func(p *Population) { p.PeopleAt = reviewNow.Add(-60 * day) }, true, false, "import a roster"},
		"nobody can log in":             {func(p *Population) { p.Lines, p.Left = 0, 50 }, true, false, "nothing to review"},
		"an uploaded list":              {func(p *Population) { p.Source, p.ReadAt = SourceUpload, reviewNow.Add(-2*time.Hour) }, true, false, ""},
		"an uploaded list of last week": {func(p *Population) { p.Source, p.ReadAt = SourceUpload, reviewNow.Add(-7*day) }, true, false, "read it anew"},
	} {
		p := whole
		c.set(&p)
		why := reviewSettings().Gate(p, c.complete, c.hidden, reviewNow)
		if c.says == "" {
			require.Empty(t, why, name)
			continue
		}
		require.Contains(t, why, c.says, name)
	}
}

func TestWhoMayDecideWhatOfALine(t *testing.T) {
	t.Parallel()
	plain := ReviewLine{Person: "p", Role: "r-user", Reviewer: "lead", State: LineOpen}
	admin := ReviewLine{Person: "p", Role: "r-admin", Reviewer: "lead", State: LineOpen, Privileged: true}
	waits := ReviewLine{Person: "p", Role: "r-user", Reviewer: "owner", Second: "second", State: LineConfirm, Verdict: ReviewKeep}
	state := func(s LineState, v ReviewVerdict) ReviewLine { l := plain; l.State, l.Verdict = s, v; return l }
	invited := plain
	invited.Invited = true
	for name, c := range map[string]struct {
		line   ReviewLine
		choice Choice
		by     PersonID
		voice  PersonID
		says   string // "" is allowed
	}{
		"keep":                            {plain, Choice{Verdict: ReviewKeep}, "lead", "lead", ""},
		"keep in bulk":                    {plain, Choice{Verdict: ReviewKeep, Bulk: true}, "lead", "lead", ""},
		"remove":                          {plain, Choice{Verdict: ReviewRemove}, "lead", "lead", ""},
		"another role, by its name":       {plain, Choice{Verdict: ReviewChange, Role: "billing"}, "lead", "lead", ""},
		"no such role":                    {plain, Choice{Verdict: ReviewChange, Role: "King"}, "lead", "lead", "no such role"},
		"the role that they have":         {plain, Choice{Verdict: ReviewChange, Role: "User"}, "lead", "lead", "the role that the person has"},
		"an invite's role":                {invited, Choice{Verdict: ReviewChange, Role: "Admin"}, "lead", "lead", "kept or removed"},
		"nothing said":                    {plain, Choice{}, "lead", "lead", "keep, change_role or remove"},
		"an admin without a reason":       {admin, Choice{Verdict: ReviewKeep}, "lead", "lead", "say why"},
		"an admin with one":               {admin, Choice{Verdict: ReviewKeep, Reason: "runs it"}, "lead", "lead", ""},
		"an admin in bulk":                {admin, Choice{Verdict: ReviewKeep, Reason: "runs it", Bulk: true}, "lead", "lead", "in bulk"},
		"an admin goes without a reason":  {admin, Choice{Verdict: ReviewRemove}, "lead", "lead", ""},
		"somebody else's line":            {plain, Choice{Verdict: ReviewKeep}, "boss", "boss", "another reviewer"},
		"for the absent reviewer":         {plain, Choice{Verdict: ReviewKeep}, "aide", "lead", ""},
		"about themselves":                {ReviewLine{Person: "lead", Reviewer: "lead", State: LineOpen}, Choice{Verdict: ReviewKeep}, "lead", "lead", "their own access"},
		"a substitute about themselves":   {plain, Choice{Verdict: ReviewKeep}, "p", "lead", "their own access"},
		"changed their mind":              {state(LineDecided, ReviewRemove), Choice{Verdict: ReviewKeep}, "lead", "lead", ""},
		"changed their mind about a keep": {state(LineDone, ReviewKeep), Choice{Verdict: ReviewRemove}, "lead", "lead", ""},
		"too late: the run is under way":  {state(LineCarrying, ReviewRemove), Choice{Verdict: ReviewKeep}, "lead", "lead", "carried out already"},
		"too late: it is done":            {state(LineDone, ReviewRemove), Choice{Verdict: ReviewKeep}, "lead", "lead", "carried out already"},
		"the run failed":                  {state(LineFailed, ReviewRemove), Choice{Verdict: ReviewRemove}, "lead", "lead", ""},
		"overdue":                         {state(LineException, ""), Choice{Verdict: ReviewRemove}, "lead", "lead", ""},
		"the second agrees":               {waits, Choice{Confirms: true, Verdict: ReviewKeep}, "second", "second", ""},
		"the second says nothing new":     {waits, Choice{Confirms: true}, "second", "second", ""},
		"the second disagrees, silently":  {waits, Choice{Confirms: true, Verdict: ReviewRemove}, "second", "second", "say why"},
		"the second disagrees":            {waits, Choice{Confirms: true, Verdict: ReviewRemove, Reason: "left in May"}, "second", "second", ""},
		"the reviewer confirms":           {waits, Choice{Confirms: true}, "owner", "owner", "somebody else"},
		"the reviewer stands in for them": {waits, Choice{Confirms: true}, "owner", "second", "somebody else"},
		"who decided confirms":            {waits, Choice{Confirms: true, Newest: ReviewDecision{N: 1, By: "second"}}, "second", "second", "somebody else"},
		"another decision than was shown": {waits, Choice{Confirms: true, Newest: ReviewDecision{N: 2, By: "owner"}, Seen: 1}, "second", "second", "changed meanwhile"},
		"a decision nobody looked at":     {waits, Choice{Confirms: true, Newest: ReviewDecision{N: 2, By: "owner"}}, "second", "second", "by its number"},
		"sent back unseen":                {waits, Choice{Confirms: true, Verdict: ReviewRemove, Reason: "left in May", Newest: ReviewDecision{N: 1, By: "owner"}}, "second", "second", "by its number"},
		"the decision that was shown":     {waits, Choice{Confirms: true, Newest: ReviewDecision{N: 2, By: "owner"}, Seen: 2}, "second", "second", ""},
		"an admin goes in bulk":           {admin, Choice{Verdict: ReviewRemove, Bulk: true}, "lead", "lead", "in bulk"},
		"an admin is confirmed in bulk":   {ReviewLine{Person: "p", Reviewer: "owner", Second: "second", State: LineConfirm, Verdict: ReviewKeep, Privileged: true}, Choice{Confirms: true, Bulk: true}, "second", "second", "in bulk"},
		"nothing to confirm":              {plain, Choice{Confirms: true}, "second", "second", "nothing waits"},
	} {
		no := reviewSettings().CheckChoice(c.line, c.choice, c.by, c.voice)
		if c.says == "" {
			require.Nil(t, no, name)
			continue
		}
		require.NotNil(t, no, name)
		require.Contains(t, no.Text, c.says, name)
	}
	require.Equal(t, LineDecided, plain.AfterChoice(Choice{Verdict: ReviewKeep}))
	require.Equal(t, LineConfirm, ReviewLine{Second: "s"}.AfterChoice(Choice{Verdict: ReviewKeep}))
	require.Equal(t, LineDecided, waits.AfterChoice(Choice{Confirms: true}))
	require.Equal(t, LineOpen, waits.AfterChoice(Choice{Confirms: true, Verdict: ReviewRemove}))
}

func TestOnlyTheAppMakesALineDone(t *testing.T) {
	t.Parallel()
	there := Listing{Complete: true, Accounts: []Account{{ID: "a", Active: Yes, ProfileID: "r-admin"}}}
	gone, cut, hidden := Listing{Complete: true}, Listing{}, Listing{Hidden: true}
	off := Listing{Complete: true, Accounts: []Account{{ID: "a", Active: No}}}
	user := Listing{Complete: true, Accounts: []Account{{ID: "a", Active: Yes, ProfileID: "R-USER"}}}
	invite := Listing{Complete: true, Accounts: []Account{{ID: "a", Active: No, Invited: true}}}
	run := func(state RunState, step StepState) Standing {
		return Standing{Run: Run{ID: "offboarding:x:1", State: state}, Step: step}
	}
	remove := func(s LineState) ReviewLine {
		return ReviewLine{Account: "a", Verdict: ReviewRemove, State: s, Run: "offboarding:x:1"}
	}
	change := func(s LineState) ReviewLine {
		return ReviewLine{Account: "a", Verdict: ReviewChange, NewRole: "r-user", State: s, Run: "role-change:x:1"}
	}
	for name, c := range map[string]struct {
		line ReviewLine
		now  Listing
		run  Standing
		want LineState
	}{
		"absent":                                 {remove(LineCarrying), gone, run(RunRunning, StepRunning), LineDone},
		"deactivated":                            {remove(LineCarrying), off, run(RunRunning, StepRunning), LineDone},
		"still there, the run goes on":           {remove(LineCarrying), there, run(RunWaiting, StepPlanned), LineCarrying},
		"still there, the run says verified":     {remove(LineCarrying), there, run(RunSweeping, StepVerified), LineCarrying},
		"still there, the run is over":           {remove(LineCarrying), there, run(RunDenied, StepPlanned), LineFailed},
		"closed, and there all the same":         {remove(LineCarrying), there, run(RunClosed, StepVerified), LineFailed},
		"back":                                   {remove(LineDone), there, run(RunClosed, StepVerified), LineFailed},
		"failed, and gone after all":             {remove(LineFailed), gone, run(RunDenied, StepPlanned), LineDone},
		"failed, no run, still there":            {remove(LineFailed), there, Standing{}, LineFailed},
		"half a list proves nothing":             {remove(LineCarrying), cut, run(RunRunning, StepRunning), LineCarrying},
		"half a list takes nothing back":         {remove(LineDone), cut, run(RunClosed, StepVerified), LineDone},
		"half a list, the run is verified":       {remove(LineCarrying), cut, run(RunSweeping, StepVerified), LineDone},
		"hidden, attested":                       {remove(LineCarrying), hidden, run(RunClosed, StepAttested), LineDone},
		"hidden, the run ended without":          {remove(LineCarrying), hidden, run(RunClosed, StepSkipped), LineFailed},
		"hidden, it goes on":                     {remove(LineCarrying), hidden, run(RunRunning, StepRunning), LineCarrying},
		"an invite that is still there":          {remove(LineCarrying), invite, run(RunRunning, StepRunning), LineCarrying},
		"the role is shown":                      {change(LineCarrying), user, run(RunRunning, StepRunning), LineDone},
		"the old role is shown":                  {change(LineCarrying), there, run(RunRunning, StepRunning), LineCarrying},
		"the old role again":                     {change(LineDone), there, run(RunClosed, StepVerified), LineFailed},
		"whose role changes is gone, and proven": {change(LineCarrying), gone, run(RunClosed, StepVerified), LineDone},
	} {
		to, why := c.line.ReadBack(c.now, c.run, false)
		require.Equal(t, c.want, to, name)
		if to != c.line.State {
			require.NotEmpty(t, why, name)
		}
	}
}

func TestReviewsByTheClock(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	every := func(n int) ReviewPolicy { return ReviewPolicy{EveryMonths: &n}.WithDefaults() }
	require.Equal(t, []int{1, 4, 7, 10}, ReviewPolicy{}.WithDefaults().Months(), "every quarter where nobody says otherwise")
	require.Empty(t, every(0).Months())
	half := every(6)
	half.FirstMonth = 3
	require.Equal(t, []int{3, 9}, half.Months())
	for _, c := range []struct {
		now, due, period string
		p                ReviewPolicy
	}{
		{"2026-11-22T10:00:00Z", "2026-10-05T09:00:00+02:00", "2026-Q4", every(3)},
		{"2026-10-05T06:59:59Z", "2026-07-05T09:00:00+02:00", "2026-Q3", every(3)},
		{"2026-10-05T07:00:00Z", "2026-10-05T09:00:00+02:00", "2026-Q4", every(3)},
		{"2026-01-02T00:00:00Z", "2025-10-05T09:00:00+02:00", "2025-Q4", every(3)},
		{"2026-11-22T10:00:00Z", "2026-09-05T09:00:00+02:00", "2026-09", half},
		{"2026-11-22T10:00:00Z", "2026-11-05T09:00:00+01:00", "2026-11", every(1)},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		due, err := time.Parse(time.RFC3339, c.due)
		require.NoError(t, err)
		got := c.p.LastDue(now, berlin)
		require.True(t, due.Equal(got), "%s: %s", c.now, got)
		require.Equal(t, c.period, c.p.PeriodOf(got, berlin))
	}
	require.True(t, every(0).LastDue(reviewNow, berlin).IsZero())
}

// The ids of an uploaded list may be Handover's own: nobody is gone because no account
// has such an id.
func TestALineOfAnUploadedListIsReadBackByItsEmail(t *testing.T) {
	t.Parallel()
	l := ReviewLine{Account: "listed:x", Email: "guest@example.com", Verdict: ReviewRemove, State: LineCarrying, Run: "offboarding:x:1"}
	guest := func(id AccountID, active Tri) Account {
		return Account{ID: id, Email: "Guest@example.com", Active: active, ProfileID: "r-user"}
	}
	list := func(a ...Account) Listing { return Listing{Complete: true, Accounts: a} }
	for name, c := range map[string]struct {
		now  Listing
		want LineState
	}{
		"there under another id":   {list(guest("member:1", Yes)), LineCarrying},
		"deactivated":              {list(guest("member:1", No)), LineDone},
		"nobody has this address":  {list(Account{ID: "member:2", Email: "eli@example.com", Active: Yes}), LineDone},
		"two have it":              {list(guest("member:1", No), guest("member:3", Yes)), LineCarrying},
		"others have no id either": {list(Account{Email: "eli@example.com", Active: No}, guest("", Yes)), LineCarrying},
		"half a list":              {Listing{}, LineCarrying},
		"no list":                  {Listing{Hidden: true, Complete: true}, LineCarrying},
	} {
		to, _ := l.ReadBack(c.now, Standing{}, true)
		require.Equal(t, c.want, to, name)
	}
	unbound := l
	unbound.Run = ""
	early, _ := unbound.ReadBack(list(), Standing{}, true)
	require.Equal(t, LineCarrying, early, "its run is about to be bound: the proof names it")
	l.Email = ""
	to, _ := l.ReadBack(list(), Standing{}, true)
	require.Equal(t, LineCarrying, to, "whoever was erased cannot be looked up")
	change := ReviewLine{Account: "listed:x", Email: "guest@example.com", Verdict: ReviewChange, NewRole: "r-user", State: LineCarrying, Run: "role-change:x:1"}
	to, _ = change.ReadBack(list(guest("member:1", Yes)), Standing{}, true)
	require.Equal(t, LineDone, to)
}
