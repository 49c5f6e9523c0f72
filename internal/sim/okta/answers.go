package okta

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

type object map[string]any

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

func done() reply { return reply{status: http.StatusNoContent} }

// fail is an error in Okta's one form (documented).
func fail(status int, code, summary string, causes ...string) reply {
	list := []object{}
	for _, c := range causes {
		list = append(list, object{"errorSummary": c})
	}
	return reply{status: status, body: object{"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae" + code[1:] + "sim", "errorCauses": list}}
}

// notFound quotes what was asked for, as Okta does: a client must not pass it on.
func notFound(what string) reply {
	return fail(http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s", what))
}

// link adds the headers of a page: one for itself, one for the next (documented:
// several Link headers, opaque).
func link(w http.ResponseWriter, r *http.Request, next string) {
	self := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	w.Header().Add("Link", fmt.Sprintf("<%s>; rel=\"self\"", self.String()))
	if next != "" {
		q := r.URL.Query()
		q.Set("after", next)
		self.RawQuery = q.Encode()
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=\"next\"", self.String()))
	}
}

// row is one entry of a list.
type row struct {
	id   string
	body any
}

// page cuts rows to a page. The cursor is the id of the last row that was shown.
func (s *Simulator) page(r *http.Request, rows []row, standard, most int) reply {
	q := r.URL.Query()
	size := standard
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		size = min(n, most)
	}
	if s.switches.PageSize > 0 {
		size = min(size, s.switches.PageSize)
	}
	begin := 0
	for i, entry := range rows {
		if entry.id == q.Get("after") && !s.switches.RepeatPage {
			begin = i + 1
		}
	}
	end := min(len(rows), begin+size)
	shown := []any{}
	for _, entry := range rows[begin:end] {
		shown = append(shown, entry.body)
	}
	out := ok(shown)
	out.paged = true
	if end > begin && (end < len(rows) || s.switches.RepeatPage) {
		out.next = rows[end-1].id
		if s.switches.RepeatPage {
			out.next = fmt.Sprintf("again-%d", len(s.requests))
		}
	}
	return out
}

func write(w http.ResponseWriter, out reply) {
	switch body := out.body.(type) {
	case nil:
		w.WriteHeader(out.status)
	case string:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(out.status)
		_, _ = io.WriteString(w, body)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(out.status)
		_ = json.NewEncoder(w).Encode(body)
	}
}
