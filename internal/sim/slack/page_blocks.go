package slack

import (
	"html/template"
	"strings"
)

// shownBlock is a block on the page.
type shownBlock struct {
	Kind      string
	Text      template.HTML
	Fields    []template.HTML
	Elements  []shownElement
	Accessory *shownElement
	// Of inputs:
	Hint, Error string
	Required    bool
	Input       *shownElement
}

// shownElement is a button, select or input on the page.
type shownElement struct {
	Kind, Label, Style, Action, Block, URL, Placeholder, Initial string
	Multiline, Several                                           bool
	Options                                                      []shownOption
	Confirm                                                      *shownConfirm
	Text                                                         template.HTML
}

// Name is the name of the form field that holds the element's value.
func (e shownElement) Name() string { return "v." + e.Block + "/" + e.Action }

// ID ties a label to its input.
func (e shownElement) ID() string { return "input-" + e.Block + "-" + e.Action }

type shownOption struct {
	Label, Value string
	Chosen       bool
}

type shownConfirm struct{ Title, Text, Confirm, Deny string }

// show makes blocks ready for the page. Callers hold the lock.
func (s *Simulator) show(blocks []object) []shownBlock {
	var out []shownBlock
	for _, b := range blocks {
		shown := shownBlock{Kind: str(b, "type"), Text: s.textHTML(sub(b, "text"))}
		for _, f := range list(b, "fields") {
			shown.Fields = append(shown.Fields, s.textHTML(f))
		}
		if e := sub(b, "accessory"); e != nil {
			element := s.showElement(b, e)
			shown.Accessory = &element
		}
		for _, e := range list(b, "elements") {
			shown.Elements = append(shown.Elements, s.showElement(b, e))
		}
		if e := sub(b, "element"); e != nil {
			element := s.showElement(b, e)
			element.Label = str(sub(b, "label"), "text")
			shown.Input = &element
			optional, _ := b["optional"].(bool)
			shown.Hint, shown.Required = str(sub(b, "hint"), "text"), !optional
		}
		if shown.Kind == "image" {
			shown.Text = plainHTML("[image] " + str(b, "alt_text"))
		}
		if text, ok := b["text"].(string); ok {
			shown.Text = plainHTML(text)
		}
		out = append(out, shown)
	}
	return out
}

// textHTML renders a text object.
func (s *Simulator) textHTML(o object) template.HTML {
	if str(o, "type") == "mrkdwn" {
		return mrkdwnHTML(str(o, "text"), s.nameOf)
	}
	return plainHTML(str(o, "text"))
}

// nameOf says who or what an id stands for. Callers hold the lock.
func (s *Simulator) nameOf(id string) string {
	id, _, _ = strings.Cut(id, "|")
	if u := s.users[id]; u != nil {
		return u.RealName
	}
	if c := s.conversations[id]; c != nil {
		return c.name
	}
	return ""
}

func (s *Simulator) showElement(b, e object) shownElement {
	multiline, _ := e["multiline"].(bool)
	kind := str(e, "type")
	shown := shownElement{
		Kind: kind, Label: str(sub(e, "text"), "text"), Style: str(e, "style"), Action: str(e, "action_id"),
		Block: str(b, "block_id"), URL: str(e, "url"), Placeholder: str(sub(e, "placeholder"), "text"), Multiline: multiline,
		Initial: initialInput(e), Several: strings.HasPrefix(kind, "multi_"),
	}
	switch kind {
	case "plain_text", "mrkdwn":
		shown.Text = s.textHTML(e)
	case "image":
		shown.Text = plainHTML("[image] " + str(e, "alt_text"))
	}
	chosen := split(shown.Initial)
	for _, o := range s.choices(e) {
		for _, value := range chosen {
			o.Chosen = o.Chosen || value == o.Value
		}
		shown.Options = append(shown.Options, o)
	}
	if c := sub(e, "confirm"); c != nil {
		shown.Confirm = &shownConfirm{str(sub(c, "title"), "text"), str(sub(c, "text"), "text"),
			str(sub(c, "confirm"), "text"), str(sub(c, "deny"), "text")}
	}
	return shown
}

// choices is what a select offers: its options, or the people or channels of the workspace.
func (s *Simulator) choices(e object) []shownOption {
	var out []shownOption
	kind := strings.TrimPrefix(str(e, "type"), "multi_")
	switch kind {
	case "users_select":
		for _, id := range s.userOrder {
			if u := s.users[id]; !u.deleted() {
				out = append(out, shownOption{Label: u.RealName, Value: id})
			}
		}
	case "channels_select", "conversations_select":
		for _, id := range s.convOrder {
			if c := s.conversations[id]; c.user == "" && !c.archived {
				out = append(out, shownOption{Label: "#" + c.name, Value: id})
			}
		}
	default:
		for _, o := range optionsOf(e) {
			out = append(out, shownOption{Label: str(sub(o, "text"), "text"), Value: str(o, "value")})
		}
	}
	return out
}
