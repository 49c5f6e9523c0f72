package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// words are what people are told to do in one step.
func words(t *testing.T, of func(string) (domain.Runbook, bool), kind string, key domain.StepKey) string {
	t.Helper()
	book, ok := of(kind)
	require.True(t, ok)
	step, ok := book.Step(key)
	require.True(t, ok, "%s has no step %s", kind, key)
	return step.Instruction
}

// requireOrder wants words to stand in a text one after the other.
func requireOrder(t *testing.T, text string, inOrder ...string) {
	t.Helper()
	rest := text
	for _, word := range inOrder {
		_, after, found := strings.Cut(rest, word)
		require.True(t, found, "%q is missing, or stands too early, in: %s", word, text)
		rest = after
	}
}

func TestPeopleAreSentToThePagesOfApolloIO(t *testing.T) {
	t.Parallel()
	leave, join, role := domain.RunbookFor, domain.JoiningFor, domain.RoleChangeFor
	for name, c := range map[string]struct {
		text  string
		order []string
	}{
		"invite":        {words(t, join, domain.KindApolloIO, domain.StepInvite), []string{"Settings > Users", "New user", "permission profile", "work email", "Send invites"}},
		"invite again":  {words(t, join, domain.KindApolloIO, domain.StepInvite), []string{"To send it once more, do the same again"}},
		"buy a seat":    {words(t, join, domain.KindApolloIO, domain.StepFindSeat), []string{"Plan overview", "Manage subscription", "charged at once"}},
		"role":          {words(t, role, domain.KindApolloIO, domain.StepRole), []string{"Settings > Users", "permission profile"}},
		"deactivate":    {words(t, leave, domain.KindApolloIO, domain.StepDeactivate), []string{"Settings > Users", "menu at the end of the user's row", "Deactivate", "confirm"}},
		"unlink":        {words(t, leave, domain.KindApolloIO, domain.StepUnlink), []string{"Unlink mailbox", "forwarding mailbox", "Not sent"}},
		"another admin": {words(t, leave, domain.KindApolloIO, domain.StepPromote), []string{"Admin is a paid seat", "charged at once"}},
		"locked out":    {words(t, leave, domain.KindApolloIO, domain.StepPromote), []string{"only Apollo's support", "back"}},
		"crm, leaving":  {words(t, leave, domain.KindApolloIO, domain.StepCRM), []string{"sync user", "full seat", "Billing and Seat Manager cannot hold them"}},
		"crm, role":     {words(t, role, domain.KindApolloIO, domain.StepCRM), []string{"sync user", "full seat", "before the role changes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireOrder(t, c.text, c.order...)
		})
	}
}

// The guide's order: deactivate, unlink the mailbox, then hand over each kind of
// record. The owner of workflows and the CRM sync are part of it.
func TestTheOrderOfLeavingApolloIO(t *testing.T) {
	t.Parallel()
	book, ok := domain.RunbookFor(domain.KindApolloIO)
	require.True(t, ok)
	at := map[domain.StepKey]int{}
	for i, s := range book.Steps {
		at[s.Key] = i
	}
	require.Less(t, at[domain.StepPromote], at[domain.StepDeactivate])
	require.Less(t, at[domain.StepDeactivate], at[domain.StepUnlink])
	for _, key := range []domain.StepKey{domain.StepContacts, domain.StepAccounts, domain.StepSequences, domain.StepDeals, domain.StepTasks, domain.StepWorkflows, domain.StepCRM} {
		require.Contains(t, at, key)
		require.Less(t, at[domain.StepUnlink], at[key], key)
	}
	require.Less(t, at[domain.StepCRM], at[domain.StepSeat], "the seat is booked when everything is gone")
}

