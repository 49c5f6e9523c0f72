package slack

import (
	"fmt"
	"slices"
	"strings"
)

// stateOf is what an element holds after a person picked or typed something, as payloads show it. Several values are
// separated by commas.
func stateOf(e object, input string) (object, error) {
	kind := str(e, "type")
	single := map[string]string{
		"users_select": "selected_user", "conversations_select": "selected_conversation", "channels_select": "selected_channel",
		"datepicker": "selected_date", "timepicker": "selected_time", "plain_text_input": "value", "email_text_input": "value",
		"url_text_input": "value", "number_input": "value",
	}
	several := map[string]string{
		"multi_users_select": "selected_users", "multi_conversations_select": "selected_conversations",
		"multi_channels_select": "selected_channels",
	}
	state := object{"type": kind}
	switch kind {
	case "static_select", "radio_buttons", "overflow", "external_select":
		state["selected_option"] = nil
		if input != "" {
			option, err := optionFor(e, input)
			if err != nil {
				return nil, err
			}
			state["selected_option"] = option
		}
	case "multi_static_select", "checkboxes", "multi_external_select":
		chosen := []object{}
		for _, value := range split(input) {
			option, err := optionFor(e, value)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, option)
		}
		state["selected_options"] = chosen
	default:
		switch {
		case single[kind] != "" && input == "":
			state[single[kind]] = nil
		case single[kind] != "":
			state[single[kind]] = input
		case several[kind] != "":
			state[several[kind]] = split(input)
		default:
			return nil, fmt.Errorf("element %q of type %s takes no value here: %w", str(e, "action_id"), kind, ErrRefused)
		}
	}
	return state, nil
}

func split(input string) []string {
	if input == "" {
		return []string{}
	}
	return strings.Split(input, ",")
}

func optionFor(e object, value string) (object, error) {
	for _, o := range optionsOf(e) {
		if str(o, "value") == value {
			return o, nil
		}
	}
	return nil, fmt.Errorf("element %q offers no %q: %w", str(e, "action_id"), value, ErrRefused)
}

// initialInput is what an element holds before a person touches it, in the form that stateOf reads.
func initialInput(e object) string {
	for _, name := range []string{"initial_value", "initial_user", "initial_conversation", "initial_channel", "initial_date", "initial_time"} {
		if text := str(e, name); text != "" {
			return text
		}
	}
	if o := sub(e, "initial_option"); o != nil {
		return str(o, "value")
	}
	var values []string
	for _, o := range list(e, "initial_options") {
		values = append(values, str(o, "value"))
	}
	for _, name := range []string{"initial_users", "initial_conversations", "initial_channels"} {
		raw, _ := e[name].([]any)
		for _, v := range raw {
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.Join(values, ",")
}

// keepsState says whether an element's choice travels in state.values; buttons and overflow menus have none.
func keepsState(e object) bool {
	return !slices.Contains([]string{"button", "overflow", "workflow_button", "image"}, str(e, "type"))
}
