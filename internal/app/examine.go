package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
	"handover/internal/config"
	"handover/internal/scim"
	"handover/internal/store"
)

// Finding is one check of an installation.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// Examine checks an installation from its environment: it only reads.
func Examine(ctx context.Context) []Finding {
	env, vars, err := config.ReadEnv(ctx, nil)
	if err != nil {
		return []Finding{{What: "environment", Text: err.Error()}}
	}
	findings := []Finding{{What: "environment", OK: true, Text: "read"}}
	add := func(what string, err error, fine string) {
		if err != nil {
			findings = append(findings, Finding{What: what, Text: err.Error()})
			return
		}
		findings = append(findings, Finding{What: what, OK: true, Text: fine})
	}
	policy, _, err := config.ReadPolicy(env.PolicyFile)
	add("policy "+env.PolicyFile, err, "read and checked")
	add("database", examineStore(ctx, env), "answers and has this program's schema")
	add("temporal", examineTemporal(ctx, env), "answers")
	if policy != nil {
		findings = append(findings, examineApps(ctx, policy, env, vars)...)
		findings = append(findings, examineHR(env, policy, vars)...)
		findings = append(findings, examineSlack(ctx, env, policy)...)
	}
	return findings
}

func examineStore(ctx context.Context, env config.Env) error {
	if env.DatabaseURL == "" {
		return fmt.Errorf("DATABASE_URL is not set: give a postgres:// address")
	}
	st, err := store.OpenPostgres(ctx, string(env.DatabaseURL))
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	have, want, err := st.SchemaVersion(ctx)
	if err == nil && have != want {
		err = fmt.Errorf("the schema is version %d, this program needs %d: run `handover migrate`", have, want)
	}
	return err
}

func examineTemporal(ctx context.Context, env config.Env) error {
	c, err := Dial(ctx, env, slog.New(slog.DiscardHandler))
	if err == nil {
		c.Close()
	}
	return err
}

func examineApps(ctx context.Context, p *domain.Policy, env config.Env, vars config.Variables) []Finding {
	ids := make([]string, 0, len(p.Apps))
	for id := range p.Apps {
		ids = append(ids, string(id))
	}
	slices.Sort(ids)
	var findings []Finding
	for _, id := range ids {
		findings = append(findings, examineApp(ctx, p, domain.AppID(id), env, vars)...)
	}
	return findings
}

func examineApp(ctx context.Context, p *domain.Policy, id domain.AppID, env config.Env, vars config.Variables) []Finding {
	what, app := "app "+string(id), p.Apps[id]
	c, err := newConnector(id, app, vars, freeGate{}, noLists{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return []Finding{{What: what, Text: err.Error()}}
	}
	fine, err := examineConnector(ctx, c)
	findings := []Finding{{What: what, OK: true, Text: fine}}
	if err != nil {
		findings[0] = Finding{What: what, Text: err.Error()}
	}
	doors, quiet := noDoors(), slog.New(slog.DiscardHandler)
	if err := doors.openSignIn(p, id, vars, freeGate{}, quiet); err != nil {
		findings = append(findings, Finding{What: what + " sign-in", Text: err.Error()})
	}
	if err := doors.openRecipes(p, id, env, quiet); err != nil {
		findings = append(findings, Finding{What: what + " browser", Text: err.Error()})
	}
	defer func() { _ = doors.Close() }() // nothing was played
	findings = append(findings, examineSignIn(ctx, what, doors.SignIn(id))...)
	for _, choice := range activities.Choices(ctx, c, doors.SignIn(id), doors.Recipes(id)) {
		findings = append(findings, Finding{What: what + " " + string(choice.Capability), OK: true, Text: string(choice.Channel) + ": " + choice.Why})
	}
	return findings
}

// examineSignIn asks the identity provider in front of an app what it says of it,
// and what Handover may not do there.
func examineSignIn(ctx context.Context, what string, door activities.SignIn) []Finding {
	if door == nil {
		return nil
	}
	what += " sign-in"
	facts, err := door.Describe(ctx)
	switch {
	case err != nil:
		return []Finding{{What: what, Text: err.Error()}}
	case len(facts.Missing) > 0:
		return []Finding{{What: what, Text: fmt.Sprintf("%s does not let Handover do all that is needed: grant %s", door.Provider(), strings.Join(facts.Missing, ", "))}}
	case facts.Active == domain.No:
		return []Finding{{What: what, Text: fmt.Sprintf("the app %q is switched off at %s: name the one that people sign in with", facts.App, door.Provider())}}
	}
	return []Finding{{What: what, OK: true, Text: fmt.Sprintf("%s gives the app %q: %s", door.Provider(), facts.App, facts.Why)}}
}

// examineConnector asks an app what its connector can be asked, and says what is
// fine.
func examineConnector(ctx context.Context, c activities.Connector) (string, error) {
	if p, ok := c.(interface{ Probe(context.Context) error }); ok {
		if err := p.Probe(ctx); err != nil {
			return "", err
		}
	}
	if g, ok := c.(activities.GrantChecker); ok {
		missing, err := g.CheckGrants(ctx)
		if err == nil && len(missing) > 0 {
			err = fmt.Errorf("the key lacks these grants: %s", strings.Join(missing, ", "))
		}
		return "the key works and may read all that is needed", err
	}
	if s, ok := c.(*scim.Connector); ok {
		return examineSCIM(ctx, s)
	}
	return "has no interface: people do every step, and two stand for it", nil
}

// examineSCIM reads the users as a run would: a list that is not whole holds every
// leaving, and a role that nobody explained holds those it is about.
func examineSCIM(ctx context.Context, c *scim.Connector) (string, error) {
	listing, err := c.ListAccounts(ctx)
	if err != nil {
		return "", err
	}
	if !listing.Complete {
		return "", fmt.Errorf("SCIM listed %d users of %d: give its token the right to see all of them", len(listing.Accounts), listing.Total)
	}
	if roles := c.Unmapped(listing); len(roles) > 0 {
		return "", fmt.Errorf("whether these roles are admins is not said, and guards stay shut on them: map them under roles: %s", strings.Join(roles, ", "))
	}
	return fmt.Sprintf("the token works and lists all %d users", len(listing.Accounts)), nil
}

// freeGate lets the few requests of an examination through. It has no store to
// count in; the vendor's own answer is the limit.
type freeGate struct{}

var _ apollo.Gate = freeGate{}

// Acquire implements apollo.Gate.
func (freeGate) Acquire(_ context.Context, app domain.AppID, endpoint string, urgent bool) (domain.RatePermit, error) {
	return domain.RatePermit{App: app, Endpoint: endpoint, Urgent: urgent, IssuedAt: time.Now()}, nil
}

// Observe implements apollo.Gate.
func (freeGate) Observe(context.Context, domain.RatePermit, domain.RateObservation) error { return nil }
