package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// BatchInput names a batch of the brake, and how many of it are meant.
type BatchInput struct {
	Run    string          `json:"run"`
	N      int             `json:"n"`
	Count  int             `json:"count"` // makes derived keys of repeated acts unlike each other
	Actor  domain.PersonID `json:"actor"`
	Reason string          `json:"reason"`
	Every  time.Duration   `json:"every"` // between two looks at a canary that is due
	Until  time.Time       `json:"until"` // those meant joined no later; zero means all
}

// BatchResult is how the batch stands. Ids stay in the store.
type BatchResult struct {
	Held     int       `json:"held"`
	Released int       `json:"released"`
	Settled  int       `json:"settled"`
	Digest   string    `json:"digest"` // of those held, so that people decide about these and no others
	LookAt   time.Time `json:"look_at"`
	Closed   bool      `json:"closed"`
	Until    time.Time `json:"until"` // the last of those held joined then
}

// Batches is where the brake keeps what it holds.
type Batches interface {
	HeldBatch(ctx context.Context, batch string) (domain.HeldBatch, error)
	ReleaseHeld(ctx context.Context, batch string, keys []string, e domain.AuditEvent) error
	CancelHeld(ctx context.Context, batch string, keys []string, why string, e domain.AuditEvent) error
	CloseBatch(ctx context.Context, batch string) (bool, error)
	// SetSetting keeps a value of the installation.
	SetSetting(ctx context.Context, name, value string) error
}

// WeighBatch tells how a batch stands, and when to look again at those that were
// let go.
func (s *Set) WeighBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	// Noted before it is weighed: whoever joins and is not in this weighing finds it noted.
	if err := s.Batches.SetSetting(ctx, domain.BatchWeighed(in.Run), strconv.Itoa(in.Count)); err != nil {
		return BatchResult{}, err
	}
	b, err := s.Batches.HeldBatch(ctx, in.Run)
	if err != nil {
		return BatchResult{}, err
	}
	r := BatchResult{Held: len(b.Held), Released: b.Released, Settled: b.Settled, LookAt: s.now().Add(in.Every)}
	if in.N > 0 && in.N < len(b.Held) {
		b.Held = b.Held[:in.N]
	}
	sum := sha256.Sum256([]byte(strings.Join(b.Held, "\n")))
	r.Digest = "v1:" + hex.EncodeToString(sum[:])
	if b.NextDue.After(r.LookAt) {
		r.LookAt = b.NextDue
	}
	for _, since := range b.Since {
		if since.After(r.Until) {
			r.Until = since
		}
	}
	return r, nil
}

// ReleaseBatch lets those of a batch go who leave first.
func (s *Set) ReleaseBatch(ctx context.Context, in BatchInput) (Nothing, error) {
	b, err := s.Batches.HeldBatch(ctx, in.Run)
	if err != nil {
		return Nothing{}, err
	}
	keys := b.Until(in.Until)
	keys = keys[:min(in.N, len(keys))]
	return Nothing{}, s.Batches.ReleaseHeld(ctx, in.Run, keys, s.batchEvent(in, domain.EventBrakeReleased, len(keys)))
}

// CancelBatch gives up what people decided about of what a batch holds.
func (s *Set) CancelBatch(ctx context.Context, in BatchInput) (Nothing, error) {
	b, err := s.Batches.HeldBatch(ctx, in.Run)
	if err != nil {
		return Nothing{}, err
	}
	keys := b.Until(in.Until)
	return Nothing{}, s.Batches.CancelHeld(ctx, in.Run, keys, "cancelled by a person", s.batchEvent(in, domain.EventBrakeCancelled, len(keys)))
}

// CloseBatch closes a batch that holds nothing any more.
func (s *Set) CloseBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	closed, err := s.Batches.CloseBatch(ctx, in.Run)
	return BatchResult{Closed: closed}, err
}

func (s *Set) batchEvent(in BatchInput, kind domain.EventKind, n int) domain.AuditEvent {
	actor := in.Actor
	if actor == "" {
		actor = domain.SystemActor
	}
	return domain.AuditEvent{Key: fmt.Sprintf("%s/%s-%d", in.Run, kind, in.Count), Run: in.Run, Kind: kind, Actor: actor, At: s.now(), Reason: in.Reason,
		Facts: map[string]string{"leavings": fmt.Sprint(n)}}
}