// Conversions of Apollo.io: what each takes away, costs and warns of, said before
// anybody agrees.
func TestConversionsOfApolloIO(t *testing.T) {
	t.Parallel()
	full := domain.AppRole{Key: "f", Admin: domain.No, FullSeat: domain.Yes, Seat: domain.SeatFull}
	boss := domain.AppRole{Key: "a", Admin: domain.Yes, FullSeat: domain.Yes, Seat: domain.SeatFull}
	bills := domain.AppRole{Key: "b", Admin: domain.No, FullSeat: domain.No, Seat: domain.SeatBilling}
	calls := domain.AppRole{Key: "c", Admin: domain.No, FullSeat: domain.No, Seat: domain.SeatCallAssistant}
	for name, c := range map[string]struct {
		from, to             domain.AppRole
		crm                  domain.Tri
		seat                 int
		gains, loses, warned string
		not                  string
	}{
		"full to billing":          {full, bills, domain.No, -1, "", "prospecting, engagement, the dialer, and integrations, at once", "five Billing and Seat Managers at most, and not on every plan", "sync"},
		"it frees the seat only":   {full, bills, domain.No, -1, "", "prospecting", "stays bought: the bill changes only when the count is reduced", "sync"},
		"who holds the CRM sync":   {full, bills, domain.Yes, -1, "", "prospecting", "it fails until somebody else's do", ""},
		"who may hold it":          {full, bills, domain.Unknown, -1, "", "prospecting", "it fails until somebody else's do", ""},
		"billing to full":          {bills, full, domain.No, 1, "", "", "where none is free, one more is charged at once", "at most"},
		"billing to admin":         {bills, boss, domain.No, 1, "administer users, billing and integrations", "", "charged at once", ""},
		"full to admin":            {full, boss, domain.No, 0, "administer users, billing and integrations", "", "", "seat"},
		"full to call assistant":   {full, calls, domain.No, -1, "", "everything that the person could do before", "not on every account yet", "sync"},
		"what a call seat costs":   {full, calls, domain.No, -1, "", "for new users only", "is not published", "sync"},
		"admin to ordinary":        {boss, full, domain.No, 0, "", "the right to administer users", "", "seat"},
		"call assistant to full":   {calls, full, domain.No, 1, "", "", "charged at once", "not published"},
		"billing stays what it is": {bills, bills, domain.Yes, 0, "", "", "", "sync"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := domain.Weigh(domain.KindApolloIO, c.from, c.to, c.crm)
			require.Equal(t, c.seat, got.Seat)
			for want, all := range map[*string][]string{&c.gains: got.Gains, &c.loses: got.Loses, &c.warned: got.Warnings} {
				if *want == "" {
					require.Empty(t, all)
				}
				require.Contains(t, strings.Join(all, "; "), *want)
			}
			if c.not != "" {
				require.NotContains(t, strings.Join(got.Warnings, "; "), c.not)
			}
		})
	}
}

// What an invite may do that nobody sees beforehand is said to whoever agrees and
// to whoever sends it.
func TestWhatAnInviteOfApolloIOWarnsOf(t *testing.T) {
	t.Parallel()
	for seat, wants := range map[string][]string{
		domain.SeatFull:          {"another Apollo workspace, Apollo asks them to switch: that deactivates them there, and moves no data"},
		domain.SeatBilling:       {"another Apollo workspace", "Five Billing and Seat Managers at most, and not on every plan"},
		domain.SeatCallAssistant: {"another Apollo workspace", "for new users only; its price is not published, and not every account has it"},
	} {
		got := domain.JoinWarnings(domain.KindApolloIO, domain.AppRole{Seat: seat}, domain.PersonFacts{})
		require.Len(t, got, len(wants), seat)
		for i, want := range wants {
			require.Contains(t, got[i], want, seat)
		}
		told := strings.Join(domain.JoinTerms{RoleName: "R", Warnings: got}.Lines(), "\n")
		require.Contains(t, told, wants[len(wants)-1], "who agrees reads it")
	}
	require.Empty(t, domain.JoinWarnings(domain.KindApolloSpace, domain.AppRole{}, domain.PersonFacts{}))
}

