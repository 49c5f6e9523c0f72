package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"handover/domain"
	"handover/internal/store"
)

// hrSecret is what HR signs with in the demo, as Standard Webhooks writes it.
const hrSecret = "whsec_aGFuZG92ZXItZGVtby1zZWNyZXQtb2YtdGhlLWhyLXN5c3RlbQ=="

func hrStory() Scenario {
	return Scenario{Name: "hr", About: "HR's webhook says that Dana leaves, says it three times more, and moves the last moment: access ends at that minute, and how late it was is measured",
		Expect: Usual(),
		Play: func(ctx context.Context, s *Stage) ([]string, error) {
			first, moved := time.Now().Add(90*time.Second), time.Now().Add(8*time.Second)
			for n := range 4 {
				if err := s.webhook(ctx, "msg-ending", event("employment.ending", "emp-8123", dana, &first)); err != nil {
					return nil, fmt.Errorf("delivery %d: %w", n, err)
				}
			}
			run, err := s.runOf(ctx, "emp-8123")
			if err != nil {
				return nil, err
			}
			s.Say("  hr       moves Dana's last moment to %s", moved.Format("15:04:05"))
			return []string{run}, s.webhook(ctx, "msg-moved", event("employment.moved", "emp-8123", dana, &moved))
		},
		Check: func(ctx context.Context, s *Stage) error { return s.checkLateness(ctx, "emp-8123") }}
}

// event is what HR says about somebody's hire.
func event(kind, employment, email string, moment *time.Time) map[string]any {
	e := map[string]any{"type": kind, "employment_id": employment, "email": email, "manager_email": eli, "department": "Sales",
		"occurred_at": time.Now().UTC().Format(time.RFC3339Nano)}
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil && moment != nil {
		e["last_moment"], e["time_zone"] = moment.In(zone).Format(domain.LocalLayout), "Europe/Berlin"
	}
	return e
}

// webhook delivers an event as an HR system does.
func (s *Stage) webhook(ctx context.Context, id string, event map[string]any) error {
	status, err := Webhook(ctx, s.Home.URL, id, event)
	if err != nil {
		return err
	}
	s.Say("  hr       webhook %s: %s, answered %d", id, event["type"], status)
	if status != http.StatusAccepted {
		return fmt.Errorf("deliver webhook: answered %d", status)
	}
	return nil
}

// HREnv gives an installation the secret with which Webhook signs.
func HREnv() (name, value string) { return "HR_WEBHOOK_SECRET", hrSecret }

// Webhook delivers an event to an installation, signed, and with an id of its own
// that a repeat has too. It gives the status of the answer.
func Webhook(ctx context.Context, home, id string, event map[string]any) (int, error) {
	body, err := json.Marshal(event)
	if err != nil {
		return 0, fmt.Errorf("encode event: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, home+"/hooks/hr", bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hrSecret, "whsec_"))
	if err != nil {
		return 0, fmt.Errorf("read secret: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "." + string(body)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", stamp)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, nil
}

// runOf waits for the one run of an employment.
func (s *Stage) runOf(ctx context.Context, key string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		runs, err := s.runsOf(ctx, key)
		switch {
		case len(runs) > 1:
			return "", fmt.Errorf("%d runs were started for one leaving", len(runs))
		case err == nil && len(runs) == 1:
			return runs[0].ID, nil
		}
		select {
		case <-limited.Done():
			return "", errors.New("wait for the run: HR's event started none")
		case <-tick.C:
		}
	}
}

func (s *Stage) runsOf(ctx context.Context, key string) ([]domain.Run, error) {
	e, err := s.Home.Store.EmploymentByKey(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.Home.Store.ListRuns(ctx, store.RunFilter{Employment: e.ID})
}

// checkLateness prints how long access outlived the last moment, and wants it
// measured from the moment that HR said last.
func (s *Stage) checkLateness(ctx context.Context, key string) error {
	runs, err := s.runsOf(ctx, key)
	if err != nil || len(runs) != 1 {
		return fmt.Errorf("%d runs stand for one leaving: %w", len(runs), err)
	}
	cuts, err := s.Home.Store.CutOffs(ctx, runs[0].ID)
	if err != nil || len(cuts) != 1 {
		return fmt.Errorf("%d cut-offs are measured: %w", len(cuts), err)
	}
	due, err := runs[0].LastMoment.Instant()
	if err != nil {
		return err
	}
	late := cuts[0].VerifiedAt.Sub(due)
	s.Say("  last moment %s, access verified gone %s after it", due.Format("15:04:05"), late.Round(time.Millisecond))
	switch {
	case !cuts[0].Due.Equal(due):
		return errors.New("the cut-off is measured from another moment than the one HR said last")
	case late < 0:
		return errors.New("access was cut before the last moment")
	case late > time.Minute:
		return errors.New("access outlived the last moment by more than a minute")
	}
	return nil
}
