package app

import (
	"context"
	"net/http"
	"time"

	"handover/internal/evidence"
)

const (
	// anchorCheck is how often it is looked whether today's anchor is out.
	anchorCheck = 10 * time.Minute
	// stampTimeout bounds a question to a time stamp server.
	stampTimeout = 30 * time.Second
)

// anchorDaily puts the head of the audit chain outside once a day, until the context
// ends. What fails is tried again.
func (p *Parts) anchorDaily(ctx context.Context) {
	ticker := time.NewTicker(anchorCheck)
	defer ticker.Stop()
	stamper := evidence.Stamper{Client: &http.Client{Timeout: stampTimeout}}
	for {
		policy := p.Policy()
		anchorer := evidence.Anchorer{Ledger: p.Store, Signer: p.signer, Policy: policy.Audit.Anchor, Post: p.slack != nil && policy.Slack.Channel != "", Stamp: stamper.Stamp}
		if err := anchorer.Run(ctx, p.Clock()); err != nil && ctx.Err() == nil {
			p.Log.WarnContext(ctx, "the head of the audit log is not anchored today", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
