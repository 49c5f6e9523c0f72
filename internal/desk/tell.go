package desk

import (
	"strconv"
	"time"

	"handover/domain"
)

// tellAfter writes what others hear of an answered command, in the transaction
// that records it: the requester the outcome, the second person that they are
// asked, and asked again about another proof. said is when the command was given, which
// is the same whoever delivers it.
func (d *Desk) tellAfter(run domain.Run, said time.Time, e *domain.AuditEvent, entry *domain.Entry) {
	for _, a := range entry.Approvals {
		if to := outcomeFor(a, e.Actor); to != "" {
			entry.Notices = append(entry.Notices, domain.Notice{ID: a.ID + "/decided", Run: a.Run, App: a.App, Kind: "decided", About: a.ID,
				To: []domain.PersonID{to}, Text: outcomeText(a, run), At: e.At})
		}
	}
	for _, t := range entry.Tasks {
		if to := secondFor(t, run); to != "" {
			entry.Notices = append(entry.Notices, domain.Notice{ID: t.ID + "/confirm/" + string(t.DoneBy) + "/" + strconv.FormatInt(said.Truncate(time.Minute).Unix(), 10), Run: t.Run, App: t.App, Kind: "confirm", About: t.ID,
				To: []domain.PersonID{to}, Text: "Somebody said that this is done. The app cannot show it: look at it, and stand for it as second person.", At: e.At})
		}
	}
}

// outcomeFor names the requester who hears how a request ended, unless they
// ended it themselves.
func outcomeFor(a domain.Approval, actor domain.PersonID) domain.PersonID {
	ended := a.State == domain.ApprovalApproved || a.State == domain.ApprovalDenied
	if !ended || a.Requester == domain.SystemActor || a.Requester == actor {
		return ""
	}
	return a.Requester
}

func outcomeText(a domain.Approval, run domain.Run) string {
	return "Your request is " + string(a.State) + ". " + requestEnd(a, run)
}

// secondFor names who is asked to confirm a task that the app cannot show: the
// second person of the app, else whoever looks after it and did not do it.
func secondFor(t domain.Task, run domain.Run) domain.PersonID {
	if t.State != domain.TaskDone || !t.Attest || t.ConfirmedBy != "" {
		return ""
	}
	for _, id := range append([]domain.PersonID{t.Second, t.Owner, t.Backup, run.Requester}, run.Readers...) {
		if id != "" && id != t.DoneBy && id != t.Subject && id != domain.SystemActor {
			return id
		}
	}
	return ""
}
