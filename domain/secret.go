package domain

// Secret is a credential. Printed, logged or marshalled it shows nothing; what
// needs the value converts it to a string where it is used.
type Secret string

const hiddenSecret = "[secret]"

// String hides the value.
func (Secret) String() string { return hiddenSecret }

// GoString hides the value from %#v.
func (Secret) GoString() string { return hiddenSecret }

// MarshalText hides the value from JSON and from structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(hiddenSecret), nil }
