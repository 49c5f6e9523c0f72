package config

import (
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// checkProviders checks the identity providers. A credential that its kind does
// not read is refused: it would promise what does not happen.
func (c *checker) checkProviders() {
	for _, id := range slices.Sorted(maps.Keys(c.p.Providers)) {
		path := "$.identity_providers." + string(id)
		provider := c.p.Providers[id]
		if provider == nil {
			c.bad(path, "is empty: give at least its kind and credentials")
			continue
		}
		if strings.ContainsAny(string(id), "/: ") {
			c.bad(path, "may not hold slashes, colons or spaces")
		}
		if c.p.Apps[domain.AppID(id)] != nil {
			c.bad(path, "is the name of an app too: give one of them another")
		}
		switch provider.Kind {
		case domain.ProviderOkta:
			c.checkOkta(path, provider)
		case domain.ProviderEntra:
			c.checkEntra(path, provider)
		default:
			c.bad(path+".kind", "%q is no kind this program knows: use %s, %s", provider.Kind, domain.ProviderOkta, domain.ProviderEntra)
		}
	}
}

func (c *checker) checkOkta(path string, p *domain.ProviderPolicy) {
	names := p.Credentials
	c.named(path+".credentials.url", names.URL)
	service := names.ClientID != "" || names.Key != "" || names.KeyID != ""
	switch {
	case names.Token != "" && service:
		c.bad(path+".credentials.token", "stands beside those of a service app: name one or the other")
	case names.Token == "" && !service:
		c.bad(path+".credentials", "names no token, and no client_id, key and key_id of a service app")
	case service:
		c.named(path+".credentials.client_id", names.ClientID)
		c.named(path+".credentials.key", names.Key)
		c.named(path+".credentials.key_id", names.KeyID)
	}
	for key, value := range map[string]string{"tenant": p.Tenant, "credentials.secret": names.Secret, "credentials.login_url": names.LoginURL} {
		if value != "" {
			c.bad(path+"."+key, "belongs to kind entra")
		}
	}
}

func (c *checker) checkEntra(path string, p *domain.ProviderPolicy) {
	if p.Tenant == "" {
		c.bad(path+".tenant", "is missing: copy the directory id from the tenant's overview page")
	}
	c.named(path+".credentials.client_id", p.Credentials.ClientID)
	c.named(path+".credentials.secret", p.Credentials.Secret)
	for key, value := range map[string]string{"token": p.Credentials.Token, "key": p.Credentials.Key, "key_id": p.Credentials.KeyID} {
		if value != "" {
			c.bad(path+".credentials."+key, "belongs to kind okta")
		}
	}
}

// named wants the name of a variable.
func (c *checker) named(path, value string) {
	if value == "" {
		c.bad(path, "is missing: name the variable that holds it")
	}
}

// checkDoors checks what stands beside an app's own interface.
func (c *checker) checkDoors(path string, app *domain.AppPolicy) {
	if app.SignIn != (domain.SignInPolicy{}) {
		if c.p.Providers[app.SignIn.Provider] == nil {
			c.bad(path+".sign_in.provider", "%q is no entry of identity_providers", app.SignIn.Provider)
		}
		if app.SignIn.App == "" {
			c.bad(path+".sign_in.app", "is missing: copy the provider's id of the app")
		}
	}
	if (app.Browser.Profile == "") != (len(app.Browser.Recipes) == 0) {
		c.bad(path+".browser", "needs both a profile and recipes")
	}
	switch {
	case len(app.Browser.Recipes) == 0:
	case app.Kind == domain.KindManual:
		c.bad(path+".browser", "is not for kind manual: nothing there could be read back, and a browser's own word is no proof")
	case app.Kind == domain.KindSCIM:
		c.bad(path+".browser", "is not for kind scim: its users are deactivated over SCIM, and no recipe would ever be played")
	}
	for _, name := range slices.Sorted(maps.Keys(app.Browser.Recipes)) {
		at := path + ".browser.recipes." + string(name)
		if _, known := domain.RecipeActs[name]; !known {
			c.bad(at, "is no recipe that runs play: use deactivate, reactivate, unlink-mailboxes, invite, change-role")
		}
		if strings.TrimSpace(app.Browser.Recipes[name]) == "" {
			c.bad(at, "names no file")
		}
	}
}
