package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
)

// chatting is an open review whose reviewers were written to.
func chatting(t *testing.T) (*reviewWorld, *chat, func()) {
	t.Helper()
	w, c := newReviewWorld(t), &chat{gone: map[string]bool{}}
	w.PublicURL = "https://handover.example.com"
	w.open()
	w.noticed("opened", "review-opened", "eli")
	w.noticed("opened", "review-opened", "ada")
	step := w.Rounds(c)
	return w, c, func() { step(t.Context()) }
}

// noticed writes a notice about the review, as the worker does.
func (w *reviewWorld) noticed(id, kind, to string) {
	w.t.Helper()
	about := domain.AboutReviewer(w.id, w.id_(to))
	if kind != "review-opened" && kind != "review-reminder" {
		about = w.id
	}
	n := domain.Notice{ID: id + "/" + to, Run: w.id, App: "apollo", Kind: kind, About: about, To: w.ids(to), Text: "said: " + kind, At: w.now()}
	require.NoError(w.t, w.st.Record(w.t.Context(), domain.Entry{Run: w.id, Notices: []domain.Notice{n}}))
}

func fact(c desk.Card, label string) string {
	for _, f := range c.Facts {
		if f.Label == label {
			return f.Value
		}
	}
	return ""
}

func TestAReviewerGetsOneMessageThatFollowsThem(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	round()
	round()
	require.Len(t, c.to("eli"), 1)
	card := c.to("eli")[0].card
	require.Equal(t, []desk.Verb{desk.VerbOpen}, card.Verbs)
	require.True(t, strings.HasPrefix(card.Link, "https://handover.example.com/reviews/"))
	require.NotEqual(t, c.to("ada")[0].card.Link, card.Link, "each has their own")
	require.Contains(t, card.Lead, "4 lines wait for you")
	require.Contains(t, card.Lead, "1 may administer")
	require.Equal(t, "0 of 4", fact(card, "Decided"))
	require.Contains(t, fact(card, "Due"), "15 Dec 2026")
	for _, part := range []string{"dana", "@", "ada"} {
		require.NotContains(t, strings.Join(append(card.Lines, card.Title, card.Lead, card.Why), " "), part, "nobody is named in a message")
	}

	w.says("eli", keep(), "dana", "bo")
	round()
	require.Len(t, c.edits, 1, "the message is edited, and no other is sent")
	require.Equal(t, c.to("eli")[0].ref, c.edits[0].ref)
	require.Equal(t, "2 of 4", fact(c.edits[0].card, "Decided"))

	w.noticed("reminder-1", "review-reminder", "eli")
	round()
	require.Len(t, c.to("eli"), 2)
	require.Equal(t, c.to("eli")[0].ref, c.to("eli")[1].thread, "a reminder is a reply")

	w.says("eli", keep(), "gil")
	w.says("eli", desk.ReviewChoice{Verdict: domain.ReviewKeep, Reason: "runs HR's part"}, "hana")
	w.noticed("reminder-2", "review-reminder", "eli")
	round()
	round()
	require.Len(t, c.to("eli"), 2, "whoever has finished is not reminded")
	last := c.edits[len(c.edits)-1].card
	require.Contains(t, last.Title, "Done")
	require.Empty(t, last.Verbs)
	require.False(t, last.Settled, "lines may still be given to them")
}

func TestTheMessageOfAReviewSaysWhenItEnded(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	round()
	w.says("eli", remove(), "dana")
	_, err := w.st.MoveReview(t.Context(), w.id, domain.ReviewMove{From: []domain.ReviewState{domain.ReviewDeciding}, To: domain.ReviewExceptions},
		domain.Entry{Run: w.id, About: []string{domain.AboutReviewer(w.id, w.id_("eli"))}})
	require.NoError(t, err)
	w.noticed("closed", "review-closed", "ada")
	w.noticed("reminder-1", "review-reminder", "eli")
	round()
	require.Len(t, c.edits, 1)
	require.True(t, c.edits[0].card.Settled)
	require.Contains(t, c.edits[0].card.Title, "Ended")
	require.Empty(t, c.edits[0].card.Link)
	require.Len(t, c.to("eli"), 1)
	note := c.to("ada")[1].card
	require.Equal(t, []string{"8 lines: 0 kept, 0 changed, 0 removed.", "Decided, and not proven to be carried out: 1.", "Not decided: 7, of which 2 may administer. They are listed as exceptions."},
		note.Lines[:3], "whoever was only to be removed is not called removed")
	require.Contains(t, note.Lines[len(note.Lines)-1], "handover review export "+w.id)
}

