package apollo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody bounds what a request may send. Apollo's own bound is not known; ours only keeps memory in hand.
const maxBody = 8 << 20

func (s *Simulator) apiRoutes(prefix string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/auth/health", s.serveHealth)
	for _, e := range s.endpoints() {
		method, path, _ := strings.Cut(e.pattern, " ")
		mux.HandleFunc(method+" "+prefix+path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, endpoint{key: "api/v1/unknown", handle: func(*call) reply {
			return reply{status: http.StatusNotFound, body: object{"status": http.StatusNotFound, "error": "Not Found"}}
		}})
	})
	return mux
}

// serveHealth answers 200 to everybody and tells good keys from bad ones in the body.
func (s *Simulator) serveHealth(w http.ResponseWriter, r *http.Request) {
	x := s.exchange(w, r, endpoint{key: keyHealth})
	s.mu.Lock()
	known := s.keyWorks(r.Header.Get("X-Api-Key"))
	s.mu.Unlock()
	x.finish(reply{status: http.StatusOK, body: object{"healthy": true, "is_logged_in": known}, bare: true})
}

// exchange is one request on its way to an answer.
type exchange struct {
	s         *Simulator
	w         http.ResponseWriter
	r         *http.Request
	e         endpoint
	via       Via
	requestID string
	began     time.Time
	raw       []byte
	fault     Fault
	quota     bool
}

func (s *Simulator) exchange(w http.ResponseWriter, r *http.Request, e endpoint) *exchange {
	s.mu.Lock()
	s.number++
	id := fmt.Sprintf("req-%08d", s.number)
	s.mu.Unlock()
	return &exchange{s: s, w: w, r: r, e: e, via: ViaAPI, requestID: id, began: s.now()}
}

// serve takes a REST request through the steps Apollo is known to take: key, grant, quota, then the operation.
func (s *Simulator) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	x := s.exchange(w, r, e)
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		x.finish(fail(http.StatusRequestEntityTooLarge, "Request body could not be read"))
		return
	}
	x.raw = raw
	if refused := s.refuse(r, e); refused != nil {
		x.finish(*refused)
		return
	}
	x.run(func() reply {
		s.mu.Lock()
		defer s.mu.Unlock()
		if refused := s.limiter.admit(e.key, s.limits.of(e.key), s.now()); refused != nil {
			return quotaReply(e, refused)
		}
		return reply{}
	}, x.operate)
}

// operate runs the endpoint itself under the lock.
func (x *exchange) operate() reply {
	p, err := parseParams(x.r.URL.Query(), x.raw)
	if err != nil {
		return fail(http.StatusBadRequest, "There was a problem in the JSON you submitted")
	}
	s := x.s
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.settle()
	c := &call{act: act{now: now, via: x.via, op: x.e.op(), requestID: x.requestID}, params: p, id: x.r.PathValue("id")}
	if x.fault.Lag > 0 {
		c.asOf = now.Add(-time.Duration(x.fault.Lag))
	}
	return x.e.handle(c)
}

// keyWorks says whether a key is admitted. Callers hold the lock.
func (s *Simulator) keyWorks(key string) bool {
	if key == "" || key != s.key || s.t.acting() == nil {
		return false
	}
	maker := s.t.users.get(s.t.keyMaker)
	return !s.opt.Switches.KeyDiesWithCreator || maker == nil || !maker.deleted
}

// refuse checks key and grant. Refusals carry no rate headers and cost no quota.
func (s *Simulator) refuse(r *http.Request, e endpoint) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Query().Has("api_key") {
		out := unprocessable("API keys are not accepted in the query. Send the key in the X-Api-Key header.")
		out.bare = true
		return &out
	}
	if !s.keyWorks(r.Header.Get("X-Api-Key")) {
		out := s.unauthorized()
		return &out
	}
	if s.opt.Grants != nil && !slices.Contains(s.opt.Grants, e.key) {
		return &reply{status: http.StatusForbidden, bare: true, body: object{
			"error": "This API key is not authorized to access " + e.key +
				". Request an API key from your administrator that includes this endpoint in its configured scope.",
			"error_code": "API_INACCESSIBLE",
		}}
	}
	if refused := s.masterOnly(e); refused != nil {
		return refused
	}
	if s.opt.Plan == PlanFree && slices.Contains(s.opt.Switches.PaidOnly, e.key) {
		return &reply{status: http.StatusForbidden, bare: true,
			body: object{"message": "This endpoint is only available to Apollo users on paid plans."}}
	}
	return nil
}

func (s *Simulator) unauthorized() reply {
	const page = "https://docs.apollo.io/reference/authentication"
	const text = "Invalid API key. See " + page + " for how to authenticate."
	if s.opt.Switches.Errors == ErrorsLegacy {
		return reply{status: http.StatusUnauthorized, text: text, bare: true}
	}
	return reply{status: http.StatusUnauthorized, bare: true, body: object{
		"error": text,
		"error_details": object{
			"code":    "AUTH.AUTHENTICATION.API_KEY_INVALID",
			"message": "This API key is not valid.",
			"suggestions": []object{
				{"label": "Send a valid API key in the X-Api-Key header", "header": "X-Api-Key"},
				{"label": "Read how to authenticate", "url": page},
			},
			"context": object{},
		},
	}}
}

// finish writes an answer, logs it and shows it to whoever watches.
func (x *exchange) finish(out reply) {
	body, kind := x.render(out)
	h := x.w.Header()
	h.Set("Content-Type", kind)
	h.Set("x-request-id", x.requestID)
	x.s.mu.Lock()
	if x.via == ViaAPI && !out.bare {
		x.s.limiter.setHeaders(h, x.e.key, x.s.limits.of(x.e.key), x.s.now())
	}
	x.s.mu.Unlock()
	if out.retryAfter > 0 && !x.s.opt.Switches.NoRetryAfter {
		h.Set("Retry-After", seconds(out.retryAfter))
	}
	x.log(out.status)
	if x.s.opt.OnExchange != nil && x.via == ViaAPI {
		x.s.opt.OnExchange(x.r, x.raw, out.status, body)
	}
	x.w.WriteHeader(out.status)
	_, _ = x.w.Write(body) // the client may be gone; the log has the exchange either way
}

func (x *exchange) render(out reply) (body []byte, kind string) {
	if out.body == nil {
		if strings.HasPrefix(out.text, "<") {
			return []byte(out.text), "text/html; charset=utf-8"
		}
		return []byte(out.text), "text/plain; charset=utf-8"
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out.body); err != nil {
		return []byte(err.Error()), "text/plain; charset=utf-8"
	}
	body = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if x.fault.Kind == FaultTruncate {
		body = body[:len(body)/2]
	}
	if x.via == ViaSCIM {
		return body, "application/scim+json"
	}
	return body, "application/json; charset=utf-8"
}
