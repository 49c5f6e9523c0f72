package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"handover/domain"
	"handover/internal/config"
	"handover/internal/desk"
	"handover/internal/slackapp"
	"handover/internal/store"
)

// slackDoor makes the door to Slack, where a token is set. It does not call
// Slack: that may be away while this program starts.
func (p *Parts) slackDoor() *slackapp.Door {
	if p.Env.SlackBotToken == "" {
		return nil
	}
	return &slackapp.Door{Desk: p.Desk, Client: slackClient(p.Env, p.Clock), Secret: p.Env.SlackSigningSecret, Log: p.Log}
}

// examineSlack looks at the installation in Slack, where there is one.
func examineSlack(ctx context.Context, env config.Env, policy *domain.Policy) []Finding {
	if err := env.CheckSlack(); err != nil || env.SlackBotToken == "" {
		if err == nil {
			return nil
		}
		return []Finding{{What: "slack", Text: err.Error()}}
	}
	st, err := store.OpenPostgres(ctx, string(env.DatabaseURL))
	if err != nil {
		return []Finding{{What: "slack", Text: "not looked at, because the database does not answer"}}
	}
	defer func() { _ = st.Close() }()
	quiet := slog.New(slog.DiscardHandler)
	d := &desk.Desk{Store: st, Policy: func() *domain.Policy { return policy }, Now: time.Now, Log: quiet}
	door := &slackapp.Door{Desk: d, Client: slackClient(env, time.Now), Log: quiet}
	var findings []Finding
	for _, f := range door.Examine(ctx) {
		if f.Err != nil {
			findings = append(findings, Finding{What: f.What, Text: f.Err.Error()})
			continue
		}
		findings = append(findings, Finding{What: f.What, OK: true, Text: f.Fine})
	}
	return findings
}

func slackClient(env config.Env, now func() time.Time) *slackapp.Client {
	return slackapp.NewClient(slackapp.ClientConfig{Token: env.SlackBotToken, AppToken: env.SlackAppToken, URL: env.SlackAPIURL, Now: now})
}

// startSlack starts what goes on beside the hooks: kept clicks are worked off,
// people are told, user groups are read, and the socket listens where there is a
// token for it. The returned function ends all of it and waits for it.
func (p *Parts) startSlack(ctx context.Context) (stop func()) {
	if p.slack == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { p.slack.WorkClicks(ctx) })
	running.Go(func() { p.Desk.Notify(ctx, p.slack.Messenger()) })
	running.Go(func() { p.slack.SyncGroups(ctx) })
	if p.Env.SlackAppToken != "" {
		running.Go(func() { p.slack.Listen(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
		p.slack.Wait()
	}
}
