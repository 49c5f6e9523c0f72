package desk

import (
	"slices"

	"handover/domain"
	"handover/workflows"
)

// keepAmongNamed makes a run known to the people named in it and to nobody else:
// they are told, they steer it, they decide and they do its tasks. Whom the
// policy would ask is asked only where that person is named.
func (c *cast) keepAmongNamed(in *workflows.OffboardingInput) {
	named := c.named
	in.Tell, in.Admins = named, named
	for i := range in.Apps {
		app := &in.Apps[i]
		app.Owner = oneOf(app.Owner, named, "")
		app.Backup = oneOf(app.Backup, named, app.Owner)
		app.Second = oneOf(app.Second, named, app.Owner)
		for j := range app.Secrets {
			app.Secrets[j].Owner = oneOf(app.Secrets[j].Owner, named, "")
		}
	}
}

// notKept stands where a reason was given and is not kept.
const notKept = "(not kept: the run is confidential)"

// keptReason gives what may be written down of a reason: of a confidential run
// only that there was one.
func keptReason(run domain.Run, reason string) string {
	if run.Confidential && reason != "" {
		return notKept
	}
	return reason
}

// oneOf keeps a person who is named, else takes the first named who is not the
// one to be different from.
func oneOf(id domain.PersonID, named []domain.PersonID, not domain.PersonID) domain.PersonID {
	if slices.Contains(named, id) {
		return id
	}
	for _, n := range named {
		if n != not {
			return n
		}
	}
	return ""
}

// nameOnly makes a confidential run one of those named in it.
func (c *cast) nameOnly(run domain.Run) {
	named := append([]domain.PersonID{run.Requester}, run.Readers...)
	c.secret, c.named = true, unique(slices.DeleteFunc(named, func(id domain.PersonID) bool { return id == domain.SystemActor || id == "" || c.gone(id) }))
}

// others are those named in a confidential run but the one who asked.
func (c *cast) others(self bool) []asked {
	var found []asked
	for _, id := range c.named {
		if id != c.requester || self {
			found = append(found, asked{id, string(domain.RefNamed)})
		}
	}
	return found
}

// amongNamed fills a policy that names the named only: where too few of a stage
// are among them any of them decides but the one who asked, and nobody outside
// stands in any part of it.
func (c *cast) amongNamed(p domain.ApprovalPolicy) domain.ApprovalPolicy {
	others := c.others(p.AllowSelf)
	for i := range p.Stages {
		s := &p.Stages[i]
		for _, a := range others {
			if len(s.Approvers) < s.Quorum && !slices.Contains(s.Approvers, a.id) {
				s.Approvers, s.Refs[a.id] = append(s.Approvers, a.id), a.word
			}
		}
		s.Quorum = max(1, min(s.Quorum, len(s.Approvers)))
	}
	p.Fallback = c.named
	if !slices.Contains(c.named, p.DefaultHeir) {
		p.DefaultHeir = ""
	}
	return p
}

func unique(ids []domain.PersonID) []domain.PersonID {
	var out []domain.PersonID
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
