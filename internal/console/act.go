package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"handover/domain"
	"handover/internal/desk"
)

// answer is what the script hears.
type answer struct {
	Applied int            `json:"applied"`
	Refused map[int]string `json:"refused,omitempty"`
	Left    int            `json:"left"` // lines that still wait for this person
	Error   string         `json:"error,omitempty"`
}

// show shows the page, or asks whether to submit. It changes nothing.
func (x *door) show(w http.ResponseWriter, r *http.Request, v visit) {
	ask := asked(r)
	t, err := x.desk.ReviewTable(r.Context(), v.link.By(), v.link.Review, ask)
	if err != nil {
		x.failed(w, r, v, err)
		return
	}
	p := x.page(v, t, ask, nil)
	p.Submit = r.URL.Query().Get("view") == "submit" && p.UsedAt == ""
	x.render(w, http.StatusOK, p)
}

// act takes a form. One that was not made by the page of this link in this browser
// is refused, and so is everything once the link was used.
func (x *door) act(w http.ResponseWriter, r *http.Request, v visit) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		x.word(w, v, http.StatusBadRequest, "That did not work", "The form could not be read: load the page again.")
		return
	}
	if !v.link.GoodForm(v.cookie, r.PostForm.Get("form")) {
		x.failed(w, r, v, x.desk.RefuseForm(r.Context(), v.link))
		return
	}
	if err := x.desk.UsableLink(r.Context(), v.link); err != nil {
		x.failed(w, r, v, err)
		return
	}
	var a answer
	var err error
	switch r.PostForm.Get("do") {
	case "decide":
		a, err = x.decide(r, v)
	case "bulk":
		a, err = x.bulk(r, v)
	case "reassign":
		a, err = x.reassign(r, v)
	case "submit":
		a.Left, err = x.desk.SubmitReviewLink(r.Context(), v.link)
	default:
		x.word(w, v, http.StatusBadRequest, "That did not work", "The form asks for nothing that is known here: load the page again.")
		return
	}
	if err != nil {
		x.failed(w, r, v, err)
		return
	}
	x.answer(w, r, v, a)
}

// answer gives the script its numbers, and a browser without one its page again.
func (x *door) answer(w http.ResponseWriter, r *http.Request, v visit, a answer) {
	if v.script {
		answerJSON(w, http.StatusOK, a)
		return
	}
	if len(a.Refused) == 0 {
		http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // a path of ours: the link in it was opened
		return
	}
	ask := asked(r)
	t, err := x.desk.ReviewTable(r.Context(), v.link.By(), v.link.Review, ask)
	if err != nil {
		x.failed(w, r, v, err)
		return
	}
	p := x.page(v, t, ask, a.Refused)
	p.Message = fmt.Sprintf("%d decisions were kept, %d were not: look at the lines marked.", a.Applied, len(a.Refused))
	if some := a.Refused[0]; some != "" { // about several
		p.Message += " " + some
	}
	x.render(w, http.StatusUnprocessableEntity, p)
}

// backTo is the same page; what was submitted whole starts from its beginning.
func backTo(r *http.Request) string {
	if r.PostForm.Get("do") == "submit" || r.URL.RawQuery == "" {
		return r.URL.Path
	}
	return r.URL.Path + "?" + r.URL.Query().Encode()
}

// decide takes each line for which the form names a verdict.
func (x *door) decide(r *http.Request, v visit) (answer, error) {
	var words []desk.ReviewWord
	for name := range r.PostForm {
		key, ok := strings.CutPrefix(name, "v-")
		no, err := strconv.Atoi(key)
		word := r.PostForm.Get(name)
		if !ok || err != nil || word == "" {
			continue
		}
		w := desk.ReviewWord{Line: no, Word: word, Reason: bounded(r.PostForm.Get("why-"+key), 2000), Seconds: secondsOf(r.PostForm.Get("s-" + key))}
		if word == string(domain.ReviewChange) {
			w.Role = bounded(r.PostForm.Get("role-"+key), 200)
		}
		w.Seen, _ = strconv.Atoi(r.PostForm.Get("n-" + key)) // 0 where nothing was looked at
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b desk.ReviewWord) int { return a.Line - b.Line })
	return x.give(r, v, words)
}

// secondsOf reads how long a line was the current one; -1 where no script counted.
func secondsOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return -1
	}
	return min(n, 24*3600)
}

// bulk takes one verdict and one reason for all lines that are ticked.
func (x *door) bulk(r *http.Request, v visit) (answer, error) {
	reason := bounded(r.PostForm.Get("bulk-why"), 2000)
	if reason == "" {
		return answer{}, incomplete("say why: one reason for all the lines that you ticked")
	}
	word := r.PostForm.Get("bulk-verdict")
	if word != string(domain.ReviewKeep) && word != string(domain.ReviewRemove) {
		return answer{}, incomplete("several lines at once are kept or removed")
	}
	lines, err := ticked(r.PostForm)
	if err != nil {
		return answer{}, err
	}
	var words []desk.ReviewWord
	for _, no := range lines {
		words = append(words, desk.ReviewWord{Line: no, Word: word, Reason: reason, Bulk: true, Seconds: secondsOf(r.PostForm.Get("s-" + strconv.Itoa(no)))})
	}
	return x.give(r, v, words)
}

// incomplete is a form that cannot be meant. It is no refusal: nobody was kept from
// anything.
func incomplete(text string) error {
	return domain.NewFault(domain.FaultInvalid, "console.form", "", text, nil)
}

var errNoneTicked = incomplete("tick the lines that are meant")

func ticked(f url.Values) ([]int, error) {
	var lines []int
	for _, text := range f["line"] {
		no, err := strconv.Atoi(text)
		if err != nil || no < 1 {
			return nil, errNoneTicked
		}
		lines = append(lines, no)
	}
	if len(lines) == 0 {
		return nil, errNoneTicked
	}
	return lines, nil
}

func (x *door) give(r *http.Request, v visit, words []desk.ReviewWord) (answer, error) {
	if len(words) == 0 {
		return answer{}, incomplete("no line has a decision yet: choose one first")
	}
	said, err := x.desk.SayReview(r.Context(), v.link.By(), v.link.Review, words)
	return answer{Applied: said.Applied, Refused: said.Refused, Left: said.Left}, err
}

func (x *door) reassign(r *http.Request, v visit) (answer, error) {
	lines, err := ticked(r.PostForm)
	if err != nil {
		return answer{}, err
	}
	to, reason := bounded(r.PostForm.Get("to"), 254), bounded(r.PostForm.Get("to-why"), 2000)
	if err := x.desk.ReassignReview(r.Context(), v.link.By(), v.link.Review, lines, to, reason); err != nil {
		return answer{}, err
	}
	left, err := x.desk.ReviewWaiting(r.Context(), v.link.By(), v.link.Review)
	return answer{Applied: len(lines), Left: left}, err
}
