package domain

// ProviderPolicy is an identity provider, as the policy file names it.
type ProviderPolicy struct {
	Kind        string              `yaml:"kind"`      // okta, entra
	Tenant      string              `yaml:"tenant"`    // of entra: directory id
	ReadOnly    bool                `yaml:"read_only"` // Handover only looks there: people close sign-ins
	Credentials ProviderCredentials `yaml:"credentials"`
}

// ProviderCredentials names the environment variables that hold what opens an
// identity provider, never the values.
type ProviderCredentials struct {
	URL      string `yaml:"url"`       // of okta: the org; of entra: Graph, where it is not the public cloud's
	LoginURL string `yaml:"login_url"` // of entra, where it is not the public cloud's
	Token    string `yaml:"token"`     // of okta: an API token; or the next three
	ClientID string `yaml:"client_id"`
	Key      string `yaml:"key"` // of okta: private key, PEM
	KeyID    string `yaml:"key_id"`
	Secret   string `yaml:"secret"` // of entra
}

// SignInPolicy is the identity provider in front of an app.
type SignInPolicy struct {
	Provider ProviderID `yaml:"provider"` // entry of identity_providers
	App      string     `yaml:"app"`      // the provider's id of the app
}

// BrowserPolicy is what an app's administrator recorded, and the browser profile
// that is signed in to the app. Paths count from the policy file's folder.
type BrowserPolicy struct {
	Profile string                `yaml:"profile"`
	Recipes map[RecipeName]string `yaml:"recipes"` // file of each
}

// RecipeName is how the policy file names what a recipe does.
type RecipeName string

// RecipeActs are the recipes that runs play.
var RecipeActs = map[RecipeName]Capability{
	"deactivate":       CanDeactivate,
	"reactivate":       CanReactivate,
	"unlink-mailboxes": CanUnlinkMailbox,
	"invite":           CanInvite,
	"change-role":      CanChangeRole,
}
