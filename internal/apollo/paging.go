package apollo

import "encoding/json"

// maxPages is the documented display limit of searches, 50,000 rows.
const maxPages = 500

// cursor is a place in a listing. It is kept by the caller between runs.
type cursor struct {
	Page int `json:"page"`
	// Back reads the listing from its other end, which shows as many rows again.
	Back bool `json:"back,omitempty"`
	// Plain reads deals through the documented search, which takes no filter.
	Plain bool `json:"plain,omitempty"`
	// Stages are still to be read, the first one now. Whole is the count of all
	// rows, Reached that of the stages read, Cut that a stage was cut off.
	Stages  []string `json:"stages,omitempty"`
	Whole   int      `json:"whole,omitempty"`
	Reached int      `json:"reached,omitempty"`
	Cut     bool     `json:"cut,omitempty"`
}

func readCursor(raw string) (cursor, bool) {
	if raw == "" {
		return cursor{Page: 1}, true
	}
	var at cursor
	err := json.Unmarshal([]byte(raw), &at)
	return at, err == nil && at.Page > 0
}

func (at cursor) String() string {
	raw, _ := json.Marshal(at) // text, numbers and booleans always marshal
	return string(raw)
}

// next tells where a listing goes on after a page, "" when that was the last.
// A listing longer than Apollo shows goes on from its other end where the call
// can sort both ways; what even that leaves out is told as cut off.
func (at cursor) next(rows, total int, sortable bool) (next string, cutOff bool) {
	if rows == 0 {
		return "", false
	}
	pages := maxPages + 1
	if total >= 0 {
		pages = (total + perPage - 1) / perPage
	}
	if at.Back {
		pages -= maxPages
	}
	if at.Page < min(pages, maxPages) {
		at.Page++
		return at.String(), false
	}
	switch {
	case pages <= maxPages:
		return "", false
	case total >= 0 && sortable && !at.Back:
		at.Page, at.Back = 1, true
		return at.String(), false
	default:
		return "", true
	}
}
