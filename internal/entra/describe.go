package entra

import (
	"context"
	"strings"

	"handover/domain"
)

// Describe tells how Entra stands to the app: whether it is switched on, who may
// open it, whether provisioning carries changes into it, and which permissions are
// missing. A missing permission to read is no fault here: it is what is told.
func (a *App) Describe(ctx context.Context) (domain.SignInFacts, error) {
	p, got, err := a.principal(ctx)
	if is(err, domain.FaultForbidden) {
		return domain.SignInFacts{Active: domain.Unknown, Pushes: domain.Unknown, Missing: []string{needApps}, RequestID: requestOf(err),
			Why: "Handover may not read the enterprise application: grant " + needApps + " with admin consent"}, nil
	}
	if err != nil {
		return domain.SignInFacts{}, err
	}
	push, err := a.pushes(ctx)
	if err != nil {
		return domain.SignInFacts{}, err
	}
	lacks, err := a.missing(ctx)
	if err != nil {
		return domain.SignInFacts{}, err
	}
	facts := domain.SignInFacts{App: p.Name, Active: tri(p.Enabled), Pushes: push.does, Missing: lacks, RequestID: got.requestID}
	facts.Why = strings.Join(append(a.door(p), push.why), "; ")
	return facts, nil
}

// door tells who comes in, and what Handover may do about it.
func (a *App) door(p principal) []string {
	var parts []string
	switch {
	case p.Enabled != nil && !*p.Enabled:
		parts = append(parts, "sign-in to the app is switched off for everybody")
	case p.Required == nil:
		parts = append(parts, "Entra does not tell whether the app requires assignment")
	case *p.Required:
		parts = append(parts, "the app requires assignment: who is not assigned cannot sign in")
	default:
		parts = append(parts, "the app does not require assignment: everybody in the directory can sign in, assigned or not, until \"Assignment required\" is set")
	}
	if a.cfg.ReadOnly {
		parts = append(parts, "Handover only reads here: people take the app away in Entra")
	}
	return parts
}

// push is whether provisioning carries changes of assignment into the app.
type push struct {
	does      domain.Tri
	why       string
	requestID string
}

// job is what is read of a synchronization job.
type job struct {
	Schedule struct {
		State string `json:"state"`
	} `json:"schedule"`
	Status struct {
		Code       string `json:"code"`
		Quarantine *struct {
			Reason string `json:"reason"`
		} `json:"quarantine"`
	} `json:"status"`
}

// pushes reads the app's provisioning jobs. One that works is enough.
func (a *App) pushes(ctx context.Context) (push, error) {
	jobs, got, err := list[job](ctx, a, opJobs, a.path("/synchronization/jobs"), nil)
	switch {
	case is(err, domain.FaultForbidden):
		return push{domain.Unknown, "Handover may not read the app's provisioning: grant " + needJobs + " with admin consent", got.requestID}, nil
	case is(err, domain.FaultNotFound):
		return push{domain.Unknown, "Entra shows no provisioning for the app", got.requestID}, nil
	case err != nil:
		return push{}, err
	}
	out := push{domain.No, "Entra does not provision users into the app: no provisioning job is set up", got.requestID}
	for _, j := range jobs {
		does, why := j.pushes()
		if out.does, out.why = does, why; does == domain.Yes {
			break
		}
	}
	return out, nil
}

// cycle says when provisioning acts. The official page with the number was not
// found; Microsoft's staff name it (issue MicrosoftDocs/azure-docs 47472).
const cycle = "provisioning runs in cycles, about every 40 minutes by the word of Microsoft's staff, and the first one may take hours"

// pushes reads a job's state (Graph, "synchronizationStatus": NotConfigured, NotRun,
// Active, Paused, Quarantine). A job in quarantine runs once a day at most and is
// switched off after four weeks (Entra).
func (j job) pushes() (domain.Tri, string) {
	switch {
	case j.Status.Code == "Quarantine":
		why := "Entra has put the app's provisioning in quarantine"
		if j.Status.Quarantine != nil && plainWord(j.Status.Quarantine.Reason) {
			why += " (" + j.Status.Quarantine.Reason + ")"
		}
		return domain.No, why + ": it is tried about once a day, mend it under Provisioning in Entra"
	case j.Status.Code == "Paused", j.Schedule.State == "Paused":
		return domain.No, "the app's provisioning is paused: start it under Provisioning in Entra"
	case j.Status.Code == "NotConfigured", j.Schedule.State == "Disabled":
		return domain.No, "the app's provisioning is switched off: start it under Provisioning in Entra"
	case j.Status.Code == "NotRun":
		return domain.Unknown, "the app's provisioning has not finished its first cycle; " + cycle
	case j.Status.Code == "Active":
		return domain.Yes, "Entra provisions users into the app and deactivates them there when the assignment ends, unless SkipOutOfScopeDeletions is set, which cannot be read from here; " + cycle
	}
	return domain.Unknown, "the state of the app's provisioning is not one that Handover knows: look under Provisioning in Entra"
}

// plainWord tells a word of an enumeration from a text, which may say anything.
func plainWord(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
