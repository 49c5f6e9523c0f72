package domain

import "time"

// RecipeInput is for whom and with what a recipe is played. A parameter that a
// recipe names and that is empty here stops it before it begins.
type RecipeInput struct {
	Run     string            `json:"run"`
	Step    StepKey           `json:"step"`
	Email   string            `json:"email"`   // {{person.email}}
	Name    string            `json:"name"`    // {{person.name}}
	Account AccountID         `json:"account"` // {{person.account}}
	Values  map[string]string `json:"values"`  // others, by name without braces, as "forward.mailbox"
	Dry     bool              `json:"dry"`     // stop before the last click
}

// Picture is what the browser showed after one step of a recipe. Fields that the
// recipe fills with secrets are masked before it is taken.
type Picture struct {
	Step int       `json:"step"` // from 1, in the order of the recipe
	What string    `json:"what"` // the step in words, without values
	At   time.Time `json:"at"`
	PNG  []byte    `json:"png"`
}

// Played is what came of a recipe.
type Played struct {
	Recipe   string    `json:"recipe"` // SHA-256 of the recipe that was played, "v1:" and hex
	Acted    bool      `json:"acted"`  // the last click was made
	Already  bool      `json:"already"`
	At       time.Time `json:"at"`
	Pictures []Picture `json:"pictures"`
	Read     []string  `json:"read,omitempty"` // texts that the recipe reads, in its order
}

// StepPicture is a picture that was kept as evidence of a step.
type StepPicture struct {
	Run    string    `json:"run"`
	App    AppID     `json:"app"`
	Step   StepKey   `json:"step"`
	Play   string    `json:"play"`   // which playing of the recipe
	Number int       `json:"number"` // from 1, in the order of the pictures
	What   string    `json:"what"`
	At     time.Time `json:"at"`
	SHA256 string    `json:"sha256"`
	PNG    []byte    `json:"-"`
}

// Facts of the audit event of a playing, by which it binds its pictures.
const (
	FactPictures     = "pictures"        // how many
	FactPicturesHash = "pictures_sha256" // SHA-256 over the SHA-256 sums of all, in order
)

// PlayID is how one playing of a recipe stands in audit events and receipts.
func PlayID(play string) string { return "play-" + play }
