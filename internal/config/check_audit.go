package config

import (
	"net/url"

	"handover/domain"
)

func (c *checker) checkAudit(p domain.AuditPolicy) {
	const path = "$.audit.anchor"
	if p.Anchor.TSA == "" {
		return
	}
	at, err := url.Parse(p.Anchor.TSA)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		c.bad(path+".tsa", "must be the http or https address of an RFC 3161 time stamp server")
	}
	if p.Anchor.File == "" {
		c.bad(path+".tsa", "needs audit.anchor.file: the time stamp is stored beside the anchor")
	}
}