func TestThoseWhoLookAfterAReviewHearWhoIsSilent(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	w.says("eli", keep(), "dana")
	w.noticed("escalated", "review-escalated", "amy")
	w.noticed("attention", "review-attention", "amy")
	round()
	require.Len(t, c.to("amy"), 2)
	told := map[string]desk.Card{}
	for _, p := range c.to("amy") {
		told[p.card.Title] = p.card
	}
	text := strings.Join(told["Reviewers are not finished"].Lines, "\n")
	require.Contains(t, text, "eli (eli@example.com): 3 of 4 open")
	require.Contains(t, text, "ada (ada@example.com): 4 of 4 open")
	require.Contains(t, told, "An access review needs you")
	require.Empty(t, told["Reviewers are not finished"].Link)
}

func TestTheSecondPersonHearsOfWhatToConfirm(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	w.says("ada", remove(), "aud", "finn")
	round()
	require.Len(t, c.to("gil"), 1)
	card := c.to("gil")[0].card
	require.Equal(t, "2", fact(card, "To confirm"))
	require.NotEmpty(t, card.Link)
}

func TestASubstituteIsToldOfReviews(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	w.world.away("eli", "finn")
	require.NoError(t, w.Substitutes(t.Context()))
	require.NoError(t, w.Substitutes(t.Context()))
	round()
	require.Len(t, c.to("finn"), 1)
	card := c.to("finn")[0].card
	require.Contains(t, card.Why, "You stand in for somebody who is away")
	require.NotEmpty(t, card.Link)
	w.says("finn", keep(), "dana", "bo", "gil")
	round()
	require.Equal(t, "3 of 4", fact(c.edits[len(c.edits)-1].card, "Decided"))
}

func TestWhoeverCannotBeReachedIsToldOf(t *testing.T) {
	t.Parallel()
	w, c, round := chatting(t)
	c.broken = func(to domain.Person, _ desk.Card) error {
		if to.ID == w.id_("eli") {
			return domain.NewFault(domain.FaultNotFound, "chat.post", "", "not there", nil)
		}
		return nil
	}
	round()
	w.later(time.Minute)
	round()
	require.NotEmpty(t, c.to("amy"))
	card := c.to("amy")[0].card
	require.Contains(t, card.Lead, "eli (eli@example.com) could not be reached")
	require.Contains(t, card.Lead, "handover review reassign")
	require.Empty(t, card.Link, "nobody gets somebody else's link")
}

func TestOnesOwnReviewsWithFreshLinks(t *testing.T) {
	t.Parallel()
	w, _, _ := chatting(t)
	cards, err := w.ReviewCards(t.Context(), w.as("eli"))
	require.NoError(t, err)
	require.Len(t, cards, 1)
	require.NotEmpty(t, cards[0].Link)
	for _, who := range []string{"hana", "aud", "gil"} {
		cards, err := w.ReviewCards(t.Context(), w.as(who))
		require.NoError(t, err)
		require.Empty(t, cards, "%s reviews nobody now, whatever else they may see", who)
	}
	w.says("eli", keep(), "dana", "bo", "gil")
	w.says("eli", remove(), "hana")
	cards, err = w.ReviewCards(t.Context(), w.as("eli"))
	require.NoError(t, err)
	require.NotEmpty(t, cards[0].Link, "whoever finished may look again")
	w.PublicURL = ""
	cards, err = w.ReviewCards(t.Context(), w.as("eli"))
	require.NoError(t, err)
	require.Empty(t, cards[0].Link)
	w.past()
	w.PublicURL = "https://handover.example.com"
	cards, err = w.ReviewCards(t.Context(), w.as("ada"))
	require.NoError(t, err)
	require.NotEmpty(t, cards[0].Link, "what is overdue stays open")
}

func TestOneSecretForAllLinks(t *testing.T) {
	t.Parallel()
	w, _, _ := chatting(t)
	r, err := w.st.Review(t.Context(), w.id)
	require.NoError(t, err)
	links := make(chan string, 8)
	for range 8 {
		go func() {
			link, err := w.ReviewLinkFor(t.Context(), w.as("eli").Person, r)
			if err != nil {
				link = err.Error()
			}
			links <- link
		}()
	}
	first := <-links
	require.True(t, strings.HasPrefix(first, "https://handover.example.com/reviews/"), first)
	for range 7 {
		require.Equal(t, first, <-links)
	}
}
