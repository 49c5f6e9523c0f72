package apollo

// listLabels gives every list of the team, as a bare array.
func (s *Simulator) listLabels(c *call) reply {
	out := []object{}
	v := s.t.lists.all(nil, c.asOf)
	for i := range v.len() {
		l := v.at(i)
		out = append(out, object{
			"_id": l.id, "id": l.id, "key": l.id, "name": l.name, "modality": l.modality, "cached_count": l.count,
			"user_id": l.userID, "team_id": teamID, "created_at": stamp(l.created), "updated_at": stamp(l.updated),
			"need_cached_count_update": false, "concurrency_locks": object{}, "rule_config_template_id": nil,
		})
	}
	return ok(out)
}