func TestACallAssistantOfASoldAccountIsEnabledByTheVendor(t *testing.T) {
	t.Parallel()
	got := domain.JoinWarnings(domain.KindApolloIO, domain.AppRole{Seat: domain.SeatCallAssistant}, domain.PersonFacts{})
	require.Contains(t, strings.Join(got, " "), "Customer Success enables it")
}

// People from outside are Viewers of Apollo Space: whoever gives one of them more
// reads that.
func TestPeopleFromOutsideAreViewers(t *testing.T) {
	t.Parallel()
	roles := map[string]domain.AppRole{}
	for _, r := range domain.SpaceRoles() {
		roles[r.Key] = r
	}
	require.Len(t, roles, 4)
	for name, c := range map[string]struct {
		facts domain.PersonFacts
		warns bool
	}{
		"external":   {domain.PersonFacts{Kind: "external"}, true},
		"contractor": {domain.PersonFacts{Kind: "Contractor"}, true},
		"sponsored":  {domain.PersonFacts{Sponsor: "p-host"}, true},
		"employee":   {domain.PersonFacts{Kind: "employee"}, false},
		"not said":   {domain.PersonFacts{}, false},
	} {
		for key, role := range roles {
			got := domain.JoinWarnings(domain.KindApolloSpace, role, c.facts)
			require.Equal(t, c.warns && key != string(domain.SpaceViewer), len(got) == 1, "%s as %s", name, key)
		}
		require.Len(t, domain.JoinWarnings(domain.KindApolloIO, domain.AppRole{}, c.facts), 1, "Apollo.io has no such role")
	}
}

// A purchase is charged at once, and whoever agrees reads that, with the price and
// the day on which it was known.
func TestAPurchaseIsChargedAtOnce(t *testing.T) {
	t.Parallel()
	terms := domain.JoinTerms{RoleName: "Rep", Seat: domain.SeatBuy, Price: domain.Money{Minor: 14900, Currency: "USD"}, PriceDate: "2026-02-26"}
	require.Contains(t, terms.Lines(), "A paid seat has to be bought, and is charged at once: 149.00 USD a seat and period, as known on 2026-02-26.")
	terms.Seat, terms.Price, terms.PriceDate = domain.SeatUnknown, domain.Money{}, ""
	require.Contains(t, terms.Lines(), "Whether a paid seat has to be bought is not known; it would be charged at once: unknown.")
	require.True(t, domain.SeatBuy.Costs() && domain.SeatUnknown.Costs())
	require.False(t, domain.SeatFree.Costs() || domain.SeatNone.Costs())
}

func TestTheOrganizationPlanIsSoldBySales(t *testing.T) {
	t.Parallel()
	require.Contains(t, strings.Join(domain.PlanWarnings(domain.KindApolloIO, domain.PlanOrganization), "\n"), "through Apollo's sales team")
}

// A profile that may administer, or of which nobody said that it may not, is
// approved on its own: a custom one can give what only admins have.
func TestARoleThatMayAdministerIsPrivileged(t *testing.T) {
	t.Parallel()
	for fact, want := range map[domain.Tri]bool{domain.Yes: true, domain.Unknown: true, domain.No: false} {
		require.Equal(t, want, domain.AppRole{Admin: fact}.Privileged(), "%s", fact)
	}
}

// Whoever is deactivated has a user that can be given back; an invite is no user
// before it is accepted.
func TestWhoIsThereWhoWasAndWhoIsInvited(t *testing.T) {
	t.Parallel()
	for want, a := range map[domain.MemberState]domain.Account{
		domain.MemberActive:   {ID: "a", Email: "a@example.com", Active: domain.Yes},
		domain.MemberInactive: {ID: "a", Email: "a@example.com", Active: domain.No},
		domain.MemberInvited:  {ID: "a", Email: "a@example.com", Active: domain.Yes, Invited: true},
		domain.MemberNone:     {ID: "b", Email: "b@example.com", Active: domain.Yes},
	} {
		require.Equal(t, want, domain.MembershipOf(listing(a), "a@example.com", "").State)
	}
}

