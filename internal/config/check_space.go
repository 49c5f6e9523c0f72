package config

import (
	"fmt"
	"reflect"
	"time"

	"handover/domain"
)

// Bounds of how old a member list may be. Nobody reads lists off a screen every
// minute, and one of last week says nothing about today.
const (
	leastFresh = 5 * time.Minute
	mostFresh  = 7 * 24 * time.Hour
)

// checkSpace wants what Apollo Space cannot do without: somebody who may touch an
// Owner, and two people, because without a newer list nothing else stands for a
// step.
func (c *checker) checkSpace(path string, app *domain.AppPolicy) {
	s := app.Space
	if app.Kind != domain.KindApolloSpace {
		if !reflect.ValueOf(s).IsZero() {
			c.bad(path+".space", "only an app of kind %s has it", domain.KindApolloSpace)
		}
		return
	}
	if len(s.Owners) == 0 {
		c.bad(path+".space.owners", "is missing: name the emails of the organisation's Owners, because only they may touch an Owner")
	}
	for i, email := range s.Owners {
		c.email(fmt.Sprintf("%s.space.owners[%d]", path, i), email, true)
	}
	c.email(path+".space.notes_keeper", s.NotesKeeper, false)
	for i, email := range s.NotesReaders {
		c.email(fmt.Sprintf("%s.space.notes_readers[%d]", path, i), email, true)
	}
	if s.MembersFresh != 0 && (s.MembersFresh < leastFresh || s.MembersFresh > mostFresh) {
		c.bad(path+".space.members_fresh", "must lie between 5m and 168h: it is how old a list that somebody read off the screen may be")
	}
	if app.Second == "" || domain.NormalEmail(app.Second) == domain.NormalEmail(app.Owner) {
		c.bad(path+".second", "must be somebody else than the owner: without a newer list two people stand for each step")
	}
	if app.Order == domain.OrderProtectEmail {
		c.bad(path+".order", "is about mailboxes: this app has none, and personal notes are retrieved before the removal, not after it")
	}
	if app.Credentials != (domain.CredentialPolicy{}) {
		c.bad(path+".credentials", "are never used: Apollo Space publishes no interface")
	}
	if len(app.Profiles) > 0 {
		c.bad(path+".profiles", "belongs to Apollo.io: the four roles of Apollo Space are known")
	}
}
