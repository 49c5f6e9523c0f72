package slack

import "strings"

// authTest says who the token is.
func (s *Simulator) authTest(*call) answer {
	o := object{
		"url": "https://" + s.opt.TeamDomain + ".slack.com/", "team": s.opt.TeamDomain, "user": "handover",
		"team_id": s.opt.TeamID, "user_id": s.botUser, "bot_id": s.botID,
		"is_enterprise_install": s.opt.Switches.OrgInstall,
	}
	if s.opt.EnterpriseID != "" {
		o["enterprise_id"] = s.opt.EnterpriseID
	}
	return success(o)
}

func (s *Simulator) usersInfo(c *call) answer {
	u := s.users[c.args.text("user")]
	if u == nil {
		return failed("user_not_found")
	}
	return success(object{"user": s.userObject(u)})
}

func (s *Simulator) lookupByEmail(c *call) answer {
	u := s.userByEmail(strings.TrimSpace(c.args.text("email")))
	if u == nil || u.deleted() && !s.opt.Switches.LookupFindsDeleted {
		return failed("users_not_found")
	}
	return success(object{"user": s.userObject(u)})
}

// groupMembers lists the people of a user group; a disabled group's only with include_disabled.
func (s *Simulator) groupMembers(c *call) answer {
	g := s.groups[c.args.text("usergroup")]
	switch {
	case s.opt.Switches.PlanUpgradeRequired:
		return failed("plan_upgrade_required")
	case s.opt.Switches.OrgInstall && !c.args.has("team_id"):
		return failed("missing_argument")
	case g == nil:
		return failed("no_such_subteam")
	case g.Disabled && !c.args.flag("include_disabled"):
		return success(object{"users": []string{}})
	}
	return success(object{"users": append([]string{}, g.Members...)})
}

// openConversation opens the direct messages with one person; conversations of several are not simulated.
func (s *Simulator) openConversation(c *call) answer {
	if id := c.args.text("channel"); id != "" {
		conv := s.conversations[id]
		if conv == nil || conv.user == "" {
			return failed("channel_not_found")
		}
		return success(object{"channel": s.dmObject(conv, c), "no_op": true, "already_open": true})
	}
	users := strings.Split(c.args.text("users"), ",")
	switch {
	case users[0] == "":
		return failed("users_list_not_supplied")
	case len(users) > 8:
		return failed("too_many_users")
	case len(users) > 1:
		return failed("method_not_supported_for_channel_type")
	}
	u := s.users[users[0]]
	switch {
	case u == nil:
		return failed("user_not_found")
	case u.Hidden:
		return failed("user_not_visible")
	case u.deleted():
		return failed("user_disabled")
	case u.IsBot == Yes:
		return failed("cannot_dm_bot")
	}
	conv, opened := s.dm(u.ID)
	o := object{"channel": s.dmObject(conv, c)}
	if !opened {
		o["no_op"], o["already_open"] = true, true
	}
	return success(o)
}

func (s *Simulator) dmObject(conv *conversation, c *call) object {
	if !c.args.flag("return_im") {
		return object{"id": conv.id}
	}
	return object{"id": conv.id, "is_im": true, "is_open": true, "user": conv.user, "created": c.now.Unix()}
}
