package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"handover/domain"
	"handover/workflows"
)

// seatsTimeout bounds how long somebody who asks for seats waits for the apps: what
// policy and ledger say is shown without them too.
const seatsTimeout = time.Minute

// SeatReport is what is known of the seats of one app.
type SeatReport struct {
	App      domain.AppID
	Kind     string
	Standing domain.SeatStanding
	Prices   map[string]domain.Price // by type of seat that the app has
	Ledger   []domain.SeatEntry
	Warnings []string
	Hints    []domain.SeatHint
	Unread   string              // why who sits there could not be read
	Uses     *workflows.SeatUses // who of them uses the app, where it was asked for

	whole []domain.SeatEntry // with the people of confidential runs, to be counted and not shown
}

// Seats shows the seats of each app: what was bought, as the policy file says; who
// sits there, as a worker reads it now, because only workers hold the apps' keys;
// and the ledger. Where an app does not answer, everything that hangs on it is
// unknown, and says why.
func (d *Desk) Seats(ctx context.Context, a Actor) ([]SeatReport, error) {
	return d.seats(ctx, a, false)
}

// SeatsInUse is Seats with who of those on paid seats was seen to use the app. It
// takes the apps more requests, and longer.
func (d *Desk) SeatsInUse(ctx context.Context, a Actor) ([]SeatReport, error) {
	return d.seats(ctx, a, true)
}

func (d *Desk) seats(ctx context.Context, a Actor, activity bool) ([]SeatReport, error) {
	if err := d.allow(ctx, a, mayMoney, ""); err != nil {
		return nil, err
	}
	p := d.Policy()
	var reports []SeatReport
	for _, id := range d.Apps() {
		whole, err := d.Store.SeatEntries(ctx, id)
		if err != nil {
			return nil, err
		}
		shown := slices.Clone(whole)
		if err := d.hideNamed(ctx, a, shown); err != nil {
			return nil, err
		}
		reports = append(reports, SeatReport{App: id, Kind: p.Apps[id].Kind, Ledger: shown, whole: whole})
	}
	seen, err := d.countSeats(ctx, p, reports, activity)
	for i := range reports {
		reports[i].weigh(p.Apps[reports[i].App], seen[string(reports[i].App)], err, d.now())
	}
	return reports, nil
}

func (d *Desk) countSeats(ctx context.Context, p *domain.Policy, reports []SeatReport, activity bool) (map[string]workflows.PreviewAnswer, error) {
	var in workflows.PreviewInput
	for _, r := range reports {
		app := p.Apps[r.App]
		in.Apps = append(in.Apps, workflows.PreviewApp{Queue: app.Queue, Input: workflows.PreviewRequest{App: r.App, Kind: app.Kind,
			Seats: &workflows.CountRequest{Money: p.ForMoneyAlone(app), Activity: activity}}})
	}
	within := seatsTimeout
	if activity {
		within = previewTimeout
	}
	answers, err := d.askWorkers(ctx, in, within)
	seen := map[string]workflows.PreviewAnswer{}
	for _, answer := range answers {
		seen[answer.App] = answer
	}
	return seen, err
}

// weigh fills a report in.
func (r *SeatReport) weigh(app *domain.AppPolicy, seen workflows.PreviewAnswer, err error, now time.Time) {
	var count domain.SeatCount
	var fault *domain.Fault
	switch {
	case errors.As(err, &fault):
		r.Unread = fault.SafeMessage
	case err != nil:
		r.Unread = "the workers could not be asked: try again"
	case seen.Fault != "":
		r.Unread = seen.Text
	case seen.Result.Seats == nil:
		r.Unread = "this worker is of an older version: start it again with the current one"
	default:
		count, r.Hints, r.Uses = seen.Result.Seats.Count, seen.Result.Seats.Hints, seen.Result.Seats.Uses
		r.Unread = uncounted(count)
	}
	r.Standing = domain.Stand(app.Contract(), count, r.whole)
	price := app.Price(domain.SeatFull)
	r.Warnings = r.Standing.Warnings(r.Kind, price, now)
	r.Prices = map[string]domain.Price{domain.SeatFull: price}
	for seat := range count.ByType {
		if seat != domain.SeatUnpaid && seat != domain.SeatUnnamed {
			r.Prices[seat] = app.Price(seat)
		}
	}
}

// uncounted says why a listing that was read does not count.
func uncounted(n domain.SeatCount) string {
	switch {
	case n.Hidden:
		return "the app shows Handover no users"
	case !n.Complete:
		return "the list of users was cut short: try again"
	}
	return ""
}

// hideNamed leaves of the seats of confidential runs only that they exist: the
// count is the company's, the person is not.
func (d *Desk) hideNamed(ctx context.Context, a Actor, entries []domain.SeatEntry) error {
	shown := map[string]bool{"": true}
	for i := range entries {
		e := &entries[i]
		if _, known := shown[e.Run]; !known {
			run, err := d.Store.Run(ctx, e.Run)
			if err != nil && !errors.Is(err, domain.ErrNotFound) {
				return err
			}
			shown[e.Run] = err != nil || run.VisibleTo(a.Person)
		}
		if !shown[e.Run] {
			e.Person, e.Account, e.Run = "", "", ""
		}
	}
	return nil
}
