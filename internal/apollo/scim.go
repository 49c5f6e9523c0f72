package apollo

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"

	"handover/domain"
)

// scimUser is a user behind the SCIM door. Its id is not the one of the REST
// API; the user name is the email address.
type scimUser struct {
	ID       text `json:"id"`
	UserName text `json:"userName"`
	Active   flag `json:"active"`
}

// flag is a boolean that some providers send as text.
type flag struct{ on, known bool }

// UnmarshalJSON takes true, "true" and "True"; what is neither true nor false is
// unknown.
func (f *flag) UnmarshalJSON(raw []byte) error {
	on, err := strconv.ParseBool(strings.ToLower(string(bytes.Trim(raw, `"`))))
	*f = flag{on, err == nil}
	return nil
}

// DeactivateAccount ends a user's access through SCIM, as an identity provider
// would: it sets active to false. Deactivating is no call of the REST API
// (documented by absence), so without the door it is unsupported. What SCIM
// answers is no proof: read the listing.
func (c *Connector) DeactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error) {
	return c.setActive(ctx, account, false)
}

// ReactivateAccount gives access back through SCIM. That an inactive user comes
// back this way is assumed.
func (c *Connector) ReactivateAccount(ctx context.Context, account domain.Account) (domain.Receipt, error) {
	return c.setActive(ctx, account, true)
}

// FindDoor finds a user's SCIM id ahead.
func (c *Connector) FindDoor(ctx context.Context, account domain.Account) (string, error) {
	if !c.hasSCIM() {
		return "", nil
	}
	user, _, err := c.findSCIMUser(ctx, account.Email)
	return string(user.ID), err
}

// setActive changes the user whose SCIM id was found ahead, or finds the user by
// email. It changes nothing where both the door and the caller's listing say
// that it is so already.
func (c *Connector) setActive(ctx context.Context, account domain.Account, active bool) (domain.Receipt, error) {
	if !c.hasSCIM() {
		return domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, opSCIMPatch.name, c.cfg.App, c.noSCIM(), nil)
	}
	if account.Door != "" {
		receipt, err := c.patchSCIMUser(ctx, account.Door, active)
		if domain.KindOf(err) != domain.FaultNotFound {
			return receipt, err
		}
		// The door knows the user by another id now, or not at all.
	}
	user, tr, err := c.findSCIMUser(ctx, account.Email)
	if err != nil {
		return domain.Receipt{}, err
	}
	if user.Active.known && user.Active.on == active && account.Active != domain.TriOf(!active) {
		return domain.Receipt{RequestID: tr.requestID, At: tr.at, Already: true}, nil
	}
	return c.patchSCIMUser(ctx, string(user.ID), active)
}

func (c *Connector) patchSCIMUser(ctx context.Context, id string, active bool) (domain.Receipt, error) {
	body := map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []any{map[string]any{"op": "replace", "path": "active", "value": active}},
	}
	var after scimUser
	tr, err := c.callSCIM(ctx, opSCIMPatch, arguments{id: id, body: body}, &after)
	if err != nil {
		return domain.Receipt{}, err
	}
	if after.Active.known && after.Active.on != active {
		return domain.Receipt{}, c.fault(domain.FaultConflict, opSCIMPatch, tr, "SCIM accepted the change and did not make it: do it in Apollo, Settings > Users", nil)
	}
	return domain.Receipt{RequestID: tr.requestID, At: tr.at}, nil
}

func (c *Connector) findSCIMUser(ctx context.Context, email string) (scimUser, trace, error) {
	email = strings.TrimSpace(email)
	if email == "" || strings.ContainsAny(email, "\"\\\n\r") {
		return scimUser{}, trace{}, c.fault(domain.FaultInvalid, opSCIMFind, trace{}, "the account has no email address that SCIM could be asked for", nil)
	}
	var answer struct {
		Users []scimUser `json:"Resources"`
	}
	query := url.Values{"filter": {`userName eq "` + email + `"`}}
	tr, err := c.callSCIM(ctx, opSCIMFind, arguments{query: query}, &answer)
	if err != nil {
		return scimUser{}, tr, err
	}
	var hits []scimUser
	for _, u := range answer.Users {
		if u.ID != "" && strings.EqualFold(string(u.UserName), email) {
			hits = append(hits, u)
		}
	}
	switch len(hits) {
	case 0:
		return scimUser{}, tr, c.fault(domain.FaultNotFound, opSCIMFind, tr, "SCIM does not know the user, who was probably not provisioned through it: change the user in Apollo, Settings > Users", nil)
	case 1:
		return hits[0], tr, nil
	default:
		return scimUser{}, tr, c.fault(domain.FaultConflict, opSCIMFind, tr, "SCIM knows several users by this email address: change the right one in Apollo, Settings > Users", nil)
	}
}

func (c *Connector) callSCIM(ctx context.Context, op operation, args arguments, out any) (trace, error) {
	req := c.rest.R().SetAuthToken(string(c.cfg.SCIMToken)).
		SetHeader("Content-Type", "application/scim+json").SetHeader("Accept", "application/scim+json, application/json")
	return c.send(ctx, c.cfg.SCIMURL, op, args, req, out)
}

func (c *Connector) hasSCIM() bool { return c.cfg.SCIMURL != "" }

// noSCIM says why a person has to do it and what would change that.
func (c *Connector) noSCIM() string {
	const door = "Apollo's REST API has no call for it; "
	switch c.cfg.Plan {
	case PlanOrganization, PlanCustom:
		return door + "this plan includes SCIM, which can be switched on once single sign-on is set up whole: set its address and token to let Handover do it, else an admin does it in Settings > Users"
	case "":
		return door + "SCIM, part of the Organization plan, would do it once single sign-on is set up whole and SCIM's address and token are set; until then an admin does it in Settings > Users"
	default:
		return door + "SCIM would do it, which takes the Organization plan and single sign-on set up before it; an admin does it in Settings > Users"
	}
}
