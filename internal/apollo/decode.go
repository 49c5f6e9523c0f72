package apollo

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// number is an integer that Apollo may send as a number, as text, as null, or
// as the text "loading" while it still counts (observed).
type number struct {
	value int
	known bool
}

// UnmarshalJSON takes whatever is there; what is no integer is unknown.
func (n *number) UnmarshalJSON(raw []byte) error {
	text := string(bytes.Trim(raw, `"`))
	if v, err := strconv.ParseFloat(text, 64); err == nil && v == float64(int(v)) {
		*n = number{int(v), true}
		return nil
	}
	*n = number{}
	return nil
}

// or gives the number, or another one when it is unknown.
func (n number) or(other int) int {
	if n.known {
		return n.value
	}
	return other
}

// moment is a time that may be null or in a form we do not know, which leaves
// it zero: no decision hangs on it.
type moment time.Time

// UnmarshalJSON reads RFC 3339.
func (m *moment) UnmarshalJSON(raw []byte) error {
	at, err := time.Parse(time.RFC3339, string(bytes.Trim(raw, `"`)))
	if err != nil {
		*m = moment{}
		return nil
	}
	*m = moment(at.UTC())
	return nil
}

// text is a string that may be null.
type text string

// UnmarshalJSON takes null for empty, and refuses what is no string.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if s != nil {
		*t = text(*s)
	}
	return nil
}

// pagination is the block that most searches answer with. page and per_page
// come back as text when they were sent in the query (observed).
type pagination struct {
	TotalEntries number `json:"total_entries"`
	TotalPages   number `json:"total_pages"`
}

// breadcrumb names a filter that took effect. A filter without one was ignored
// (observed for several).
type breadcrumb struct {
	Signal text `json:"signal_field_name"`
}

func honoured(crumbs []breadcrumb, filter string) bool {
	for _, b := range crumbs {
		if string(b.Signal) == filter {
			return true
		}
	}
	return false
}
