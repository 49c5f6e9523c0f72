package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"handover/domain"
)

// Shapes of names in the hr section.
var (
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	variable   = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// longestTolerance bounds how old a signed delivery may be.
const longestTolerance = 24 * time.Hour

func (c *checker) checkHR() {
	for _, name := range sortedKeys(c.p.HR.Sources) {
		path := "$.hr.sources." + name
		s := c.p.HR.Sources[name]
		switch {
		case s == nil:
			c.bad(path, "is empty: give at least its secret")
			continue
		case !sourceName.MatchString(name):
			c.bad(path, "%q is no name of a source: use small letters, digits, - and _, for it stands in the address /hooks/hr/NAME", name)
		}
		c.checkSource(path, name, *s)
	}
	c.checkExternals()
}

func (c *checker) checkSource(path, name string, s domain.HRSource) {
	c.oneOf(path+".kind", string(s.Kind), "", string(domain.HRKindOurs), string(domain.HRKindMapped), string(domain.HRKindBamboo))
	c.oneOf(path+".date_only", string(s.DateOnly), "", string(domain.HREndOfDay), string(domain.HRStartOfDay))
	switch {
	case strings.HasPrefix(s.Secret, "whsec_"):
		c.bad(path+".secret", "holds a secret: write the name of the variable that holds it, and make a new secret")
	case s.Secret == "" && name != domain.HRSourceDefault:
		c.bad(path+".secret", "is missing: write the name of the variable that holds it")
	case s.Secret != "" && !variable.MatchString(s.Secret):
		c.bad(path+".secret", "is no name of a variable: write for example BAMBOOHR_WEBHOOK_SECRET, never the secret itself")
	}
	if s.Tolerance < 0 || s.Tolerance > longestTolerance {
		c.bad(path+".tolerance", "must lie between 0 and 24h")
	}
	if s.TimeZone != "" {
		c.zone(path+".time_zone", s.TimeZone)
	}
	for i, ping := range s.Ping {
		if strings.TrimSpace(ping) == "" || len(ping) > 1000 {
			c.bad(fmt.Sprintf("%s.ping[%d]", path, i), "must be the whole body of a ping, at most 1000 characters")
		}
	}
	c.checkSignature(path, s)
	c.checkHRID(path, s)
	switch s.Form() {
	case domain.HRKindOurs:
		c.notMapped(path, s)
	default:
		c.checkMapping(path, s)
	}
}

func (c *checker) zone(path, value string) {
	if _, err := time.LoadLocation(value); err != nil || value == "" || value == "Local" {
		c.bad(path, "is no IANA name: write for example Europe/Berlin")
	}
}

func (c *checker) checkSignature(path string, s domain.HRSource) {
	c.oneOf(path+".signature", string(s.Signature), "", string(domain.HRStandardWebhooks), string(domain.HRBambooSignature), string(domain.HRHMAC))
	if s.Signature != domain.HRHMAC {
		if s.HMAC != (domain.HRSigning{}) {
			c.bad(path+".hmac", "is read only with signature: hmac")
		}
		return
	}
	h, at := s.HMAC, path+".hmac"
	if !headerName.MatchString(h.Header) {
		c.bad(at+".header", "must name the header that holds the signature")
	}
	c.oneOf(at+".algorithm", h.Algorithm, "sha256", "sha512")
	c.oneOf(at+".encoding", h.Encoding, "hex", "base64")
	if h.Timestamp != "" && !headerName.MatchString(h.Timestamp) {
		c.bad(at+".timestamp", "must name the header that holds the time")
	}
	c.checkSigned(at+".signed", s)
}

var signedPart = regexp.MustCompile(`\{[^{}]*\}`)

// checkSigned refuses parts that nothing fills in, and headers that the signature
// does not cover: those anybody could change.
func (c *checker) checkSigned(path string, s domain.HRSource) {
	signed := s.HMAC.Signed
	if signed == "" {
		signed = "{body}"
	}
	parts := signedPart.FindAllString(signed, -1)
	for _, part := range parts {
		if !slices.Contains([]string{"{body}", "{timestamp}", "{id}", "{method}"}, part) {
			c.bad(path, "%s is no part: use {body}, {timestamp}, {id} and {method}", part)
		}
	}
	count := func(part string) int { return strings.Count(signed, part) }
	rest := signedPart.ReplaceAllString(signed, "")
	switch {
	case strings.ContainsAny(rest, "{}"):
		c.bad(path, "has a brace without its other half")
	case count("{body}") != 1:
		c.bad(path, "must hold {body} once: without it anybody could change what is said")
	case (count("{timestamp}") > 0) != (s.HMAC.Timestamp != ""):
		c.bad(path, "must hold {timestamp} where hmac.timestamp names a header, and only then: a time that is not signed proves nothing")
	case (count("{id}") > 0) != strings.HasPrefix(s.ID, domain.HRIDOfTop):
		c.bad(path, "must hold {id} where id names a header, and only then: an id that is not signed lets a delivery be sent again as a new one")
	}
}

func (c *checker) checkHRID(path string, s domain.HRSource) {
	header, ofHeader := strings.CutPrefix(s.ID, domain.HRIDOfTop)
	switch {
	case s.ID == "" || s.ID == domain.HRIDBody:
	case ofHeader && !headerName.MatchString(header):
		c.bad(path+".id", "must name a header after %q", domain.HRIDOfTop)
	case ofHeader && s.Signature != domain.HRHMAC:
		c.bad(path+".id", "cannot be a header here: the signature does not cover it; leave it out")
	case !ofHeader && s.Form() == domain.HRKindOurs:
		c.bad(path+".id", "is read in mapped forms only: leave it out")
	case !ofHeader:
		c.hrPath(path+".id", s.ID)
	}
}

func (c *checker) hrPath(at, text string) {
	if _, err := domain.ParseHRPath(text); err != nil {
		c.bad(at, "%q is no path: %s", text, err)
	}
}

func (c *checker) notMapped(path string, s domain.HRSource) {
	given := map[string]bool{"each": s.Each != "", "fields": len(s.Fields) > 0, "types": len(s.Types) > 0, "when": len(s.When) > 0, "values": len(s.Values) > 0}
	for _, key := range sortedKeys(given) {
		if given[key] {
			c.bad(path+"."+key, "is read only with kind: mapped: our own form has names and types of its own")
		}
	}
}

// checkExternals refuses whom nobody answers for, or for whom no end is known.
func (c *checker) checkExternals() {
	seen := map[string]bool{}
	for _, e := range c.p.HR.Externals {
		seen[domain.NormalEmail(e.Email)] = true
	}
	again := map[string]bool{}
	for i, e := range c.p.HR.Externals {
		path := fmt.Sprintf("$.hr.externals[%d]", i)
		c.email(path+".email", e.Email, true)
		email := domain.NormalEmail(e.Email)
		if again[email] {
			c.bad(path+".email", "stands twice: merge the entries")
		}
		again[email] = true
		c.oneOf(path+".kind", string(e.Kind), string(domain.ExternalPerson), string(domain.ExternalService))
		switch {
		case e.Sponsor == "":
			c.bad(path+".sponsor", "is missing: name the email of somebody inside who answers for them")
		case seen[domain.NormalEmail(e.Sponsor)]:
			c.bad(path+".sponsor", "is an external too: name somebody inside")
		default:
			c.email(path+".sponsor", e.Sponsor, true)
		}
		if e.Ends == "" {
			c.bad(path+".ends", "is missing: give the last day, for example 2027-01-31; it can be moved when it comes near")
		}
		c.date(path+".ends", e.Ends)
	}
}
