package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"handover/domain"
)

// defaultURL is where Slack's Web API is.
const defaultURL = "https://slack.com/api/"

// callTimeout bounds one request to Slack.
const callTimeout = 10 * time.Second

// ClientConfig is what a client needs.
type ClientConfig struct {
	Token    domain.Secret
	AppToken domain.Secret // for Socket Mode
	URL      string        // empty: Slack's own
	Now      func() time.Time
}

// Client calls Slack's Web API. Its errors are faults; it repeats nothing by
// itself and stays inside the documented limits.
type Client struct {
	api    *slack.Client
	http   *http.Client
	url    string
	token  domain.Secret
	limits *limiter
	now    func() time.Time

	mu    sync.Mutex
	alias map[string]string // person by the id of the direct messages with them
	self  *Self
}

// Self is the app as Slack knows it.
type Self struct {
	Team       string
	Enterprise string
	Scopes     []string // granted to the token, as X-OAuth-Scopes said; nil when it said nothing
}

// Home is the name under which user ids are unique: the organisation, or the
// workspace where there is none.
func (s Self) Home() string {
	if s.Enterprise != "" {
		return s.Enterprise
	}
	return s.Team
}

// NewClient makes a client. It does not call Slack.
func NewClient(c ClientConfig) *Client {
	if c.URL == "" {
		c.URL = defaultURL
	}
	if !strings.HasSuffix(c.URL, "/") {
		c.URL += "/"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	hc := &http.Client{Timeout: callTimeout, Transport: transport{http.DefaultTransport.(*http.Transport).Clone()}}
	// What slack-go would log may hold what people wrote.
	silent := log.New(io.Discard, "", 0)
	api := slack.New(string(c.Token), slack.OptionAPIURL(c.URL), slack.OptionHTTPClient(hc), slack.OptionLog(silent), slack.OptionAppLevelToken(string(c.AppToken)))
	return &Client{api: api, http: hc, url: c.URL, token: c.Token, limits: newLimiter(), now: c.Now, alias: map[string]string{}}
}

// call takes one request through the limits and translates what came of it.
func (c *Client) call(ctx context.Context, op string, posting bool, do func(context.Context) error, claims ...claim) error {
	done, err := c.limits.acquire(ctx, op, c.now, claims...)
	if err != nil {
		return err
	}
	watching, x := watched(ctx)
	err = translate(op, do(watching), x, c.now(), posting)
	var rest time.Duration
	if domain.KindOf(err) == domain.FaultRateLimited && err != nil {
		if rest = x.retryAfter; rest <= 0 {
			rest = defaultPause
		}
	}
	done(rest)
	return err
}

// Self asks who the app is, once.
func (c *Client) Self(ctx context.Context) (Self, error) {
	c.mu.Lock()
	known := c.self
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return c.AuthTest(ctx)
}

// AuthTest asks who the app is.
func (c *Client) AuthTest(ctx context.Context) (Self, error) {
	var self Self
	err := c.call(ctx, "auth.test", false, func(ctx context.Context) error {
		said, err := c.api.AuthTestContext(ctx)
		if err != nil {
			return err
		}
		self = Self{Team: said.TeamID, Enterprise: said.EnterpriseID}
		for scope := range strings.SplitSeq(said.Header.Get("X-OAuth-Scopes"), ",") {
			if scope = strings.TrimSpace(scope); scope != "" {
				self.Scopes = append(self.Scopes, scope)
			}
		}
		return nil
	}, claim{"auth.test", hundreds})
	if err == nil && self.Team == "" && self.Enterprise == "" {
		err = domain.NewFault(domain.FaultInternal, "auth.test", "", "Slack did not say which workspace the token is for", nil)
	}
	if err == nil {
		c.mu.Lock()
		c.self = &self
		c.mu.Unlock()
	}
	return self, err
}

// Users asks about a person by their Slack id.
func (c *Client) user(ctx context.Context, id string) (slackUser, error) {
	return c.person(ctx, "users.info", url.Values{"user": {id}}, tier4)
}

func (c *Client) userByEmail(ctx context.Context, email string) (slackUser, error) {
	return c.person(ctx, "users.lookupByEmail", url.Values{"email": {email}}, tier3)
}

// person reads a user object itself: slack-go's type does not tell a flag that
// is absent from one that is false.
func (c *Client) person(ctx context.Context, op string, form url.Values, allowed allowance) (slackUser, error) {
	var out struct {
		slack.SlackResponse
		User slackUser `json:"user"`
	}
	err := c.call(ctx, op, false, func(ctx context.Context) error {
		if err := c.post(ctx, c.url+op, "application/x-www-form-urlencoded", form.Encode(), &out); err != nil {
			return err
		}
		if !out.Ok && out.Error == "" {
			return fmt.Errorf("decode answer: neither ok nor an error")
		}
		return out.Err()
	}, claim{op, allowed})
	return out.User, err
}

// post sends a request of our own, with the token in its header.
func (c *Client) post(ctx context.Context, address, kind, body string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	if out != nil { // a response URL is its own authority and never gets the token
		req.Header.Set("Authorization", "Bearer "+string(c.token))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// groupMembers lists the users of a user group.
func (c *Client) groupMembers(ctx context.Context, group, team string) ([]string, error) {
	var ids []string
	err := c.call(ctx, "usergroups.users.list", false, func(ctx context.Context) error {
		var err error
		ids, err = c.api.GetUserGroupMembersContext(ctx, group, slack.GetUserGroupMembersOptionTeamID(team))
		return err
	}, claim{"usergroups.users.list", tier2})
	return ids, err
}

// openView opens a form. The trigger is good for three seconds and once.
func (c *Client) openView(ctx context.Context, trigger string, view slack.ModalViewRequest) error {
	return c.call(ctx, "views.open", false, func(ctx context.Context) error {
		_, err := c.api.OpenViewContext(ctx, trigger, view)
		return err
	}, claim{"views.open", tier4})
}
