package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
	"handover/internal/apollospace"
	"handover/internal/config"
	"handover/internal/entra"
	"handover/internal/gated"
	"handover/internal/manual"
	"handover/internal/scim"
)

// Connectors holds the connector of each app of the policy.
type Connectors struct {
	byApp map[domain.AppID]activities.Connector
}

// Connector implements activities.Connectors.
func (c *Connectors) Connector(app domain.AppID) (activities.Connector, error) {
	found, ok := c.byApp[app]
	if !ok {
		return nil, domain.NewFault(domain.FaultUnsupported, "app.connector", app, "this worker holds no connector for the app: name it in the policy file and start the worker again", nil)
	}
	return found, nil
}

// NewConnectors makes a connector for each app, with the credentials from the
// variables that the policy names, or with the lists that people upload.
func NewConnectors(p *domain.Policy, vars config.Variables, gate apollo.Gate, lists apollospace.Lists, log *slog.Logger) (*Connectors, error) {
	c := &Connectors{byApp: map[domain.AppID]activities.Connector{}}
	for id, app := range p.Apps {
		made, err := newConnector(id, app, vars, gate, lists, log)
		if err != nil {
			return nil, err
		}
		c.byApp[id] = made
	}
	return c, nil
}

// newConnector makes the connector of an app by its kind.
func newConnector(id domain.AppID, app *domain.AppPolicy, vars config.Variables, gate apollo.Gate, lists apollospace.Lists, log *slog.Logger) (activities.Connector, error) {
	switch app.Kind {
	case domain.KindApolloIO:
		return newApollo(id, app, vars, gate, log)
	case domain.KindSCIM:
		return newSCIM(id, app, vars, gate, log)
	case domain.KindManual:
		return manual.New(time.Now), nil
	case domain.KindApolloSpace:
		return apollospace.New(apollospace.Config{App: id, Fresh: app.Space.Fresh()}, lists), nil
	}
	return nil, fmt.Errorf("make connector: the app %s is of kind %q, which this program does not know", id, app.Kind)
}

func newSCIM(id domain.AppID, app *domain.AppPolicy, vars config.Variables, gate gated.Gate, log *slog.Logger) (*scim.Connector, error) {
	url, err := vars.Text(app.Credentials.SCIMURL)
	if err != nil {
		return nil, err
	}
	token, err := vars.Text(app.Credentials.SCIMToken)
	if err != nil {
		return nil, err
	}
	cfg := scim.Config{App: id, URL: url, Token: domain.Secret(token), Delete: app.SCIM.Remove == domain.SCIMDelete, RoleAttribute: app.SCIM.RoleAttribute, Roles: map[string]scim.Role{}}
	for role, meaning := range app.Roles {
		cfg.Roles[role] = scim.Role{Name: meaning.Name, Admin: triOr(meaning.Admin)}
	}
	return scim.New(cfg, gate, log)
}

func newApollo(id domain.AppID, app *domain.AppPolicy, vars config.Variables, gate apollo.Gate, log *slog.Logger) (*apollo.Connector, error) {
	names := app.Credentials
	setName(&names.APIKey, "APOLLO_API_KEY")
	setName(&names.BaseURL, "APOLLO_BASE_URL")
	setName(&names.SCIMURL, "APOLLO_SCIM_URL")
	setName(&names.SCIMToken, "APOLLO_SCIM_TOKEN")
	cfg := apollo.Config{App: id, Plan: apollo.Plan(app.Plan), Profiles: map[string]apollo.Profile{}}
	var err error
	read := func(name string) string {
		text, rerr := vars.Text(name)
		if rerr != nil {
			err = rerr
		}
		return text
	}
	cfg.APIKey, cfg.BaseURL = apollo.Secret(read(names.APIKey)), read(names.BaseURL)
	cfg.SCIMURL, cfg.SCIMToken = read(names.SCIMURL), apollo.Secret(read(names.SCIMToken))
	if err != nil {
		return nil, err
	}
	for profile, meaning := range app.Profiles {
		cfg.Profiles[profile] = apollo.Profile{Name: meaning.Name, Admin: triOr(meaning.Admin), FullSeat: triOr(meaning.FullSeat), SeatType: meaning.Seat}
	}
	for i, window := range []string{"minute", "hour", "day"} {
		cfg.Windows[i] = app.Windows[window]
	}
	return apollo.New(cfg, gate, log)
}

func setName(field *string, name string) {
	if *field == "" {
		*field = name
	}
}

func triOr(t domain.Tri) domain.Tri {
	if t == "" {
		return domain.Unknown
	}
	return t
}

// RateLimits gives the limits of an endpoint of an app, or of an identity provider,
// before its own headers have told any: the published ones, of an app's plan with
// the windows of the policy.
func RateLimits(policy func() *domain.Policy) func(app domain.AppID, endpoint string) domain.RateLimits {
	return func(id domain.AppID, endpoint string) domain.RateLimits {
		if provider := policy().Providers[domain.ProviderID(id)]; provider != nil && provider.Kind == domain.ProviderEntra {
			return entra.Limits(endpoint)
		}
		app := policy().Apps[id]
		if app == nil || app.Kind != domain.KindApolloIO {
			return nil // no limits are published: what the app says on refusing holds
		}
		limits := apollo.Limits(apollo.Plan(app.Plan), app.SCIMPerMinute, endpoint)
		for i, window := range []string{"minute", "hour", "day"} {
			if length := app.Windows[window]; length > 0 && i < len(limits) {
				limits[i].Length = length
			}
		}
		return limits
	}
}

// longestStart bounds how long a part may take to come up.
const longestStart = 30 * time.Second

// noLists is for who asks an app without the store: nobody has uploaded a list, as
// far as they know. What was uploaded `handover members show` tells.
type noLists struct{}

var _ apollospace.Lists = noLists{}

// NewestMemberList implements apollospace.Lists.
func (noLists) NewestMemberList(_ context.Context, app domain.AppID) (domain.MemberList, error) {
	return domain.MemberList{App: app}, nil
}

// MembersChangedAt implements apollospace.Lists.
func (noLists) MembersChangedAt(context.Context, domain.AppID, time.Time) (time.Time, error) {
	return time.Time{}, nil
}
