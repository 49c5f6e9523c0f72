package scim

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"handover/domain"
)

// flag is a boolean that some servers send as text (Entra writes "False").
type flag struct{ value domain.Tri }

// UnmarshalJSON takes true, "true" and "True"; what is neither true nor false is
// unknown.
func (f *flag) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(string(bytes.Trim(raw, `"`))) {
	case "true":
		f.value = domain.Yes
	case "false":
		f.value = domain.No
	default:
		f.value = domain.Unknown
	}
	return nil
}

func (f flag) tri() domain.Tri {
	if f.value == "" {
		return domain.Unknown
	}
	return f.value
}

// number is an integer that may come as text. What is neither is unknown.
type number struct {
	value int
	known bool
}

// UnmarshalJSON takes 12 and "12".
func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.Atoi(string(bytes.Trim(raw, `"`)))
	*n = number{v, err == nil}
	return nil
}

// text is a string that may be null, or a number where an app counts its ids.
type text string

// UnmarshalJSON takes what has one plain value.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		*t = text(s)
	case len(raw) > 0 && raw[0] != '{' && raw[0] != '[' && string(raw) != "null":
		*t = text(raw)
	}
	return nil
}

// value is an entry of a multi-valued attribute (RFC 7643 section 2.4): an
// object, or with some servers the bare value.
type value struct {
	Value   text `json:"value"`
	Display text `json:"display"`
	Type    text `json:"type"`
	Primary flag `json:"primary"`
}

// UnmarshalJSON takes both forms.
func (v *value) UnmarshalJSON(raw []byte) error {
	type object value
	var o object
	if len(raw) > 0 && raw[0] == '{' {
		err := json.Unmarshal(raw, &o)
		*v = value(o)
		return err
	}
	return v.Value.UnmarshalJSON(raw)
}

// values is a multi-valued attribute, or null, or one entry without its list.
type values []value

// UnmarshalJSON takes all three.
func (v *values) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]value)(v))
	}
	var one value
	if err := one.UnmarshalJSON(raw); err != nil {
		return err
	}
	if one.Value != "" {
		*v = values{one}
	}
	return nil
}

// user is what is read of a User resource (RFC 7643 section 4.1).
type user struct {
	ID          text   `json:"id"`
	UserName    text   `json:"userName"`
	DisplayName text   `json:"displayName"`
	Name        person `json:"name"`
	Active      flag   `json:"active"`
	Emails      values `json:"emails"`
	Roles       values `json:"roles"`
	Rights      values `json:"entitlements"`
	Groups      values `json:"groups"`
	Meta        struct {
		Created text `json:"created"`
		Version text `json:"version"`
	} `json:"meta"`
}

// person is a complex name; an app that sends a plain text is borne with.
type person struct{ Formatted, Given, Family text }

// UnmarshalJSON takes an object or a text.
func (p *person) UnmarshalJSON(raw []byte) error {
	var o struct {
		Formatted text `json:"formatted"`
		Given     text `json:"givenName"`
		Family    text `json:"familyName"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return p.Formatted.UnmarshalJSON(raw)
	}
	*p = person{o.Formatted, o.Given, o.Family}
	return nil
}

// email is the work address by which people are found: the one that says so,
// else the primary one, else the user name, else any.
func (u user) email() string {
	for _, is := range []func(value) bool{
		func(v value) bool { return strings.EqualFold(string(v.Type), "work") },
		func(v value) bool { return v.Primary.tri() == domain.Yes },
	} {
		for _, v := range u.Emails {
			if v.Value != "" && is(v) {
				return string(v.Value)
			}
		}
	}
	if len(u.Emails) > 0 && !domain.LooksLikeEmail(string(u.UserName)) {
		return string(u.Emails[0].Value)
	}
	return string(u.UserName)
}

func (u user) name() string {
	switch {
	case u.DisplayName != "":
		return string(u.DisplayName)
	case u.Name.Formatted != "":
		return string(u.Name.Formatted)
	}
	return strings.TrimSpace(string(u.Name.Given + " " + u.Name.Family))
}

func (u user) created() time.Time {
	at, _ := time.Parse(time.RFC3339, string(u.Meta.Created)) // another form leaves it zero: no decision hangs on it
	return at.UTC()
}