// The sign-in at the identity provider is opened before the invite goes out, and
// the role is looked at after it was accepted.
func TestTheOrderOfJoining(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{domain.KindApolloIO, domain.KindApolloSpace} {
		book, ok := domain.JoiningFor(kind)
		require.True(t, ok)
		at := map[domain.StepKey]int{}
		for i, s := range book.Steps {
			at[s.Key] = i + 1
		}
		require.Equal(t, kind == domain.KindApolloIO, at[domain.StepFindSeat] == 1, "a seat first, where seats are sold")
		require.Less(t, at[domain.StepFindSeat], at[domain.StepOpenSignIn])
		require.Less(t, at[domain.StepOpenSignIn], at[domain.StepInvite])
		require.Less(t, at[domain.StepInvite], at[domain.StepAccept])
		require.Less(t, at[domain.StepAccept], at[domain.StepRole])
	}
}

func TestPeopleAreSentToThePagesOfApolloSpace(t *testing.T) {
	t.Parallel()
	leave, join, role := domain.RunbookFor, domain.JoiningFor, domain.RoleChangeFor
	invite := words(t, join, domain.KindApolloSpace, domain.StepInvite)
	for name, c := range map[string]struct {
		text  string
		order []string
	}{
		"invite":          {invite, []string{"Settings > Members > Invite", "work email", "role", "Send invite"}},
		"who sees it":     {invite, []string{"only Owners and Admins see the button"}},
		"the link":        {invite, []string{"once and for seven days"}},
		"resend":          {invite, []string{"Pending", "Resend makes a new link and ends the old one"}},
		"another role":    {invite, []string{"changing the role does the same with the new role"}},
		"cancel":          {invite, []string{"Cancel revokes it"}},
		"role":            {words(t, role, domain.KindApolloSpace, domain.StepRole), []string{"Settings > Members", "menu of the person's row", "confirm"}},
		"only owners":     {words(t, role, domain.KindApolloSpace, domain.StepRole), []string{"Only an Owner makes somebody an Owner, or changes the role of one"}},
		"remove":          {words(t, leave, domain.KindApolloSpace, domain.StepDeactivate), []string{"Settings > Members", "Remove next to", "confirm", "at once"}},
		"remove invites":  {words(t, leave, domain.KindApolloSpace, domain.StepDeactivate), []string{"Pending", "Cancel it"}},
		"notes":           {words(t, leave, domain.KindApolloSpace, domain.StepNotes), []string{"Before you remove the member", "personal Brain", "inaccessible"}},
		"integrations":    {words(t, leave, domain.KindApolloSpace, domain.StepIntegrations), []string{"revokes the leaver's personal integrations", "deletes their tokens"}},
		"what stays":      {words(t, leave, domain.KindApolloSpace, domain.StepReassign), []string{"Leads, activities and conversations stay, with their history", "until somebody reassigns them"}},
		"the app's log":   {words(t, leave, domain.KindApolloSpace, domain.StepReassign), []string{"audit log of what the leaver did stays"}},
		"the only owner":  {words(t, leave, domain.KindApolloSpace, domain.StepPromote), []string{"Only an Owner can", "only through Apollo Space's support", "One or two Owners"}},
		"order of places": {strings.Join(keyWords(t, domain.KindApolloSpace), " "), []string{"promote-admin", "retrieve-notes", "deactivate", "integrations", "reassign"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireOrder(t, c.text, c.order...)
		})
	}
}

func keyWords(t *testing.T, kind string) []string {
	t.Helper()
	book, ok := domain.RunbookFor(kind)
	require.True(t, ok)
	var all []string
	for _, key := range book.Keys() {
		all = append(all, string(key))
	}
	return all
}
