package apollo

// stage is one stage of the pipeline that contacts or accounts go through.
type stage struct{ id, name, category string }

// Stages of every simulated team. Every contact and account is seeded in one of them.
var (
	contactStageList = []stage{
		{contactStageCold, "Cold", "in_progress"}, {contactStageApproach, "Approaching", "in_progress"},
		{contactStageInterest, "Interested", "succeeded"},
	}
	accountStageList = []stage{
		{accountStageProspects, "Prospect", "in_progress"}, {accountStageCurrent, "Current Client", "succeeded"},
	}
)

// listContactStages gives all stages at once; there is no paging.
func (s *Simulator) listContactStages(*call) reply {
	out := []object{}
	for i, st := range contactStageList {
		row := st.wire(i)
		row["ignore_trigger_override"] = nil
		out = append(out, row)
	}
	return ok(object{"contact_stages": out})
}

// listAccountStages gives all stages at once; there is no paging.
func (s *Simulator) listAccountStages(*call) reply {
	out := []object{}
	for i, st := range accountStageList {
		row := st.wire(i)
		row["default_exclude_for_leadgen"] = st.category == "succeeded"
		out = append(out, row)
	}
	return ok(object{"account_stages": out})
}

func (st stage) wire(order int) object {
	return object{
		"id": st.id, "team_id": teamID, "name": st.name, "display_name": st.name, "display_order": order,
		"category": st.category, "is_meeting_set": nil,
	}
}
