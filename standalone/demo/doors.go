package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handover/internal/api"
	sim "handover/internal/sim/apollo"
	entrasim "handover/internal/sim/entra"
	oktasim "handover/internal/sim/okta"
	scimsim "handover/internal/sim/scim"
)

// Tokens of the simulators behind the doors.
const (
	oktaToken   = "demo-okta-token"
	entraSecret = "demo-entra-secret"
	peopleToken = "demo-people-token"
)

// behind is what stands behind the doors of a story.
type behind struct {
	okta   *oktasim.Simulator
	entra  *entrasim.Simulator
	seeded entrasim.Seeded
	people *scimsim.Server
	dana   string // her id in the SCIM app
	emea   *sim.Simulator
	before *Picture
	plays  bool // a browser is on this machine
}

func fourDoors() Scenario {
	b := &behind{}
	return Scenario{Name: "doors", About: "Dana leaves four apps by four doors: Okta pushes, a recorded recipe in a browser, SCIM behind Entra ID, and two people",
		Doors: b.open,
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			id, err := s.offboard(ctx, priya, dana, 6*time.Second, nil)
			return []string{id}, err
		},
		Robot: func(r *Robot) {
			first := r.App
			r.App = func(app string) *sim.Simulator {
				switch app {
				case "apollo":
					return first(app)
				case "apollo-emea":
					return b.emea
				}
				return nil
			}
		},
		Check: b.check}
}

// open starts the simulators and writes the doors into the policy.
func (b *behind) open(s *Stage, p *PolicyText) (map[string]string, error) {
	env := map[string]string{"OKTA_TOKEN": oktaToken, "ENTRA_CLIENT_ID": entrasim.ClientID, "ENTRA_CLIENT_SECRET": entraSecret, "PEOPLE_SCIM_TOKEN": peopleToken,
		"EMEA_API_KEY": apiKey}
	for _, start := range []func(*Stage, map[string]string) error{b.startOkta, b.startEntra, b.startPeople, b.startEMEA} {
		if err := start(s, env); err != nil {
			return nil, err
		}
	}
	p.Provider = fmt.Sprintf(`
  okta:
    kind: okta
    credentials: {url: OKTA_URL, token: OKTA_TOKEN}
  entra:
    kind: entra
    tenant: %s
    credentials: {client_id: ENTRA_CLIENT_ID, secret: ENTRA_CLIENT_SECRET, url: ENTRA_GRAPH_URL, login_url: ENTRA_LOGIN_URL}`, entrasim.TenantID)
	p.Doors = fmt.Sprintf(`
    credentials: {scim_url: NONE, scim_token: NONE} # Okta holds the SCIM token
    sign_in: {provider: okta, app: %s}`, oktasim.DemoApp)
	recipes, err := s.recorded(env["EMEA_ORIGIN"], "emea")
	if err != nil {
		return nil, err
	}
	b.plays = recipes != ""
	p.Apps = fmt.Sprintf(doorsApps, sim.ProfileAdmin, sim.ProfileStandard, recipes, b.seeded.App)
	return env, nil
}

const doorsApps = `
  apollo-emea: # a smaller plan: no SCIM there
    kind: apollo.io
    plan: professional
    owner: priya.nair@example.com
    backup: sam.okafor@example.com
    index_lag: 200ms
    observe: 10s
    profiles:
      %s: {name: Admin, admin: yes, full_seat: yes, seat: full}
      %s: {name: Standard, admin: no, full_seat: yes, seat: full}
    credentials: {api_key: EMEA_API_KEY, base_url: EMEA_BASE_URL, scim_url: NONE, scim_token: NONE}%s
  people-app:
    kind: scim
    owner: priya.nair@example.com
    second: sam.okafor@example.com
    credentials: {scim_url: PEOPLE_SCIM_URL, scim_token: PEOPLE_SCIM_TOKEN}
    roles: {Admin: {admin: yes}, Member: {admin: no}}
    sign_in: {provider: entra, app: %s}
  vault:
    kind: manual
    owner: priya.nair@example.com
    second: sam.okafor@example.com
    instructions:
      deactivate: In the vault's People page choose Suspend.
      sign-in: In the admin console of Google Workspace suspend the person.`

func (b *behind) startOkta(s *Stage, env map[string]string) error {
	b.okta = oktasim.New(oktasim.Options{Token: oktaToken})
	push := func(email string) {
		s.Say("  okta     pushes the deactivation of %s to the app", email)
		if err := s.App.Deactivate(email); err != nil {
			s.Say("  okta     the push failed: %v", err)
		}
	}
	b.okta.SeedDemo(oktasim.App{Label: "Apollo.io", Features: []string{"PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION"}, OnUnassigned: push},
		[]string{priya, sam}, []string{eli, dana})
	url, err := s.listen("127.0.0.1:0", "", b.okta.Handler())
	env["OKTA_URL"] = url
	return err
}

