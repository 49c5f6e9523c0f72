package entra

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

// Error codes of Graph that the simulator answers with.
const (
	codeDenied      = "Authorization_RequestDenied"
	codeNotFound    = "Request_ResourceNotFound"
	codeBad         = "Request_BadRequest"
	codeUnsupported = "Request_UnsupportedQuery"
	codeToken       = "InvalidAuthenticationToken"
	codeLicence     = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
	codeThrottled   = "TooManyRequests"
)

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// fail answers in Graph's form. Messages quote what was asked for, as Graph's do.
func (s *Simulator) fail(w http.ResponseWriter, status int, code, message string) {
	id := w.Header().Get("request-id")
	write(w, status, object{"error": object{"code": code, "message": message,
		"innerError": object{"date": s.now().Format("2006-01-02T15:04:05"), "request-id": id, "client-request-id": id}}})
}

func (s *Simulator) missing(w http.ResponseWriter, id string) {
	s.fail(w, http.StatusNotFound, codeNotFound, "Resource '"+id+"' does not exist or one of its queried reference-property objects are not present.")
}

func (s *Simulator) denied(w http.ResponseWriter) {
	s.fail(w, http.StatusForbidden, codeDenied, "Insufficient privileges to complete the operation.")
}

// maxTop is the greatest page that $top may ask for.
const maxTop = 999

// list answers one page. nextLink is opaque to callers.
func (s *Simulator) list(w http.ResponseWriter, r *http.Request, rows []object) {
	q := r.URL.Query()
	if q.Has("$skip") {
		s.fail(w, http.StatusBadRequest, codeBad, "'$skip' is not supported by the service.")
		return
	}
	size, err := strconv.Atoi(q.Get("$top"))
	switch {
	case q.Has("$top") && (err != nil || size < 1 || size > maxTop):
		s.fail(w, http.StatusBadRequest, codeBad, "Invalid page size specified: '"+q.Get("$top")+"'. Must be between 1 and 999 inclusive.")
		return
	case !q.Has("$top"):
		size = 100
	}
	if s.switches.PageSize > 0 {
		size = min(size, s.switches.PageSize)
	}
	at, empty := position(q.Get("$skiptoken"))
	if s.switches.EmptyPage && !empty && at == 0 {
		s.page(w, r, nil, token(0, true))
		return
	}
	end := min(len(rows), at+size)
	next := ""
	switch {
	case s.switches.EndlessNext:
		next = token(at, true)
	case end < len(rows):
		next = token(end, true)
	}
	s.page(w, r, rows[min(at, end):end], next)
}

func (s *Simulator) page(w http.ResponseWriter, r *http.Request, rows []object, next string) {
	body := object{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#collection", "value": append([]object{}, rows...)}
	if next != "" {
		q := r.URL.Query()
		q.Set("$skiptoken", next)
		host := "http://" + r.Host
		if s.switches.ForeignNext != "" {
			host = s.switches.ForeignNext
		}
		body["@odata.nextLink"] = host + r.URL.Path + "?" + q.Encode()
	}
	write(w, http.StatusOK, body)
}

func token(at int, seen bool) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("%d|%t", at, seen)))
}

func position(raw string) (at int, seen bool) {
	text, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil || raw == "" {
		return 0, false
	}
	number, flag, _ := strings.Cut(string(text), "|")
	at, _ = strconv.Atoi(number)
	return at, flag == "true"
}

// selected keeps what $select names, or the properties that come by default.
func selected(q url.Values, all object, byDefault ...string) object {
	names := byDefault
	if raw := q.Get("$select"); raw != "" {
		names = strings.Split(raw, ",")
	}
	kept := object{}
	for _, name := range append(names, "id", "@odata.type") {
		if v, ok := all[strings.TrimSpace(name)]; ok {
			kept[strings.TrimSpace(name)] = v
		}
	}
	return kept
}

func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.RFC3339)
}
