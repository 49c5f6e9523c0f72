package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"handover/domain"
)

// recorded acts by playing what the app's administrator recorded.
type recorded struct {
	set *Set
	in  StepRef
}

// DeactivateAccount plays the recipe for it.
func (r recorded) DeactivateAccount(ctx context.Context, a domain.Account) (domain.Receipt, error) {
	return r.set.playFor(ctx, r.in, domain.CanDeactivate, a, nil)
}

// ReactivateAccount plays the recipe for it.
func (r recorded) ReactivateAccount(ctx context.Context, a domain.Account) (domain.Receipt, error) {
	return r.set.playFor(ctx, r.in, domain.CanReactivate, a, nil)
}

// longestPlay bounds one playing: a recipe of a dozen steps takes seconds, and each
// of its waits has a limit of its own.
const longestPlay = 4 * time.Minute

// playFor plays a recipe for one account and keeps what the browser showed, also
// where it stopped.
func (s *Set) playFor(ctx context.Context, in StepRef, want domain.Capability, a domain.Account, values map[string]string) (domain.Receipt, error) {
	book := s.recipes(in.App)
	if book == nil || !book.Has(want) {
		return domain.Receipt{}, domain.NewFault(domain.FaultUnsupported, "recipe.play", in.App, "no recipe is recorded for it: a person does it", nil)
	}
	limited, cancel := context.WithTimeout(ctx, longestPlay)
	defer cancel()
	play := strconv.FormatInt(s.now().UnixMicro(), 36)
	played, err := book.Play(limited, want, domain.RecipeInput{Run: in.Run, Step: in.Step, Email: a.Email, Name: a.Name, Account: a.ID, Values: values})
	if err == nil && !played.Acted && !played.Already {
		err = domain.NewFault(domain.FaultInternal, "recipe.play", in.App, "the recipe came to its end and did not act: record it again", nil)
	}
	// What the browser did is kept whatever becomes of the caller.
	if kerr := s.keepPictures(context.WithoutCancel(ctx), in, play, played, err); kerr != nil {
		return domain.Receipt{}, errors.Join(err, kerr)
	}
	return domain.Receipt{RequestID: domain.PlayID(play), At: s.now(), Already: played.Already}, err
}

// keepPictures records what was played and what the browser showed. The event
// binds the pictures by their hashes.
func (s *Set) keepPictures(ctx context.Context, in StepRef, play string, p domain.Played, failed error) error {
	e := s.event(in, domain.EventRecipePlayed, domain.PlayID(play))
	e.Channel, e.Digest, e.RequestID = domain.ChannelBrowser, p.Recipe, domain.PlayID(play)
	all := sha256.New()
	entry := domain.Entry{Run: in.Run}
	for i, shot := range p.Pictures {
		sum := sha256.Sum256(shot.PNG)
		all.Write(sum[:])
		entry.Pictures = append(entry.Pictures, domain.StepPicture{Run: in.Run, App: in.App, Step: in.Step, Play: play, Number: i + 1, What: shot.What,
			At: shot.At, SHA256: hex.EncodeToString(sum[:]), PNG: shot.PNG})
	}
	e.Facts = map[string]string{domain.FactPictures: strconv.Itoa(len(p.Pictures)), domain.FactPicturesHash: hex.EncodeToString(all.Sum(nil)), "acted": strconv.FormatBool(p.Acted)}
	if failed != nil {
		e.Facts["stopped"] = safeText(failed)
	}
	entry.Events = []domain.AuditEvent{e}
	return s.Ledger.Record(ctx, entry)
}

// PlayRecipe does a step of the handover in the app's own pages as its
// administrator recorded it. What became of it is read back by the caller's next
// activity; stopped, it answers unsupported with what it saw, and a person does it.
func (s *Set) PlayRecipe(ctx context.Context, in PlayInput) (ActResult, error) {
	c, listing, err := s.list(ctx, in.App)
	if err != nil {
		return ActResult{}, err
	}
	account, ok := listing.ByID(in.Account)
	if !ok { // an app may no longer list whom it deactivated
		snap, err := s.Ledger.Snapshot(ctx, in.Run, in.App)
		if err != nil {
			return ActResult{}, err
		}
		account = snap.Account
	}
	rounds, err := s.playRounds(ctx, c, in)
	if domain.KindOf(err) == domain.FaultUnsupported {
		return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: safeText(err)}, nil
	}
	if err != nil {
		return ActResult{}, s.fail(ctx, in.App, err)
	}
	result := ActResult{Outcome: OutcomeUnverified, Channel: domain.ChannelBrowser, Why: "the browser did it; it is read back"}
	for _, values := range rounds {
		receipt, err := s.playFor(ctx, in.StepRef, in.Capability, account, values)
		if why, shut := doorShut(err); shut {
			return ActResult{Outcome: OutcomeUnsupported, Channel: domain.ChannelPerson, Why: "the browser stopped: " + why}, nil
		}
		if err != nil {
			return ActResult{}, err
		}
		result.RequestID = receipt.RequestID
	}
	return result, nil
}

// playRounds gives the values of each playing: one for each mailbox that is still
// linked, so that what an earlier attempt did is not done again.
func (s *Set) playRounds(ctx context.Context, c Connector, in PlayInput) ([]map[string]string, error) {
	if in.Capability != domain.CanUnlinkMailbox {
		return []map[string]string{in.Values}, nil
	}
	boxes, err := activeMailboxes(ctx, c, in.Account)
	if err != nil {
		return nil, err
	}
	forward, err := s.forwardAddress(ctx, TaskInput{StepRef: in.StepRef, Heir: in.Heir, ForwardTo: in.ForwardTo})
	if err != nil {
		return nil, err
	}
	if forward == "" && len(boxes) > 0 {
		return nil, domain.NewFault(domain.FaultUnsupported, "recipe.play", in.App, fmt.Sprintf("no forwarding mailbox is known for %d mailboxes: a person unlinks them", len(boxes)), nil)
	}
	var rounds []map[string]string
	for _, b := range boxes {
		rounds = append(rounds, map[string]string{"mailbox.address": b.Address, "mailbox.id": b.ID, "forward.address": forward, "forward.id": in.ForwardTo})
	}
	return rounds, nil
}
