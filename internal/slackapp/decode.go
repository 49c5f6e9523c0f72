package slackapp

import (
	"encoding/json"
	"net/url"
	"slices"

	"handover/internal/desk"
)

// wireID is an object of which only the id counts.
type wireID struct {
	ID     string `json:"id"`
	TeamID string `json:"team_id"`
}

// wirePayload is what is read of an interaction. Slack adds members as it likes;
// they are left alone.
type wirePayload struct {
	Type       string  `json:"type"`
	User       wireID  `json:"user"`
	Team       *wireID `json:"team"`
	Enterprise *wireID `json:"enterprise"`
	Trigger    string  `json:"trigger_id"`
	Response   string  `json:"response_url"`
	Channel    *wireID `json:"channel"`
	Container  struct {
		Channel string `json:"channel_id"`
		Message string `json:"message_ts"`
	} `json:"container"`
	Actions []wireAction `json:"actions"`
	View    *wireView    `json:"view"`
}

type wireAction struct {
	ID    string `json:"action_id"`
	Value string `json:"value"`
	TS    string `json:"action_ts"`
}

type wireView struct {
	ID       string `json:"id"`
	Hash     string `json:"hash"`
	Callback string `json:"callback_id"`
	Metadata string `json:"private_metadata"`
	State    struct {
		Values map[string]map[string]wireInput `json:"values"`
	} `json:"state"`
}

type wireOption struct {
	Value string `json:"value"`
}

type wireInput struct {
	Value   string       `json:"value"`
	User    string       `json:"selected_user"`
	Users   []string     `json:"selected_users"`
	Date    string       `json:"selected_date"`
	Time    string       `json:"selected_time"`
	Option  *wireOption  `json:"selected_option"`
	Options []wireOption `json:"selected_options"`
}

// values gives what was typed or chosen, whatever kind the input is of.
func (w wireInput) values() []string {
	var found []string
	for _, v := range append([]string{w.Value, w.User, w.Date, w.Time}, w.Users...) {
		if v != "" {
			found = append(found, v)
		}
	}
	if w.Option != nil && w.Option.Value != "" {
		found = append(found, w.Option.Value)
	}
	for _, o := range w.Options {
		found = append(found, o.Value)
	}
	return found
}

// decodeInteraction reads what Slack sends when somebody clicks or submits. What
// is not an act of ours is refused whole.
func decodeInteraction(raw []byte) (act, error) {
	var w wirePayload
	if err := json.Unmarshal(raw, &w); err != nil {
		return act{}, errAct
	}
	a := act{Team: w.User.TeamID, User: w.User.ID, Response: w.Response, trigger: w.Trigger}
	if w.Team != nil && w.Team.ID != "" {
		a.Team = w.Team.ID
	}
	if w.Enterprise != nil {
		a.Enterprise = w.Enterprise.ID
	}
	var err error
	switch w.Type {
	case "block_actions":
		err = a.fromButton(w)
	case "view_submission":
		err = a.fromForm(w)
	default:
		err = errAct
	}
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return act{}, err
	}
	return a, nil
}

func (a *act) fromButton(w wirePayload) error {
	if len(w.Actions) != 1 || w.View != nil || len(w.Actions[0].Value) > maxValue || !isTS(w.Actions[0].TS) {
		return errAct
	}
	verb, ok := verbOf(w.Actions[0].ID, direct, asking)
	t, err := decodeTarget(w.Actions[0].Value)
	if !ok || err != nil {
		return errAct
	}
	a.Kind, a.Verb, a.Target = actButton, verb, t
	a.Channel, a.Message = w.Container.Channel, w.Container.Message
	if a.Channel == "" && w.Channel != nil {
		a.Channel = w.Channel.ID
	}
	a.ID = a.derive(a.Channel, w.Actions[0].Value, w.Actions[0].TS)
	return nil
}

func (a *act) fromForm(w wirePayload) error {
	if w.View == nil || len(w.View.ID) > 64 || len(w.View.Hash) > 200 || len(w.View.State.Values) > maxForm {
		return errAct
	}
	verb, ok := verbOf(w.View.Callback, forms)
	t, err := decodeTarget(w.View.Metadata)
	if !ok || err != nil {
		return errAct
	}
	a.Kind, a.Verb, a.Target = actForm, verb, t
	a.Channel, a.Message = t.Channel, t.Message
	for block, inputs := range w.View.State.Values {
		for _, input := range inputs {
			if values := input.values(); len(values) > 0 {
				if a.Fields == nil {
					a.Fields = map[string][]string{}
				}
				a.Fields[block] = append(a.Fields[block], values...)
			}
		}
		// The order of inputs within a block is nobody's; ours have one each.
		slices.Sort(a.Fields[block])
	}
	fields, _ := json.Marshal(a.Fields)
	a.ID = a.derive(w.View.ID, w.View.Hash, w.View.Metadata, string(fields))
	return nil
}

// decodeCommand reads a slash command, which comes as a form over HTTP.
func decodeCommand(q url.Values) (act, error) {
	for _, values := range q {
		if len(values) != 1 {
			return act{}, errAct
		}
	}
	a := act{Kind: actCommand, Team: q.Get("team_id"), Enterprise: q.Get("enterprise_id"), User: q.Get("user_id"), Channel: q.Get("channel_id"),
		Response: q.Get("response_url"), Words: q.Get("text"), trigger: q.Get("trigger_id")}
	a.ID = a.derive(a.Channel, q.Get("command"), a.Words, a.trigger)
	if err := a.check(); err != nil {
		return act{}, err
	}
	return a, nil
}

// decodeCommandJSON reads a slash command as it comes over a socket.
func decodeCommandJSON(raw []byte) (act, error) {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return act{}, errAct
	}
	q := url.Values{}
	for name, v := range fields {
		if text, ok := v.(string); ok {
			q.Set(name, text)
		}
	}
	return decodeCommand(q)
}

// wantsForm tells whether a click opens a form instead of deciding.
func (a act) wantsForm() bool {
	return a.Kind == actButton && (slices.Contains(asking, a.Verb) || a.Verb == desk.VerbDone && a.Target.Proof)
}
