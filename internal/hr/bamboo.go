package hr

import (
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// bambooDefaults is BambooHR's field form
// (documentation.bamboohr.com/docs/field-based-webhooks). Fields go by their
// English names unless whoever made the webhook chose others, for example those
// of its API. Some senders put a value into an object of its own.
func bambooDefaults(s domain.HRSource) domain.HRSource {
	names := map[string][]string{
		"email": {"Work Email", "workEmail"}, "name": {"Display Name", "displayName", "First Name + Last Name", "firstName + lastName"},
		"manager_email": {"Supervisor Email", "supervisorEmail"}, "department": {"Department", "department"}, "title": {"Job Title", "jobTitle"},
		"location": {"Location", "location"}, "start_date": {"Hire Date", "hireDate"}, "last_moment": {"Termination Date", "terminationDate"},
		"employment_type": {"Employment Status", "employmentHistoryStatus"},
	}
	fields := map[string]domain.HRField{"type": {From: []string{"action"}}, "employment_id": {From: []string{"id"}}, "occurred_at": {From: []string{"timestamp"}}}
	for ours, theirs := range names {
		f := domain.HRField{}
		for _, name := range theirs {
			f.From = append(f.From, under(name, ""), under(name, ".value"))
		}
		fields[ours] = f
	}
	for ours, f := range s.Fields {
		fields[ours] = f
	}
	s.Fields, s.Each = fields, "employees"
	if s.ID == "" {
		s.ID = domain.HRIDBody
	}
	return s
}

func under(names, end string) string {
	parts := strings.Split(names, " + ")
	for i := range parts {
		parts[i] = "fields." + parts[i] + end
	}
	return strings.Join(parts, " + ")
}

// bamboo reads a delivery of BambooHR.
func (s *source) bamboo(doc any, d delivery, body []byte) []said {
	if members, ok := doc.(map[string]any); ok && members["employees"] == nil && members["data"] != nil {
		return []said{{verdict: note, why: unmapped("this is BambooHR's event form, which names no person and no date: choose the field form for the webhook")}}
	}
	id, wrong := s.mapping.idOf(doc, d, body)
	if wrong != nil {
		return []said{refused(wrong)}
	}
	elements, ids, wrong := s.mapping.elements(doc, id)
	if wrong != nil {
		return []said{refused(wrong)}
	}
	all := make([]said, len(elements))
	for i, element := range elements {
		all[i] = s.bambooOne(element, ids[i], d)
	}
	return all
}

func (s *source) bambooOne(doc any, id string, d delivery) said {
	f, wrong := s.mapping.read(doc)
	if wrong != nil {
		return refused(wrong)
	}
	if v, ok := bare(doc, f); ok {
		return v
	}
	e := bambooEmployee{facts: f, doc: doc, clock: s.clock, now: d.now}
	f["last_moment"], f["start_date"] = date(f["last_moment"]), date(f["start_date"])
	e.nameEmployment()
	name, known := s.mapping.typeOf(doc, f["type"])
	if !known {
		if name, wrong = e.typeOf(); wrong != nil {
			return refused(wrong)
		}
	}
	if name == domain.HRIgnore {
		return said{verdict: ignore}
	}
	kind, _ := typeOf(name)
	if kind != domain.HREnding && kind != domain.HRMoved {
		delete(f, "last_moment")
	}
	return s.build(f, kind, id, d)
}

// bare answers what BambooHR sends without any data. A new employee's data
// follow as an update; that a record was deleted says nothing about access.
func bare(doc any, f facts) (said, bool) {
	given, _ := at(doc, []domain.HRStep{{Key: "fields"}})
	if members, _ := given.(map[string]any); len(members) > 0 {
		return said{}, false
	}
	switch f["type"] {
	case "Created":
		return said{verdict: ignore}, true
	case "Deleted":
		return said{verdict: note, why: unmapped("BambooHR deleted an employee and sends no data with it: end employments by Status and Termination Date before")}, true
	default:
		return said{verdict: note, why: unmapped("BambooHR sent an employee without fields: choose in the webhook which fields are posted, at least Work Email, Status and Termination Date")}, true
	}
}

// bambooEmployee is one employee of a delivery.
type bambooEmployee struct {
	facts facts
	doc   any
	clock clock
	now   time.Time
}

// nameEmployment tells a rehire from the first hire: BambooHR keeps one id for a
// person, and the date of the first hire beside that of the last.
func (e *bambooEmployee) nameEmployment() {
	if e.rehired() {
		e.facts["employment_id"] += "@" + e.facts["start_date"]
	}
}

func (e *bambooEmployee) rehired() bool {
	first := date(e.field("Original Hire Date", "originalHireDate"))
	return first != "" && e.facts["start_date"] != "" && first != e.facts["start_date"]
}

// field reads a field by any of its names.
func (e *bambooEmployee) field(names ...string) string {
	for _, name := range names {
		for _, end := range []string{"", ".value"} {
			path, err := domain.ParseHRPath("fields." + name + end)
			if err != nil {
				continue
			}
			if text, err := textAt(e.doc, path); err == nil && text != "" {
				return text
			}
		}
	}
	return ""
}

// posted tells whether a field was sent at all, if only empty.
func (e *bambooEmployee) posted(names ...string) bool {
	for _, name := range names {
		if _, ok := at(e.doc, []domain.HRStep{{Key: "fields"}, {Key: name}}); ok {
			return true
		}
	}
	return false
}

func (e *bambooEmployee) changed(names ...string) bool {
	found, _ := at(e.doc, []domain.HRStep{{Key: "changedFields"}})
	list, _ := found.([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		name, ok := v.(string)
		return ok && slices.Contains(names, name)
	})
}

// typeOf says what an update means. Status and date are read together: a date
// alone may lie ahead or be left over, and a status alone has no date.
func (e *bambooEmployee) typeOf() (string, *refusal) {
	status := strings.ToLower(e.field("Status", "status"))
	gone := status == "inactive" || status == "" && strings.EqualFold(e.field("Employment Status", "employmentHistoryStatus"), "terminated")
	end := e.facts["last_moment"]
	switch {
	case end != "" && e.longGone(end):
		if !gone {
			return "", invalid("Termination Date lies more than a week back and Status does not say Inactive: post Status too, or correct one of them in BambooHR")
		}
		return string(domain.HREndedNow), nil
	case end != "":
		return string(domain.HREnding), nil
	case gone:
		return string(domain.HREndedNow), nil
	case e.facts["start_date"] != "" && (e.changed("Hire Date", "hireDate") || e.rehired() && e.changed("Status", "status")):
		return string(domain.HRStarting), nil
	case e.posted("Termination Date", "terminationDate") && e.changed("Termination Date", "terminationDate", "Status", "status"):
		return string(domain.HRRetracted), nil
	default:
		return string(domain.HRChanged), nil
	}
}

// longGone tells whether a last day lies so far back that it is history.
func (e *bambooEmployee) longGone(end string) bool {
	m, err := e.clock.moment(end, e.facts["time_zone"])
	if err != nil {
		return false // the event is refused where the date is read again
	}
	t, err := m.Instant()
	return err == nil && t.Before(e.now.Add(-7*24*time.Hour))
}

// date leaves out what databases write for no date.
func date(text string) string {
	if strings.HasPrefix(text, "0000-00-00") {
		return ""
	}
	return text
}
