// Package client speaks to Handover's HTTP API for the command line.
package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"handover/domain"
	"handover/internal/api"
)

// requestTimeout covers the longest answer: a preview that reads apps.
const requestTimeout = 3 * time.Minute

// Client calls the API as one person.
type Client struct {
	http *resty.Client
	url  string
}

// New makes a client for an address with a personal token.
func New(address string, token domain.Secret) (*Client, error) {
	if token == "" {
		return nil, fmt.Errorf("sign in: HANDOVER_TOKEN is not set: ask an administrator for a personal token")
	}
	r := resty.NewWithClient(&http.Client{Timeout: requestTimeout}).SetBaseURL(address+"/api/v1").
		SetAuthToken(string(token)).SetHeader("User-Agent", api.ClientName)
	return &Client{http: r, url: address}, nil
}

// problem is an error document of the API.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p problem) text(status int) string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += fmt.Sprintf("; %s: %s", e.Location, e.Message)
	}
	if text == "" {
		text = fmt.Sprintf("the server answered %d", status)
	}
	return text
}

// call sends a request and decodes the answer into out.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var p problem
	r := c.http.R().SetContext(ctx).SetError(&p)
	if in != nil {
		r.SetBody(in)
	}
	if out != nil {
		r.SetResult(out)
	}
	resp, err := r.Execute(method, path)
	if err != nil {
		return fmt.Errorf("reach %s: it does not answer: check HANDOVER_URL and that `handover serve` runs there", c.url)
	}
	if resp.IsError() {
		return fmt.Errorf("%s", p.text(resp.StatusCode()))
	}
	return nil
}

// Get reads a resource.
func Get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	err := c.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

// Post gives a command.
func Post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, http.MethodPost, path, in, &out)
	return out, err
}

// Delete ends a resource.
func Delete[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	err := c.call(ctx, http.MethodDelete, path, nil, &out)
	return out, err
}

// longestProblem bounds what is read of an error document.
const longestProblem = 1 << 16

// Download copies a resource to w as it comes. What the server says against it is the
// error.
func (c *Client) Download(ctx context.Context, path string, w io.Writer) error {
	resp, err := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).Get(path)
	if err != nil {
		return fmt.Errorf("reach %s: it does not answer: check HANDOVER_URL", c.url)
	}
	body := resp.RawBody()
	defer func() { _ = body.Close() }()
	if resp.IsError() {
		var p problem
		_ = json.NewDecoder(io.LimitReader(body, longestProblem)).Decode(&p) // what is no problem document has its status to say
		return fmt.Errorf("export: %s", p.text(resp.StatusCode()))
	}
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("export: the connection broke: try again")
	}
	return nil
}
