package apollo

// searchUsers lists the team. Only page and per_page take effect.
func (s *Simulator) searchUsers(c *call) reply {
	p, refused := c.params.paging(pageRules{perPage: 25, echo: true})
	if refused != nil {
		return *refused
	}
	var keep func(*user) bool
	if s.opt.Switches.DeactivatedVanish {
		keep = func(u *user) bool { return !u.deleted }
	}
	rows, total := pick(s.t.users.all(nil, c.asOf), keep, order[user]{ascending: true}, p)
	users := make([]object, 0, len(rows))
	for _, u := range rows {
		users = append(users, s.userWire(u))
	}
	return ok(object{"pagination": p.block(total), "users": users, "num_fetch_result": nil})
}

func (s *Simulator) userWire(u *user) object {
	return object{
		"id": u.id, "team_id": teamID, "first_name": orNull(u.first), "last_name": orNull(u.last), "name": u.name(),
		"title": orNull(u.title), "email": u.email, "created_at": stamp(u.created), "deleted": u.deleted,
		"permission_set_id": u.profile,
		"credit_limit":      nil, "direct_dial_credit_limit": nil, "export_credit_limit": nil, "ai_credit_limit": nil,
		"current_email_verified": true, "password_needs_reset": false, "email_oauth_signin_only": false,
		"request_email_change_to": nil, "disable_email_linking": nil,
		"subteam_ids": []string{}, "prospect_territory_ids": []string{}, "toggled_on_territory_ids": []string{},
		"territory_is_active": false, "parent_user_id": nil, "parent_user_source": nil,
		"salesforce_id": nil, "salesforce_account": nil, "sync_salesforce_id": nil, "sync_crm_id": orNull(u.crmID),
		"crm_email": nil, "linked_salesforce": nil, "linked_hubspot": s.t.crmUser == u.id, "linked_salesloft": false,
		"linked_crm_name": s.crmName(u), "connected_to_slack": false, "has_invited_user": false,
		"typed_custom_fields": nil, "opt_out_html_template": "", "referral_code": u.id[18:], "zp_contact_id": u.id,
		"bridge_calls": false, "bridge_phone_number": nil, "record_calls": false, "default_use_local_numbers": true,
		"enable_click_tracking": false, "enable_open_tracking": false, "fields_fully_loaded": true,
		"assistant_setting": object{"_id": scimID(u.id)[:8] + u.id[8:], "id": scimID(u.id)[:8] + u.id[8:],
			"user_id": u.id, "team_id": teamID, "persona_ids": []string{}},
	}
}

func (s *Simulator) crmName(u *user) any {
	if s.t.crmUser != u.id {
		return nil
	}
	return "hubspot"
}

// showProfile tells who the key acts as.
func (s *Simulator) showProfile(c *call) reply {
	u := s.t.acting()
	if u == nil {
		out := s.unauthorized()
		return out
	}
	profile := object{"id": u.id, "team_id": teamID, "first_name": u.first, "last_name": u.last, "title": u.title, "email": u.email}
	if c.flag("include_credit_usage") {
		profile["num_credits_remaining"] = 9_000
		for _, kind := range []string{"lead", "direct_dial", "export", "ai", "power_up"} {
			profile["effective_num_"+kind+"_credits"] = 2_000
			profile["num_"+kind+"_credits_used"] = 200
		}
		profile["total_unified_credits_used"] = 1_000
	}
	return ok(profile)
}
