package okta

import "slices"

// Requests lists what was asked for: method and path, without the query.
func (s *Simulator) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Writes lists the requests that changed something, in their order. An org that
// was only read has none.
func (s *Simulator) Writes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// Ended lists whose sessions were ended: the id, a question mark and the query.
func (s *Simulator) Ended() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ended)
}

// Scope tells how somebody has an app, whatever the API shows: USER, GROUP, or ""
// where they do not have it.
func (s *Simulator) Scope(app, user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scope(app, user)
}

// Member tells whether somebody is in a group.
func (s *Simulator) Member(group, user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.members, pair{group, user})
}

// UserID finds a person's id by email; "" where nobody has it.
func (s *Simulator) UserID(email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := found(s.users, func(u *User) bool { return u.Email == email }); u != nil {
		return u.ID
	}
	return ""
}
