package domain

import "time"

// FactSubjectCommitment is the fact of a run's first event that binds the
// subject's opaque id to a PersonProof.
const FactSubjectCommitment = "subject_commitment"

// PersonProof is what a person was called from a moment on, behind a salted
// commitment. After erasure only the commitment is left.
type PersonProof struct {
	Person     PersonID  `json:"person"`
	Email      string    `json:"email,omitempty"`
	Name       string    `json:"name,omitempty"`
	Salt       string    `json:"salt,omitempty"`
	Commitment string    `json:"commitment"`
	At         time.Time `json:"at"`
}

// PersonCommitment is the commitment to an email and a name.
func PersonCommitment(salt, email, name string) string {
	return Commitment(salt, NormalEmail(email)+"\n"+name)
}

// Erased tells that nobody can show any more who the commitment stands for.
func (p PersonProof) Erased() bool { return p.Salt == "" }

// Holds tells whether email, name and salt are what was committed to.
func (p PersonProof) Holds() bool { return PersonCommitment(p.Salt, p.Email, p.Name) == p.Commitment }

// ReasonProof is a person's free text beside a chain's entry, whose ReasonHash
// is its commitment. An erased text has none.
type ReasonProof struct {
	Seq  int64  `json:"seq"`
	Salt string `json:"salt"`
	Text string `json:"text"`
}
