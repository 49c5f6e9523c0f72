package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"handover/domain"
	"handover/internal/store"
	"handover/workflows"
)

// settling is how long a run may take between reading who is there and being
// written: somebody who left meanwhile is routed once more after it.
const settling = time.Minute

// routeDepartures tells every open run that somebody who may be needed there has
// no rights any more. Telling it again is the same command. told are those whom
// this process told of already.
func (d *Desk) routeDepartures(ctx context.Context, told map[domain.Departure]bool) {
	waiting, err := d.Store.Departures(ctx)
	for _, departure := range waiting {
		over := departure.Back || !d.now().Before(departure.At.Add(settling))
		if err != nil || told[departure] && !over {
			continue
		}
		if err = d.routeDeparture(ctx, departure); err != nil {
			break
		}
		told[departure] = true
		if over {
			delete(told, departure)
			err = d.Store.DepartureRouted(ctx, departure)
		}
	}
	if err != nil && ctx.Err() == nil {
		d.Log.WarnContext(ctx, "departure not routed", "error", err)
	}
}

func (d *Desk) routeDeparture(ctx context.Context, x domain.Departure) error {
	if x.Back {
		return d.SyncPeople(ctx, d.Policy())
	}
	person, err := d.Store.Person(ctx, x.Person)
	if err != nil || person.State != domain.PersonLeft {
		return err // they are back already
	}
	runs, err := d.Store.OpenRuns(ctx, x.Person)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(workflows.PersonLeft{Person: x.Person})
	if err != nil {
		return fmt.Errorf("encode departure: %w", err)
	}
	for _, run := range runs {
		c := store.Command{ID: fmt.Sprintf("left:%s:%s:%s", x.Run, x.Person, run), Kind: store.CommandSignal, Run: run, Name: workflows.SignalLeft, Payload: payload}
		if _, err := d.Store.EnqueueCommand(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
