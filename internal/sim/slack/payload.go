package slack

import (
	"fmt"
	"time"
)

// The verification token of payloads is deprecated; it is sent because Slack still does (payloads).
const verificationToken = "deprecated"

// payload is what all interactivity payloads have in common.
func (s *Simulator) payload(kind string, u *User) object {
	return object{
		"type": kind, "token": verificationToken, "api_app_id": s.opt.AppID, "team": s.teamObject(), "user": s.actor(u),
		"enterprise": s.enterpriseObject(), "is_enterprise_install": s.opt.Switches.OrgInstall,
	}
}

// teamObject is the team the conversation is in.
func (s *Simulator) teamObject() object {
	o := object{"id": s.opt.TeamID, "domain": s.opt.TeamDomain}
	if s.opt.EnterpriseID != "" {
		o["enterprise_id"], o["enterprise_name"] = s.opt.EnterpriseID, "Example Enterprise"
	}
	return o
}

func (s *Simulator) enterpriseObject() any {
	if s.opt.EnterpriseID == "" {
		return nil
	}
	return object{"id": s.opt.EnterpriseID, "name": "Example Enterprise"}
}

// actor is the acting person: of another team than ours when they come through a shared channel.
func (s *Simulator) actor(u *User) object {
	return object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID}
}

// person finds somebody who can act.
func (s *Simulator) person(id string) (*User, error) {
	u := s.users[id]
	switch {
	case u == nil:
		return nil, fmt.Errorf("no user %s: add them first: %w", id, ErrRefused)
	case u.deleted():
		return nil, fmt.Errorf("user %s is deactivated and signed out: %w", id, ErrRefused)
	}
	return u, nil
}

// actionTS is the moment of a click, in the form of a message timestamp.
func (s *Simulator) actionTS(now time.Time) string { return formatTS(now.UnixMicro()) }
