package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"handover/activities"
	"handover/domain"
	"handover/internal/apollo"
)

// What the connector of Apollo.io shows beside its users. The compiler says when one
// of them is misspelt; at run time it would only be missing.
var (
	_ activities.ActivityReader  = (*apollo.Connector)(nil)
	_ activities.MailboxSurveyor = (*apollo.Connector)(nil)
	_ activities.RecordCounter   = (*apollo.Connector)(nil)
)

// mailboxes finds those that are linked to accounts that nobody uses or should.
func (x *assessor) mailboxes(ctx context.Context) error {
	surveyor, ok := x.connector.(activities.MailboxSurveyor)
	if !ok {
		x.unknown("mailboxes: the app shows none")
		return nil
	}
	x.options.Told("reading linked mailboxes")
	boxes, err := surveyor.SurveyMailboxes(ctx)
	if err != nil {
		return x.missed("linked mailboxes", err)
	}
	linked := map[domain.AccountID][]string{}
	for _, b := range boxes {
		if b.Active {
			linked[b.Account] = append(linked[b.Account], b.Address)
		}
	}
	x.out.Known.Mailboxes = x.listed()
	for _, a := range x.gone {
		if addresses := linked[a.ID]; len(addresses) > 0 {
			x.out.Boxes = append(x.out.Boxes, AssessedBox{Account: a.ID, Email: domain.NormalEmail(a.Email), Listed: true, Addresses: slices.Sorted(slices.Values(addresses))})
		}
	}
	x.unlisted(linked)
	return nil
}

// unlisted finds mailboxes of accounts that the app lists no more. Of a list that was
// cut short nobody can tell.
func (x *assessor) unlisted(linked map[domain.AccountID][]string) {
	if !x.out.Accounts.Complete {
		return
	}
	listing := x.listing.Index()
	for _, id := range slices.Sorted(maps.Keys(linked)) {
		if _, there := listing.ByID(id); !there && id != "" {
			x.out.Boxes = append(x.out.Boxes, AssessedBox{Account: id, Addresses: slices.Sorted(slices.Values(linked[id]))})
		}
	}
}

// countedAtOnce is how many accounts are counted between two words to whoever waits.
const countedAtOnce = 20

// records counts what such accounts own. What was counted before the app refused
// more is kept.
func (x *assessor) records(ctx context.Context) error {
	counter, ok := x.connector.(activities.RecordCounter)
	mover, moves := x.connector.(activities.RecordMover)
	if !ok || !moves {
		x.unknown("what the gone own: the app gives no counts")
		return nil
	}
	counted := map[domain.AccountID]map[domain.RecordKind]int{}
	for part := range slices.Chunk(x.gone, countedAtOnce) {
		x.options.Told(fmt.Sprintf("counting what the gone own: %d of %d", len(counted)+len(part), len(x.gone)))
		var ids []domain.AccountID
		for _, a := range part {
			ids = append(ids, a.ID)
		}
		some, err := counter.CountRecords(ctx, ids)
		if err != nil {
			if err = x.missed("what the gone own", err); err != nil {
				return err
			}
			break
		}
		for _, id := range ids {
			counted[id] = some[id]
		}
	}
	x.owned(counted, mover.RecordRules())
	return nil
}

// owned lists those that own something, or of whom something is not known.
func (x *assessor) owned(counted map[domain.AccountID]map[domain.RecordKind]int, rules []domain.RecordRule) {
	known := x.listed()
	if len(counted) < len(x.gone) {
		known = min(known, KnownPartly)
	}
	for _, a := range x.gone {
		counts, asked := counted[a.ID]
		if !asked {
			continue
		}
		o := AssessedOwned{Account: a.ID, Email: domain.NormalEmail(a.Email), Active: a.Active, Counts: map[domain.RecordKind]int{}}
		for _, rule := range rules {
			n, told := counts[rule.Kind]
			switch {
			case !told:
				o.Unknown = append(o.Unknown, rule.Kind)
			case n > 0:
				o.Counts[rule.Kind] = n
			}
		}
		if len(o.Unknown) > 0 {
			known = min(known, KnownPartly)
			x.unknown(fmt.Sprintf("%s of %s: the app gives no count for one owner, or there are too many to read", o.Unknown, a.ID))
		}
		if len(o.Counts) > 0 || len(o.Unknown) > 0 {
			x.out.Orphans = append(x.out.Orphans, o)
		}
	}
	if len(counted) == 0 && len(x.gone) > 0 {
		known = KnownNot
	}
	x.out.Known.Orphans = known
}

// activity asks when those who can log in were last seen. Seats that are free to hold
// cost nobody anything and are left out.
func (x *assessor) activity(ctx context.Context) error {
	reader, ok := x.connector.(activities.ActivityReader)
	if !ok {
		x.unknown("last activity: the app does not show it, so nobody is called idle")
		return nil
	}
	var asked []domain.Account
	var ids []domain.AccountID
	for _, a := range x.listing.Accounts {
		if a.Active == domain.Yes && a.FullSeat != domain.No {
			asked, ids = append(asked, a), append(ids, a.ID)
		}
	}
	since := x.began.Add(-domain.IdleAfter)
	x.options.Told(fmt.Sprintf("reading the last activity of %d accounts", len(asked)))
	seen, err := reader.LastActivity(ctx, ids, since)
	if err != nil {
		return x.missed("last activity", err)
	}
	x.out.Known.Activity = x.listed()
	for _, a := range asked {
		last := seen[a.ID]
		idle, why := domain.IdleHint(last, x.people.Of(a.ID, a.Email).Facts(a), x.began)
		x.out.Activity = append(x.out.Activity, AssessedUse{Account: a.ID, Email: domain.NormalEmail(a.Email), Last: last, Idle: idle, Why: why})
		if last.Seen == domain.Unknown {
			x.unknown("last activity of some: " + last.Why)
		}
	}
	slices.SortFunc(x.out.Activity, func(a, b AssessedUse) int { return latest(a).Compare(latest(b)) })
	return nil
}

// latest sorts those who were seen last to the end.
func latest(u AssessedUse) time.Time { return u.Last.At }
