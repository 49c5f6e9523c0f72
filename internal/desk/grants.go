package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// endCheckEvery is how often access that was given for a time is looked through.
const endCheckEvery = time.Minute

// EndGrants arranges the end of access that was given for a time, until the context
// ends: a leaving from that app at its last moment, which can be moved or taken back
// like any other. Where a person had asked for one already, that one counts for as
// long as it stands or cut access.
func (d *Desk) EndGrants(ctx context.Context) error {
	ticker := time.NewTicker(endCheckEvery)
	defer ticker.Stop()
	for {
		if err := d.endGrants(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "the end of access for a time is not arranged", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (d *Desk) endGrants(ctx context.Context) error {
	grants, err := d.Store.Grants(ctx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if d.Policy().Apps[g.App] == nil {
			continue // the app left the policy: whoever took it out looks after its people
		}
		by, err := d.Store.Prolonged(ctx, g)
		if err == nil && by == "" {
			by, err = d.endGrant(ctx, g)
		}
		if err != nil {
			return err
		}
		if by == "" {
			continue // the next round knows more
		}
		if err := d.Store.EndGrant(ctx, g, by); err != nil {
			return err
		}
	}
	return d.takeBackEnds(ctx)
}

// takeBackEnds retracts the leavings that Handover arranged for the end of access
// which was given without an end since. Where access is cut already the answer is no,
// and the leaving goes on.
func (d *Desk) takeBackEnds(ctx context.Context) error {
	grants, err := d.Store.Outlived(ctx)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(workflows.ReasonRequest{Person: domain.SystemActor, Reason: "the access was given without an end"})
	if err != nil {
		return fmt.Errorf("encode retraction: %w", err)
	}
	for _, g := range grants {
		by, err := d.Store.Prolonged(ctx, g)
		if err != nil {
			return err
		}
		c := store.Command{ID: takesBack(g.Ended), Kind: store.CommandUpdate, Run: g.Ended, Name: workflows.UpdateRetract, Payload: payload}
		agreed, err := d.agreesTo(ctx, c)
		if err == nil && agreed {
			err = d.Store.EndGrant(ctx, g, by)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endGrant starts the leaving from one app that was agreed to together with the
// access, or has the one that stands for an earlier end come later. A crash after it
// finds the same run. "" is that it is not arranged yet.
func (d *Desk) endGrant(ctx context.Context, g domain.Grant) (string, error) {
	person, err := d.Store.Person(ctx, g.Person)
	if err != nil {
		return "", err
	}
	zone, err := time.LoadLocation(d.Policy().Company.TimeZone)
	if err != nil {
		return "", err
	}
	moment := domain.MomentAt(g.Until, zone)
	a := Actor{Channel: "hr"} // people agreed to the end when they agreed to the access
	run, created, err := d.create(ctx, a, OffboardRequest{Email: person.Email, Apps: []domain.AppID{g.App}, LastMoment: &moment}, person, []domain.AppID{g.App}, false, g.Until, moment)
	if err != nil || created {
		return run.ID, err
	}
	going, err := d.takenBack(ctx, run.ID)
	if err != nil || going {
		return "", err // the next round makes one of its own
	}
	later, err := d.comesLater(ctx, run, g, moment)
	if err != nil || !later {
		return "", err
	}
	return run.ID, nil
}

// takesBack is the command by which Handover retracts an end that it arranged.
func takesBack(run string) string { return "permanent:" + run }

// takenBack tells that such a leaving is on its way out.
func (d *Desk) takenBack(ctx context.Context, run string) (bool, error) {
	c, err := d.Store.Command(ctx, takesBack(run))
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	var answer reply
	if err == nil && c.Done() {
		err = json.Unmarshal(c.Result, &answer)
	}
	return answer.Refused == "", err
}

// comesLater moves the leaving that stands for the end of a person's access in an app
// to the end of what they were given since. One that a person asked for is not moved,
// nor one whose date is later anyway. Where access is cut already the answer is no: it
// is given anew, and needs a leaving of its own once that one has ended.
func (d *Desk) comesLater(ctx context.Context, run domain.Run, g domain.Grant, moment domain.LastMoment) (bool, error) {
	stands, err := run.LastMoment.Instant()
	if err != nil || run.Requester != domain.SystemActor || !stands.Before(g.Until.Truncate(time.Second)) {
		return true, err
	}
	payload, err := json.Marshal(workflows.MomentRequest{Due: g.Until, Local: moment.Local, Zone: moment.Zone, Person: domain.SystemActor, Reason: "the access was prolonged"})
	if err != nil {
		return false, fmt.Errorf("encode moment: %w", err)
	}
	c := store.Command{ID: "prolonged:" + run.ID + ":" + g.Run, Kind: store.CommandUpdate, Run: run.ID, Name: workflows.UpdateReschedule, Payload: payload}
	return d.agreesTo(ctx, c)
}

// agreesTo gives a run a command, once, and tells whether it did as it was told. It
// answers no also while that is not known.
func (d *Desk) agreesTo(ctx context.Context, c store.Command) (bool, error) {
	if _, err := d.Store.EnqueueCommand(ctx, c); err != nil {
		return false, err
	}
	d.deliverNow(ctx, c.ID)
	kept, err := d.Store.Command(ctx, c.ID)
	if err != nil || !kept.Done() {
		return false, err
	}
	var answer reply
	if err := json.Unmarshal(kept.Result, &answer); err != nil {
		return false, fmt.Errorf("read answer: %w", err)
	}
	return answer.Refused == "", nil
}
