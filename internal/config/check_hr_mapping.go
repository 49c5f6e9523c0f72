package config

import (
	"fmt"
	"slices"

	"handover/domain"
)

// checkMapping refuses a mapping that could never give an event of ours.
func (c *checker) checkMapping(path string, s domain.HRSource) {
	bamboo := s.Form() == domain.HRKindBamboo
	if s.Each != "" {
		c.hrPath(path+".each", s.Each)
		if p, err := domain.ParseHRPath(s.Each); err == nil && len(p) != 1 {
			c.bad(path+".each", "must be one path, of the list")
		}
		if bamboo {
			c.bad(path+".each", "is known for kind: bamboohr: leave it out")
		}
	}
	c.checkFields(path, s)
	for _, theirs := range sortedKeys(s.Types) {
		c.hrType(fmt.Sprintf("%s.types.'%s'", path, theirs), s.Types[theirs])
	}
	for i, w := range s.When {
		at := fmt.Sprintf("%s.when[%d]", path, i)
		if len(w.If) == 0 {
			c.bad(at+".if", "is empty: name at least one path and its value")
		}
		for _, p := range sortedKeys(w.If) {
			c.hrPath(at+".if", p)
		}
		c.hrType(at+".then", w.Then)
	}
	for _, name := range sortedKeys(s.Values) {
		at := path + ".values." + name
		if name == "type" || !slices.Contains(domain.HRFields, name) {
			c.bad(at, "is no field of an event: types are mapped under types")
		}
		c.checkFlags(at, name, s.Values[name])
	}
	if !bamboo {
		c.needed(path, s)
	}
}

func (c *checker) checkFields(path string, s domain.HRSource) {
	for _, name := range sortedKeys(s.Fields) {
		at := path + ".fields." + name
		if !slices.Contains(domain.HRFields, name) {
			c.bad(at, "is no field of an event: see docs/hr.md for their names")
		}
		f := s.Fields[name]
		if len(f.From) == 0 && f.Constant == "" {
			c.bad(at, "is empty: write a path, a list of paths, or {constant: …}")
		}
		for _, text := range f.From {
			c.hrPath(at, text)
		}
	}
	if f := s.Fields["time_zone"]; f.Constant != "" {
		c.zone(path+".fields.time_zone", f.Constant)
	}
}

// checkFlags holds what is mapped to true or false to these two words.
func (c *checker) checkFlags(at, name string, values map[string]string) {
	if name != "on_leave" && name != "confidential" {
		return
	}
	for _, theirs := range sortedKeys(values) {
		c.oneOf(fmt.Sprintf("%s.'%s'", at, theirs), values[theirs], "true", "false")
	}
}

func (c *checker) hrType(at, value string) {
	allowed := []string{domain.HRIgnore}
	for _, t := range domain.HRTypes {
		allowed = append(allowed, string(t))
	}
	c.oneOf(at, value, allowed...)
}

// needed names fields without which every event of a type would be refused.
func (c *checker) needed(path string, s domain.HRSource) {
	var meant []string
	for _, t := range s.Types {
		meant = append(meant, t)
	}
	for _, w := range s.When {
		meant = append(meant, w.Then)
	}
	missing := func(name, why string) {
		if _, ok := s.Fields[name]; !ok {
			c.bad(path+".fields", "has no %s: %s", name, why)
		}
	}
	means := func(types ...domain.HREventType) bool {
		return slices.ContainsFunc(types, func(t domain.HREventType) bool { return slices.Contains(meant, string(t)) })
	}
	if len(meant) == 0 {
		c.bad(path+".types", "is empty: nothing that comes could be understood")
	}
	missing("email", "without it nobody can be found")
	if means(domain.HREnding, domain.HRMoved, domain.HRRetracted, domain.HREndedNow, domain.HRStarting) {
		missing("employment_id", "it tells one hire from another")
	}
	if means(domain.HREnding, domain.HRMoved) {
		missing("last_moment", "an ending or moved employment has one")
	}
	if means(domain.HRStarting) {
		missing("start_date", "a starting employment has one")
	}
	if len(s.Types) > 0 {
		missing("type", "types maps what stands there")
	}
	signsTime := s.Signature != domain.HRHMAC || s.HMAC.Timestamp != ""
	if !signsTime {
		missing("occurred_at", "nothing else tells the order of events, because no time is signed")
	}
}
