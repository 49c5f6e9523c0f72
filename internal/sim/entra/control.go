package entra

import "slices"

// Switch changes the deviations.
func (s *Simulator) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

// Change edits a user as an administrator would.
func (s *Simulator) Change(id string, edit func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.user(id); u != nil {
		edit(u)
	}
}

// ChangeGroup edits a group as an administrator would.
func (s *Simulator) ChangeGroup(id string, edit func(*Group)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.group(id); g != nil {
		edit(g)
	}
}

// ChangeApp edits an enterprise application as an administrator would.
func (s *Simulator) ChangeApp(id string, edit func(*App)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.app(id); a != nil {
		edit(a)
	}
}

// SetJob puts a provisioning job into a state.
func (s *Simulator) SetJob(app, id, code, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.app(app).jobs {
		if j.ID == id {
			j.Code, j.Reason = code, reason
		}
	}
}

// User shows somebody as they are, whatever Graph shows.
func (s *Simulator) User(id string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.user(id); u != nil {
		return *u, true
	}
	return User{}, false
}

// Members are the direct members of a group as they are.
func (s *Simulator) Members(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.group(group); g != nil {
		return slices.Clone(g.Members)
	}
	return nil
}

// Rows are the assignments of an app as they are.
func (s *Simulator) Rows(app string) []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rowsOf(app)
}

func (s *Simulator) rowsOf(app string) []Row {
	var all []Row
	for _, r := range s.rows {
		if r.App == app {
			all = append(all, *r)
		}
	}
	return all
}

// Deleted are the assignments that were deleted through Graph, oldest first.
func (s *Simulator) Deleted() []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deleted)
}

// Requests lists what was asked for: method and path, without the query.
func (s *Simulator) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Tokens counts the tokens given.
func (s *Simulator) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

// ExpireTokens makes every token given so far invalid.
func (s *Simulator) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Remove deletes a user or a group as an administrator would. Rows and memberships
// go later, with the directory's clean-up: here never.
func (s *Simulator) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = slices.DeleteFunc(s.users, func(u *User) bool { return u.ID == id })
	s.groups = slices.DeleteFunc(s.groups, func(g *Group) bool { return g.ID == id })
}
