package config

import (
	"maps"
	"slices"
	"strings"

	"handover/domain"
)

// checkKind checks what only some kinds of app have. A key of another kind is
// refused: it would promise what does not happen.
func (c *checker) checkKind(path string, app *domain.AppPolicy) {
	c.checkInstructions(path, app)
	if app.Kind != domain.KindSCIM && app.SCIM.Remove != "" {
		c.bad(path+".scim", "only an app of kind scim has it")
	}
	switch app.Kind {
	case domain.KindSCIM:
		c.checkSCIM(path, app)
	case domain.KindManual:
		c.checkManual(path, app)
	}
	c.checkSpace(path, app)
	c.everyMonths(path+".review", app.Review.EveryMonths)
}

func (c *checker) checkSCIM(path string, app *domain.AppPolicy) {
	for key, name := range map[string]string{"scim_url": app.Credentials.SCIMURL, "scim_token": app.Credentials.SCIMToken} {
		if name == "" {
			c.bad(path+".credentials."+key, "is missing: name the variable that holds it")
		}
	}
	if len(app.Profiles) > 0 {
		c.bad(path+".profiles", "belongs to Apollo.io: an app of kind scim has roles")
	}
	c.oneOf(path+".scim.remove", app.SCIM.Remove, "", domain.SCIMDeactivate, domain.SCIMDelete)
	c.oneOf(path+".scim.role_attribute", app.SCIM.RoleAttribute, "", domain.SCIMRoles, domain.SCIMEntitlements)
}

// checkManual wants what a manual app cannot do without: words for what a person
// does, and two people, because nothing else stands for it.
func (c *checker) checkManual(path string, app *domain.AppPolicy) {
	if app.Instructions[domain.StepDeactivate] == "" {
		c.bad(path+".instructions.deactivate", "is missing: say how a person ends somebody's access in this app")
	}
	if app.Second == "" || domain.NormalEmail(app.Second) == domain.NormalEmail(app.Owner) {
		c.bad(path+".second", "must be somebody else than the owner: the app shows nothing, so two people stand for each step")
	}
	if app.Credentials != (domain.CredentialPolicy{KeyOwner: app.Credentials.KeyOwner}) {
		c.bad(path+".credentials", "are never used: an app of kind manual has no interface")
	}
}

func (c *checker) checkInstructions(path string, app *domain.AppPolicy) {
	book, known := domain.RunbookFor(app.Kind)
	if !known {
		return
	}
	var steps []string
	for _, s := range book.Steps {
		if s.Instruction != "" {
			steps = append(steps, string(s.Key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(app.Instructions)) {
		at := path + ".instructions." + string(key)
		if !slices.Contains(steps, string(key)) {
			c.bad(at, "is no step that a person does in this kind of app: use %s", strings.Join(steps, ", "))
		}
		if strings.TrimSpace(app.Instructions[key]) == "" {
			c.bad(at, "is empty: say what the person does")
		}
	}
}
