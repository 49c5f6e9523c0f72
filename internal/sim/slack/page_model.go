package slack

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// page is what the template gets.
type page struct {
	Title, CSRF, Nonce, Version string
	Workspace                   string
	People                      []shownPerson
	Person                      *shownPerson
	Places                      []shownPlace
	Place                       shownPlace
	Messages                    []shownMessage
	Form                        *shownForm
	Down                        bool
}

type shownPerson struct {
	ID, Name, Email, Initials string
	Tags                      []string
	Hue, Messages, Asks       int
	Here                      bool
}

type shownPlace struct {
	ID, Name string
	Here     bool
	Archived bool
}

type shownMessage struct {
	Channel, TS, Author, Initials string
	At                            time.Time
	App, Edited, Only, Slack      bool
	Text                          template.HTML
	Blocks                        []shownBlock
	Replies                       []shownMessage
}

type shownForm struct {
	ID, Title, Submit, Close string
	Blocks                   []shownBlock
	Depth                    int
}

// pageFor gathers what the page of one person shows; an empty user is the front page.
func (s *Simulator) pageFor(user, channel string) (*page, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &page{Title: "People", CSRF: s.csrf, Workspace: s.opt.TeamDomain, Version: s.version(), Down: s.down}
	for _, id := range s.userOrder {
		if s.users[id].IsBot == Yes {
			continue
		}
		shown := s.showPerson(s.users[id])
		shown.Here = id == user
		if shown.Here {
			p.Person, p.Title = &shown, shown.Name
		}
		p.People = append(p.People, shown)
	}
	slices.SortStableFunc(p.People, func(a, b shownPerson) int {
		return boolOrder(b.Messages > 0) - boolOrder(a.Messages > 0)
	})
	if user == "" {
		return p, true
	}
	if p.Person == nil {
		return nil, false
	}
	if !s.showPlaces(p, user, channel) {
		return nil, false
	}
	if stack := s.viewStacks[user]; len(stack) > 0 {
		p.Form = s.showForm(stack[len(stack)-1], len(stack))
	}
	return p, true
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// version changes whenever something a page shows may have changed.
func (s *Simulator) version() string {
	return fmt.Sprintf("%d.%d.%d.%d", len(s.requests), s.ids.n, s.ids.lastTS, s.changes)
}

func (s *Simulator) showPerson(u *User) shownPerson {
	shown := shownPerson{ID: u.ID, Name: u.RealName, Email: u.Email, Initials: initials(u.RealName), Hue: hue(u.ID)}
	for _, tag := range []struct {
		on   bool
		name string
	}{{u.deleted(), "deactivated"}, {u.restricted() == Yes, "guest"}, {u.IsStranger == Yes || u.TeamID != s.opt.TeamID, "external"}} {
		if tag.on {
			shown.Tags = append(shown.Tags, tag.name)
		}
	}
	if conv := s.dms[u.ID]; conv != nil {
		for _, m := range conv.messages {
			if m.deleted {
				continue
			}
			shown.Messages++
			if len(elementsIn(m.blocks)) > 0 {
				shown.Asks++
			}
		}
	}
	return shown
}

func initials(name string) string {
	var out []rune
	for _, word := range strings.Fields(name) {
		if r := []rune(word); len(out) < 2 {
			out = append(out, r[0])
		}
	}
	return strings.ToUpper(string(out))
}

func hue(id string) int {
	h := 0
	for _, c := range id {
		h = (h*31 + int(c)) % 360
	}
	return h
}

// showPlaces lists the conversations a person can look at and fills in the one that is chosen.
func (s *Simulator) showPlaces(p *page, user, channel string) bool {
	dm := s.dms[user]
	p.Place = shownPlace{Name: "Handover", Here: channel == ""}
	if dm != nil {
		p.Place.ID, p.Place.Here = dm.id, channel == "" || channel == dm.id
	}
	p.Places = []shownPlace{p.Place}
	chosen := dm
	for _, id := range s.convOrder {
		conv := s.conversations[id]
		if conv.user != "" || !conv.sees(user) {
			continue
		}
		place := shownPlace{ID: id, Name: "#" + conv.name, Here: id == channel, Archived: conv.archived}
		if place.Here {
			p.Place, chosen = place, conv
		}
		p.Places = append(p.Places, place)
	}
	if chosen != nil {
		p.Messages = s.showMessages(chosen, user)
	}
	return p.Place.Here
}

// showMessages lists the messages with their threads, and between them what only this person sees.
func (s *Simulator) showMessages(conv *conversation, user string) []shownMessage {
	var roots []shownMessage
	replies := map[string][]shownMessage{}
	all := append(slices.Clone(conv.messages), conv.ephemerals...)
	slices.SortStableFunc(all, func(a, b *message) int { return strings.Compare(a.ts, b.ts) })
	for _, m := range all {
		if m.deleted || m.ephemeral != "" && m.ephemeral != user {
			continue
		}
		shown := s.showMessage(conv, m)
		if root := conv.byTS[m.threadTS]; root != nil && root != m && !root.deleted {
			replies[m.threadTS] = append(replies[m.threadTS], shown)
			continue
		}
		roots = append(roots, shown)
	}
	for i := range roots {
		roots[i].Replies = replies[roots[i].TS]
	}
	for _, n := range s.notices[user] {
		if n.channel == conv.id || n.channel == "" && conv.user != "" {
			roots = append(roots, shownMessage{TS: n.ts, Slack: true, Only: true, Author: "Slack", Text: plainHTML(n.text)})
		}
	}
	slices.SortStableFunc(roots, func(a, b shownMessage) int { return strings.Compare(a.TS, b.TS) })
	return roots
}

func (s *Simulator) showMessage(conv *conversation, m *message) shownMessage {
	shown := shownMessage{Channel: conv.id, TS: m.ts, At: m.at, App: m.author == s.botUser, Edited: m.edits > 0,
		Only: m.ephemeral != "", Author: s.nameOf(m.author)}
	shown.Initials = initials(shown.Author)
	if len(m.blocks) > 0 {
		shown.Blocks = s.show(m.blocks)
	} else {
		shown.Text = mrkdwnHTML(m.text, s.nameOf)
	}
	return shown
}

func (s *Simulator) showForm(v *view, depth int) *shownForm {
	f := &shownForm{ID: v.id, Title: str(sub(v.fields, "title"), "text"), Submit: str(sub(v.fields, "submit"), "text"),
		Close: str(sub(v.fields, "close"), "text"), Blocks: s.show(v.blocks), Depth: depth}
	if f.Close == "" {
		f.Close = "Cancel"
	}
	for i := range f.Blocks {
		e := f.Blocks[i].Input
		if e == nil {
			continue
		}
		f.Blocks[i].Error = v.errors[e.Block]
		if typed, ok := v.values[e.Block]; ok {
			e.Initial = typed
			for n := range e.Options {
				e.Options[n].Chosen = slices.Contains(split(typed), e.Options[n].Value)
			}
		}
	}
	return f
}
