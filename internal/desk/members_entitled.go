package desk

import (
	"maps"
	"slices"
	"strings"

	"handover/domain"
	"handover/workflows"
)

// entitle gives the tasks of an app of kind apollo.space to somebody who may do
// them: what touches an Owner, or somebody of whom no list tells that they are
// none, is an Owner's. For this a list of any age will do, because it only says
// whom to ask: whoever is asked and may not, hands the task over. It also says in
// the task who may read the notes that are retrieved.
func (c *cast) entitle(in *workflows.AppInput, app *domain.AppPolicy) {
	if app.Kind != domain.KindApolloSpace || c.err != nil {
		return
	}
	list, err := c.d.Store.NewestMemberList(c.ctx, in.App)
	c.fail(err)
	in.Owner, in.Backup = c.entitled(app.Space, spaceRoleOf(list, c.leaver), domain.SpaceNobody, in.Owner, in.Backup)
	in.Instructions = maps.Clone(in.Instructions)
	if in.Instructions == nil {
		in.Instructions = map[domain.StepKey]string{}
	}
	in.Instructions[domain.StepNotes] = notesInstruction(app)
}

// notListed stands for the role of somebody of whom no list tells: they may be an
// Owner.
const notListed domain.SpaceRole = "notListed"

// spaceRoleOf is somebody's role in a list, or notListed. An invite that is pending
// counts by the role that it gives.
func spaceRoleOf(list domain.MemberList, p domain.Person) domain.SpaceRole {
	i := slices.IndexFunc(list.Rows, func(r domain.MemberRow) bool {
		return r.Person == p.ID || r.Account == domain.PersonAccount(p.ID)
	})
	if i < 0 {
		return notListed
	}
	return list.Rows[i].Role
}

// entitled names who does a task that changes somebody's role, and who stands in:
// the app's own people where an Admin may, else Owners. Where no Owner is left but
// the one it is about, the app's people stay: only the vendor's support helps then,
// and the instructions say so.
func (c *cast) entitled(p domain.SpacePolicy, target, next domain.SpaceRole, owner, backup domain.PersonID) (domain.PersonID, domain.PersonID) {
	may := p.MayTouch(target, next)
	if len(may) == 0 {
		return owner, backup
	}
	var owners []domain.PersonID
	for _, email := range may {
		if id := c.email(email); id != "" && !c.gone(id) && !slices.Contains(owners, id) {
			owners = append(owners, id)
		}
	}
	switch {
	case len(owners) == 0:
		return owner, backup
	case slices.Contains(owners, owner): // who looks after the app is one
		owners = slices.Concat([]domain.PersonID{owner}, slices.DeleteFunc(owners, func(id domain.PersonID) bool { return id == owner }))
	}
	if len(owners) == 1 {
		return owners[0], "" // nobody else may
	}
	return owners[0], owners[1]
}

// notesInstruction says beside what is to be done who keeps the notes and who may
// read them.
func notesInstruction(app *domain.AppPolicy) string {
	text := app.Instructions[domain.StepNotes]
	if text == "" {
		spec, _ := domain.StepOf(app.Kind, domain.StepNotes)
		text = spec.Instruction
	}
	if keeper := app.Space.NotesKeeper; keeper != "" {
		text += " What you retrieved goes to " + keeper + ", who keeps it."
	}
	if readers := app.Space.NotesReaders; len(readers) > 0 {
		return text + " Nobody else may read it but " + strings.Join(readers, ", ") + "."
	}
	return text + " Nobody else may read it: it was personal."
}
