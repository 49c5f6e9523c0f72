package desk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// Settings that links rest on. The secret is made once; of a link is kept whose it
// is and when it was used, never the link.
const (
	linkSecretSetting = "review-links/secret"
	linkSetting       = "review-links/of/"
	usedSetting       = "review-links/used/"
)

// ReviewPath is where links point to, below PUBLIC_URL.
const ReviewPath = "/reviews/"

const (
	linkFinder  = 26   // characters by which a link's owner is found
	linkProof   = 52   // characters that prove that the link was made here
	linksAtMost = 1000 // of one person in one review
)

// ReviewLink is what a link opens: one review, for one person.
type ReviewLink struct {
	Review     string
	Person     domain.Person
	Generation int       // from 1
	UsedAt     time.Time // when everything was submitted with it; zero while it takes decisions
	Ended      bool      // with its review: it shows nothing any more

	finder string
	secret []byte
}

// linkOwner is what is kept of a link.
type linkOwner struct {
	Review string          `json:"review"`
	Person domain.PersonID `json:"person"`
}

var linkText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// errNoLink answers whatever is no link: made up, of another review, of somebody
// who left. Nobody learns which.
var errNoLink = domain.NewFault(domain.FaultNotFound, "desk.review_link", "", "this link opens nothing: get a new one with /handover reviews in Slack", nil)

// ReviewLinkFor gives somebody their link to a review: the same until everything was
// submitted with it. It is empty where nothing lies with them, where deciding is not
// open, or where nobody said how this installation is reached.
func (d *Desk) ReviewLinkFor(ctx context.Context, to domain.Person, review domain.Review) (string, error) {
	if d.PublicURL == "" || to.ID == "" || to.State == domain.PersonLeft || !takesDecisions(review) {
		return "", nil
	}
	mine, err := d.hasLines(ctx, Actor{Person: to}, review.ID)
	if err != nil || !mine {
		return "", err
	}
	token, err := d.reviewToken(ctx, review.ID, to.ID)
	return strings.TrimSuffix(d.PublicURL, "/") + ReviewPath + token, err
}

// takesDecisions tells whether lines may be decided. Those that are overdue stay
// open while the others are carried out.
func takesDecisions(r domain.Review) bool {
	return r.State == domain.ReviewDeciding || r.State == domain.ReviewCarryingOut
}

func (d *Desk) reviewToken(ctx context.Context, review string, person domain.PersonID) (string, error) {
	secret, err := d.linkSecret(ctx)
	if err != nil {
		return "", err
	}
	finder := linkMAC(secret, "finder", review, string(person), "")[:linkFinder]
	owner, err := json.Marshal(linkOwner{Review: review, Person: person})
	if err != nil {
		return "", fmt.Errorf("encode link: %w", err)
	}
	if _, err := d.Store.KeepSetting(ctx, linkSetting+finder, string(owner)); err != nil {
		return "", err
	}
	generation, _, err := d.linkGeneration(ctx, finder)
	return finder + linkMAC(secret, "link", review, string(person), strconv.Itoa(generation)), err
}

// linkSecret is what all links are derived from.
func (d *Desk) linkSecret(ctx context.Context) ([]byte, error) {
	kept, err := d.Store.Setting(ctx, linkSecretSetting)
	if err == nil && kept == "" {
		fresh := make([]byte, sha256.Size)
		_, _ = rand.Read(fresh) // it never fails
		kept, err = d.Store.KeepSetting(ctx, linkSecretSetting, base64.StdEncoding.EncodeToString(fresh))
	}
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(kept)
	if err != nil || len(secret) != sha256.Size {
		return nil, domain.NewFault(domain.FaultInternal, "desk.review_link", "", "the secret of links in the settings is damaged: delete it, and new links are made", nil)
	}
	return secret, nil
}

// linkMAC derives a text from the secret. Its parts are ids, which hold no zero byte.
func linkMAC(secret []byte, parts ...string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return linkText.EncodeToString(h.Sum(nil))
}

// linkGeneration is the number of the link that is good now, and when those before
// it were used. What is used is written once and never taken back, so that no race
// makes an old link good again.
func (d *Desk) linkGeneration(ctx context.Context, finder string) (int, []time.Time, error) {
	var used []time.Time
	for n := 1; n < linksAtMost; n++ {
		at, err := d.Store.Setting(ctx, usedSetting+finder+"/"+strconv.Itoa(n))
		if err != nil || at == "" {
			return n, used, err
		}
		when, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return n, used, domain.NewFault(domain.FaultInternal, "desk.review_link", "", "a setting of a link cannot be read", err)
		}
		used = append(used, when)
	}
	return linksAtMost, used, nil
}

