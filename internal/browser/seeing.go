package browser

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"handover/domain"
)

// seen is the page as such.
type seen struct {
	URL       string `json:"url"`
	Status    int    `json:"status"`
	Body      bool   `json:"body"`
	Password  bool   `json:"password"`
	Challenge bool   `json:"challenge"`
}

var signInPath = regexp.MustCompile(`(?i)(^|[/._-])(log-?in|sign-?in|sso|oauth2?|saml2?|authorize|auth|session/new)([/._-]|$)`)

// signIn tells by its host and path that an address is where people sign in.
func signIn(address string) bool {
	u, err := url.Parse(address)
	return err == nil && signInPath.MatchString(u.Hostname()+u.Path)
}

// look reads the page as such and stops where nothing may be played: before a
// password, a challenge, an error, or on somebody else's host. It is asked before
// every look at elements.
func (s *playing) look(ctx context.Context) (seen, error) {
	var p seen
	if err := s.tab.askPage(ctx, &p, "look"); err != nil {
		return p, err
	}
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || p.URL == "about:blank":
		return p, errThrown // no page yet
	case p.Challenge:
		return p, stop(domain.FaultUnauthenticated, "the app wants to know whether a person is there: that is never worked round; sign in to the browser profile by hand, or have a person do this step")
	case p.Password:
		return p, stop(domain.FaultUnauthenticated, "the page asks for a password: sign in to the browser profile again (handover recipe sign-in)")
	case !s.bound.hosts[u.Scheme+"://"+u.Host] && signIn(p.URL):
		return p, stop(domain.FaultUnauthenticated, "the app led to a sign-in page: sign in to the browser profile again (handover recipe sign-in)")
	case !s.bound.hosts[u.Scheme+"://"+u.Host]:
		return p, stop(domain.FaultConflict, "the page lies on a host that the recipe does not name: the app has moved, or led elsewhere; record the recipe again")
	}
	return p, status(p.Status)
}

// status reads what the server said when it sent the page.
func status(code int) error {
	switch {
	case code == 401:
		return stop(domain.FaultUnauthenticated, "the app refused the page without a sign-in: sign in to the browser profile again (handover recipe sign-in)")
	case code == 403:
		return stop(domain.FaultForbidden, "the app refused the page to whoever is signed in: the profile needs an administrator")
	case code == 404 || code == 410:
		return stop(domain.FaultConflict, "the app has no such page: it has changed, or the record is gone; record the recipe again")
	case code == 429:
		return stop(domain.FaultRateLimited, "the app says that there are too many visits: try later")
	case code >= 500:
		return stop(domain.FaultUnavailable, "the app failed to show the page: try later")
	case code >= 400:
		return stop(domain.FaultConflict, "the app refused the page: record the recipe again")
	}
	return nil
}

// sight is what came of looking for one element.
type sight struct {
	Ready    bool  `json:"ready"`
	Counts   []int `json:"counts"`
	Distinct int   `json:"distinct"`
	Agreed   bool  `json:"agreed"`
	Hidden   bool  `json:"hidden"`
	Named    bool  `json:"named"`
}

// words says why a sight is not certain; "" when it is. Alternatives are numbered
// as in the recipe.
func (v sight) words() string {
	var none, several []string
	for i, n := range v.Counts {
		switch {
		case n == 0:
			none = append(none, fmt.Sprint(i+1))
		case n > 1:
			several = append(several, fmt.Sprintf("alternative %d finds %d", i+1, n))
		}
	}
	const again = "; the page is not as it was recorded: record the recipe again, or do this step by hand"
	switch {
	case !v.Ready:
		return "the frame that the recipe names is not there" + again
	case v.Agreed:
		return ""
	case v.Hidden:
		return "the element was not found: what the selectors find is hidden, or cannot be used" + again
	case v.Distinct == 0:
		return "the element was not found by any of the " + fmt.Sprint(len(v.Counts)) + " alternatives" + again
	case len(several) > 0:
		return "the element is not certain, more than one fits: " + strings.Join(several, ", ") + again
	default:
		text := "the element is not certain: the alternatives find different ones"
		if len(none) > 0 {
			text += " (alternative " + strings.Join(none, ", ") + " finds none)"
		}
		return text + again
	}
}

// request is what the probe is asked to find.
type request struct {
	Alternatives []alternative     `json:"alternatives"`
	Exact        bool              `json:"exact"`   // whole texts only
	Press        bool              `json:"press"`   // what is found stands for the button or link around it
	Enabled      bool              `json:"enabled"` // disabled elements do not count
	Keep         string            `json:"keep"`
	Values       []string          `json:"values"`
	Any          bool              `json:"any"` // hidden elements count too
	Attributes   map[string]string `json:"attributes"`
	Read         bool              `json:"read"`
}

func (st *ready) request() request {
	// A text that holds a parameter is somebody's: a part of it is somebody else's.
	return request{Alternatives: st.alternatives, Exact: st.Handover == tagAct || len(st.values) > 0, Attributes: st.attributes}
}

// named hands what the alternatives know by accessible name to the probe.
func (s *playing) named(ctx context.Context, st *ready) error {
	if err := s.tab.ask(ctx, nil, "unaria"); err != nil {
		return err
	}
	for i, a := range st.alternatives {
		if a[0].Kind != kindARIA {
			continue
		}
		if err := s.tab.named(ctx, i, a[0]); err != nil {
			return err
		}
	}
	return nil
}

// one looks for the one element of a step.
func (s *playing) one(ctx context.Context, st *ready, change func(*request)) (sight, error) {
	var v sight
	if err := s.named(ctx, st); err != nil {
		return v, err
	}
	r := st.request()
	change(&r)
	err := s.tab.ask(ctx, &v, "one", r)
	return v, err
}
