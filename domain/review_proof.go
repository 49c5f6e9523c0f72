package domain

// ReviewRun is a line with the run that carries its decision out, and the run's
// steps in the review's app.
type ReviewRun struct {
	Line     int           `json:"line"`
	Account  AccountID     `json:"account"`
	Verdict  ReviewVerdict `json:"verdict"`
	State    LineState     `json:"state"`
	Run      string        `json:"run"`
	RunState RunState      `json:"run_state"`
	Steps    []StepRecord  `json:"steps"`
}

// ReviewReason is what somebody said of a line, with the salt of its commitment,
// which stands in the decision or assignment with the same number.
type ReviewReason struct {
	Line int    `json:"line"`
	Kind string `json:"kind"` // decision, assignment
	N    int    `json:"n"`
	Salt string `json:"salt"`
	Text string `json:"text"`
}

// ReviewName is who the account of a line was, with the salt of the commitment that
// stands in the line (see PersonCommitment).
type ReviewName struct {
	Line  int    `json:"line"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Salt  string `json:"salt"`
}