// OpenReviewLink finds what a link opens. It changes nothing, however often and by
// whom it is called: chat systems look at links before people do. Whatever is wrong
// with it, the answer is the same fault of kind not_found.
func (d *Desk) OpenReviewLink(ctx context.Context, token string) (ReviewLink, error) {
	if len(token) != linkFinder+linkProof {
		return ReviewLink{}, errNoLink
	}
	l := ReviewLink{finder: token[:linkFinder]}
	kept, err := d.Store.Setting(ctx, linkSetting+l.finder)
	if err != nil {
		return l, err
	}
	var owner linkOwner
	if kept == "" || json.Unmarshal([]byte(kept), &owner) != nil {
		return ReviewLink{}, errNoLink
	}
	if l.secret, err = d.linkSecret(ctx); err != nil {
		return ReviewLink{}, err
	}
	newest, used, err := d.linkGeneration(ctx, l.finder)
	if err != nil {
		return ReviewLink{}, err
	}
	for n := 1; n <= newest; n++ {
		proof := linkMAC(l.secret, "link", owner.Review, string(owner.Person), strconv.Itoa(n))
		if subtle.ConstantTimeCompare([]byte(proof), []byte(token[linkFinder:])) == 1 {
			l.Generation = n
		}
	}
	if l.Generation == 0 {
		return ReviewLink{}, errNoLink
	}
	if l.Generation < newest {
		l.UsedAt = used[l.Generation-1]
	}
	return d.linkOf(ctx, l, owner)
}

// linkOf reads whose link it is and how its review stands now.
func (d *Desk) linkOf(ctx context.Context, l ReviewLink, owner linkOwner) (ReviewLink, error) {
	var err error
	if l.Person, err = d.Store.Person(ctx, owner.Person); err != nil {
		return ReviewLink{}, noLinkIf(err)
	}
	if l.Person.State == domain.PersonLeft {
		d.noteLeft(ctx, l)
		return ReviewLink{}, errNoLink
	}
	review, err := d.Store.Review(ctx, owner.Review)
	if err != nil {
		return ReviewLink{}, noLinkIf(err)
	}
	l.Review, l.Ended = review.ID, !takesDecisions(review)
	return l, nil
}

// noteLeft records that the link of somebody who left was tried: once in an hour,
// because a link can be looked at as often as anybody likes.
func (d *Desk) noteLeft(ctx context.Context, l ReviewLink) {
	now := d.now()
	e := domain.AuditEvent{Key: fmt.Sprintf("refused/%s/%s/%d", l.Person.ID, ChannelPage, now.Truncate(time.Hour).Unix()), Kind: domain.EventRefused, Actor: l.Person.ID, At: now,
		Facts: map[string]string{"code": domain.RefusedLeft, "door": ChannelPage}}
	if err := d.Store.Record(ctx, domain.Entry{Events: []domain.AuditEvent{e}}); err != nil {
		d.Log.ErrorContext(ctx, "refusal not recorded", "error", err)
	}
}

func noLinkIf(err error) error {
	if errors.Is(err, domain.ErrNotFound) {
		return errNoLink
	}
	return err
}

// ChannelPage is how decisions made on the reviewer's page are marked.
const ChannelPage = "page"

// FormToken binds a form to a link and to the browser that was given the cookie.
func (l ReviewLink) FormToken(cookie string) string {
	return linkMAC(l.secret, "form", l.finder, strconv.Itoa(l.Generation), cookie)
}

// GoodForm tells whether a form came from the page of this link in this browser.
func (l ReviewLink) GoodForm(cookie, token string) bool {
	return cookie != "" && subtle.ConstantTimeCompare([]byte(l.FormToken(cookie)), []byte(token)) == 1
}

// By is the actor of a link.
func (l ReviewLink) By() Actor { return Actor{Person: l.Person, Channel: ChannelPage} }

// RefuseForm records a form that did not come from the page of this link.
func (d *Desk) RefuseForm(ctx context.Context, l ReviewLink) error {
	return d.refuse(ctx, l.By(), l.Review, domain.Refuse(domain.RefusedProof, "this form is too old, or did not come from your page: load the page again"))
}

// UsableLink refuses what is done with a link that takes no decisions any more.
func (d *Desk) UsableLink(ctx context.Context, l ReviewLink) error {
	switch {
	case l.Ended:
		return d.refuse(ctx, l.By(), l.Review, domain.Refuse(domain.RefusedState, "this review takes no decisions now"))
	case !l.UsedAt.IsZero():
		return d.refuse(ctx, l.By(), l.Review, domain.Refuse(domain.RefusedSettled, "you submitted everything with this link: /handover reviews in Slack gives you a new one"))
	}
	return nil
}

// SubmitReviewLink ends a link when nothing waits for its owner any more. It answers
// how many lines still do; with one or more the link stays good.
func (d *Desk) SubmitReviewLink(ctx context.Context, l ReviewLink) (int, error) {
	if err := d.UsableLink(ctx, l); err != nil {
		return 0, err
	}
	left, err := d.waitsFor(ctx, l.By(), l.Review)
	if err != nil || left > 0 {
		return left, err
	}
	_, err = d.Store.KeepSetting(ctx, usedSetting+l.finder+"/"+strconv.Itoa(l.Generation), d.now().Format(time.RFC3339Nano))
	return 0, err
}
