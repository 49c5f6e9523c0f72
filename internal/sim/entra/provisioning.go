package entra

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

func (s *Simulator) jobs(w http.ResponseWriter, r *http.Request) {
	a := s.app(r.PathValue("id"))
	if a == nil {
		s.missing(w, r.PathValue("id"))
		return
	}
	rows := []object{}
	for _, j := range a.jobs {
		status := object{"code": j.Code, "countSuccessiveCompleteFailures": 0, "quarantine": nil}
		if j.Code == "Quarantine" {
			status["quarantine"] = object{"reason": j.Reason, "seriesBegan": "2026-11-01T00:00:00Z"}
		}
		schedule := "Active"
		switch j.Code {
		case "Paused":
			schedule = "Paused"
		case "NotConfigured":
			schedule = "Disabled"
		}
		rows = append(rows, object{"id": j.ID, "templateId": "scim", "schedule": object{"interval": "PT40M", "state": schedule}, "status": status})
	}
	s.list(w, r, rows)
}

// onDemand provisions one user now. Key and value are JSON in strings. Who is
// disabled is not handled, who fell out of scope is.
func (s *Simulator) onDemand(w http.ResponseWriter, r *http.Request) {
	if !s.paced(w, "provisionOnDemand") {
		return
	}
	a := s.app(r.PathValue("id"))
	if a == nil || !slices.ContainsFunc(a.jobs, func(j *Job) bool { return j.ID == r.PathValue("job") }) {
		s.missing(w, r.PathValue("job"))
		return
	}
	var body struct {
		Parameters []struct {
			RuleID   string `json:"ruleId"`
			Subjects []struct {
				ID   string `json:"objectId"`
				Kind string `json:"objectTypeName"`
			} `json:"subjects"`
		} `json:"parameters"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Parameters) != 1 || len(body.Parameters[0].Subjects) != 1 {
		s.fail(w, http.StatusBadRequest, codeBad, "parameters are missing")
		return
	}
	u := s.user(body.Parameters[0].Subjects[0].ID)
	result, details, action := "Success", "", "Disable"
	switch {
	case u == nil:
		s.missing(w, body.Parameters[0].Subjects[0].ID)
		return
	case u.Disabled:
		result, details, action = "Skipped", "The user is disabled in the source directory.", "Other"
	case s.switches.OnDemand == "NotInScope":
		result, details, action = "Skipped", "NotEffectivelyEntitled", "Other"
	case s.given(a, u):
		action = "Update"
	}
	key, _ := json.Marshal(object{"result": result, "details": object{"errorCode": details}})
	value, _ := json.Marshal(object{"action": action, "provisioningSteps": []object{{"name": "EntryImport", "type": "Import", "status": "Success"}}})
	write(w, http.StatusOK, object{"key": string(key), "value": string(value)})
}

// listSignIns lists the newest first. Both filters of its two users are read:
// user and app, joined with "and", and the error code.
func (s *Simulator) listSignIns(w http.ResponseWriter, r *http.Request) {
	if s.switches.NoLicence {
		s.fail(w, http.StatusForbidden, codeLicence, "Neither tenant is B2C or tenant doesn't have premium license")
		return
	}
	if !s.paced(w, "signIns") {
		return
	}
	matches, ok := signInFilter(r.URL.Query().Get("$filter"))
	if !ok || r.URL.Query().Has("$orderby") {
		s.fail(w, http.StatusBadRequest, codeBad, "Invalid filter clause")
		return
	}
	all := slices.Clone(s.signIns)
	slices.SortStableFunc(all, func(a, b SignIn) int { return b.At.Compare(a.At) })
	rows := []object{}
	for _, in := range all {
		if matches(in) || s.switches.LogUnsifted {
			rows = append(rows, object{"id": "s-1", "createdDateTime": stamp(in.At), "userId": in.User, "appId": in.App, "isInteractive": true,
				"status": object{"errorCode": in.Error, "failureReason": nil}})
		}
	}
	s.list(w, r, rows)
}

func signInFilter(raw string) (func(SignIn) bool, bool) {
	user, app, success := "", "", false
	for _, part := range strings.Split(raw, " and ") {
		name, value, found := strings.Cut(part, " eq ")
		switch value = strings.Trim(value, "'"); {
		case raw == "":
		case !found:
			return nil, false
		case name == "userId":
			user = value
		case name == "appId":
			app = value
		case name == "status/errorCode" && value == "0":
			success = true
		default:
			return nil, false
		}
	}
	return func(in SignIn) bool {
		return (user == "" || in.User == user) && (app == "" || in.App == app) && (!success || in.Error == 0)
	}, true
}

// given tells whether an app is given to a user, directly or as a direct member of
// a group. Members of nested groups get nothing.
func (s *Simulator) given(a *App, u *User) bool {
	return slices.ContainsFunc(s.rows, func(r *Row) bool {
		if r.App != a.ID {
			return false
		}
		if r.Kind == KindGroup {
			g := s.group(r.Principal)
			return g != nil && slices.Contains(g.Members, u.ID)
		}
		return r.Principal == u.ID
	})
}

// Cycle runs provisioning once, as Entra does about every forty minutes: what
// changed since the last cycle is told to the hooks. Jobs that are not active do
// nothing.
func (s *Simulator) Cycle() {
	s.mu.Lock()
	after := s.cycle()
	s.mu.Unlock()
	for _, tell := range after {
		tell()
	}
}

func (s *Simulator) cycle() []func() {
	var after []func()
	for _, a := range s.apps {
		if !slices.ContainsFunc(a.jobs, func(j *Job) bool { return j.Code == "Active" }) {
			continue
		}
		for _, u := range s.users {
			key, email := a.ID+" "+u.ID, u.Mail
			if email == "" {
				email = u.upn()
			}
			has := s.given(a, u) && !u.Disabled
			tell := s.opt.OnUnassigned
			if has {
				tell = s.opt.OnAssigned
			}
			if had := s.has[key]; had != has && tell != nil {
				after = append(after, func() { tell(email) })
			}
			s.has[key] = has
		}
	}
	return after
}