func (b *behind) startEntra(s *Stage, env map[string]string) error {
	b.entra = entrasim.New(entrasim.Options{Secret: entraSecret})
	b.seeded = b.entra.Seed()
	url, err := s.listen("127.0.0.1:0", "", b.entra.Handler())
	env["ENTRA_LOGIN_URL"], env["ENTRA_GRAPH_URL"] = url, url+"/v1.0"
	return err
}

func (b *behind) startPeople(s *Stage, env map[string]string) error {
	b.people = scimsim.New(peopleToken, scimsim.Switches{})
	b.people.Add(priya, "Admin")
	b.people.Add(sam, "Admin")
	b.people.Add(eli, "Member")
	b.dana = b.people.Add(dana, "Member")
	url, err := s.listen("127.0.0.1:0", "", b.people)
	env["PEOPLE_SCIM_URL"] = url + "/scim/v2"
	return err
}

// startEMEA starts a second, smaller tenant of Apollo.io on a plan without SCIM.
func (b *behind) startEMEA(s *Stage, env map[string]string) error {
	b.emea = sim.New(sim.Options{APIKey: apiKey, AdminToken: adminToken, Plan: "professional"})
	since := time.Now().AddDate(-2, 0, 0)
	err := b.emea.Seed(sim.TenantSpec{Seed: 5, KeyCreator: priya, Subscription: sim.Subscription{Plan: "professional", Billing: "monthly", Seats: 6}, Users: []sim.UserSpec{
		{Email: priya, First: "Priya", Last: "Nair", Profile: sim.ProfileAdmin, Created: since},
		{Email: sam, First: "Sam", Last: "Okafor", Profile: sim.ProfileAdmin, Created: since},
		{Email: eli, First: "Eli", Last: "Park", Created: since, Mailboxes: []string{eli}},
		{Email: dana, First: "Dana", Last: "Reyes", Created: since, Mailboxes: []string{dana}, Contacts: 40, Accounts: 8, OpenDeals: 3, ScheduledTasks: 4, ScheduledEmails: 6, ActiveSequences: 1},
		{Email: "dana.reyes@emea.example.com", First: "Dana", Last: "Reyes", Created: since}, // somebody else of the same name
	}})
	if err != nil {
		return err
	}
	if b.before, err = Take(b.emea, dana); err != nil {
		return err
	}
	url, err := s.listen("127.0.0.1:0", "", b.emea.Handler())
	env["EMEA_BASE_URL"], env["EMEA_ORIGIN"] = url+"/api/v1", url
	return err
}

// check looks behind each door.
func (b *behind) check(ctx context.Context, s *Stage) error {
	run, err := s.ended(ctx, s.runs[0])
	if err != nil {
		return err
	}
	errs := []error{b.checkChannels(s, run), b.before.CheckLeaver(dana), b.before.CheckOthers(), onlyActsOn(b.emea, dana)}
	if u, _ := b.people.User(b.dana); u.Active {
		errs = append(errs, errors.New("the SCIM app still lists Dana as active"))
	}
	if b.okta.Member(oktasim.DemoSales, b.okta.UserID(dana)) {
		errs = append(errs, errors.New("okta still gives Dana the app"))
	}
	for _, row := range b.entra.Deleted() {
		if row.Principal != b.seeded.Dana {
			errs = append(errs, errors.New("a row of somebody else was deleted in Entra ID"))
		}
	}
	if b.plays {
		errs = append(errs, s.checkPictures(ctx, run, "apollo-emea"))
	}
	return errors.Join(errs...)
}

// checkChannels wants each app cut on its own channel, and says so.
func (b *behind) checkChannels(s *Stage, run api.Run) error {
	emea := "browser"
	if !b.plays {
		emea = "person"
	}
	want := map[string][2]string{
		"apollo/deactivate": {"idp", "verified"}, "apollo/sign-in": {"idp", "verified"}, "apollo-emea/deactivate": {emea, "verified"},
		"people-app/deactivate": {"scim", "verified"}, "people-app/sign-in": {"idp", "verified"},
		"vault/deactivate": {"person", "attested"}, "vault/sign-in": {"person", "attested"},
	}
	var errs []error
	for _, step := range run.Steps {
		expected, ok := want[step.App+"/"+step.Step]
		if !ok {
			continue
		}
		delete(want, step.App+"/"+step.Step)
		s.Say("  %-12s %-11s %-9s by %-8s %s", step.App, step.Step, step.State, step.Channel, step.Why)
		if [2]string{step.Channel, step.State} != expected {
			errs = append(errs, fmt.Errorf("%s of %s is %s by %s, not %s by %s", step.Step, step.App, step.State, step.Channel, expected[1], expected[0]))
		}
	}
	if len(want) > 0 {
		errs = append(errs, fmt.Errorf("%d steps are missing", len(want)))
	}
	return errors.Join(errs...)
}
