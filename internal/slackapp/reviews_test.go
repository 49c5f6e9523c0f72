package slackapp

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

func reviewCard() desk.Card {
	return desk.Card{Ref: "R-1a2b3c4d", Kind: desk.CardReview, About: "access-review:apollo:2026-Q4/p1", Run: "access-review:apollo:2026-Q4", App: "apollo",
		Title: "Access review: who may keep their access to apollo?", Lead: "4 lines wait for you.", Verbs: []desk.Verb{desk.VerbOpen}, Link: "https://handover.example.com/reviews/abc"}
}

func TestACardThatOpensAPage(t *testing.T) {
	t.Parallel()
	found := buttons(reviewCard())
	require.Len(t, found, 1)
	b, ok := found[0].(*slack.ButtonBlockElement)
	require.True(t, ok)
	require.Equal(t, []string{"https://handover.example.com/reviews/abc", "handover:open"}, []string{b.URL, b.ActionID})
	require.NotContains(t, b.Value, "abc", "what Slack sends back does not hold the link")
	require.Contains(t, plainMessage(reviewCard()).text, "Open: https://handover.example.com/reviews/abc")
	for _, change := range []func(*desk.Card){func(c *desk.Card) { c.Link = "" }, func(c *desk.Card) { c.Settled = true }} {
		card := reviewCard()
		change(&card)
		require.Empty(t, buttons(card))
		require.NotContains(t, plainMessage(card).text, "Open:")
	}
	require.NotContains(t, render(reviewCard()).text, "abc", "notifications on locked screens show no link")
}

// openReview makes a review with a line that eli decides.
func (w *world) openReview(period string) domain.Review {
	w.t.Helper()
	ctx := w.t.Context()
	r := domain.Review{App: "apollo", Period: period, State: domain.ReviewCollecting, Requester: domain.SystemActor, StartedAt: time.Now()}
	run, _, err := w.st.CreateRun(ctx, domain.Run{ID: "access-review:apollo:" + period, Kind: domain.RunReview, Apps: []domain.AppID{"apollo"}, StartedAt: time.Now()},
		func(domain.Run) (store.RunStart, error) { return store.RunStart{Input: []byte("{}"), Review: &r}, nil })
	require.NoError(w.t, err)
	require.NoError(w.t, w.st.AddReviewLines(ctx, run.ID, []domain.ReviewLine{{No: 1, Account: "a1", Email: "dana@example.com", Role: "member", Active: domain.Yes, Admin: domain.No,
		Seen: domain.Unknown, Reviewer: w.person("eli").ID, State: domain.LineOpen}}))
	r, err = w.st.MoveReview(ctx, run.ID, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewCollecting}, To: domain.ReviewDeciding, OpenedAt: time.Now(), DueAt: time.Now().Add(time.Hour)},
		domain.Entry{Run: run.ID})
	require.NoError(w.t, err)
	return r
}

func TestOpenReviewsAreListedWithLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Desk.PublicURL = "https://handover.example.com"
	w.types("eli", "", "reviews")
	w.hears("eli", "No access review waits for you.")
	first, second := w.openReview("2026-Q4"), w.openReview("2027-Q1")
	w.types("eli", "", "reviews")
	w.hears("eli", "Access review: who may keep their access to apollo?")
	shown := w.sim.Ephemerals(w.users["eli"])
	blocks := string(shown[len(shown)-1].Blocks)
	for _, r := range []domain.Review{first, second} {
		link, err := w.Desk.ReviewLinkFor(t.Context(), w.person("eli"), r)
		require.NoError(t, err)
		require.Contains(t, blocks, link)
	}
	w.types("gil", "", "reviews")
	w.hears("gil", "No access review waits for you.")
	require.NotContains(t, w.all("gil"), "reviews/")
	require.NotContains(t, w.log.String(), "handover.example.com/reviews/")
}

func TestOpeningThePageIsAcknowledgedAndDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.post("eli", reviewCard())
	before := w.settled()
	require.Equal(t, 200, w.click("eli", m, desk.VerbOpen).Status)
	w.eventually(func() bool { return w.settled() == before+1 }, "the click was not worked off")
	require.Empty(t, w.tmp.got())
	require.Empty(t, w.events(domain.EventRefused))
	require.Empty(t, w.sim.Views(w.users["eli"]))
	require.False(t, strings.Contains(w.all("eli"), "cannot be done"))
}
