package slack

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object. Blocks and views are kept in this form: what the simulator does not know it hands back as it
// came.
type object = map[string]any

// encode writes JSON the way Slack does: without escaping for HTML.
func encode(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // only maps, lists and plain values come here
		return []byte("null")
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// decode reads JSON and keeps numbers as they were written.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into)
}

// copyJSON makes an independent copy of JSON values.
func copyJSON[T any](v T) T {
	var out T
	_ = decode(encode(v), &out) // it was JSON before
	return out
}

// str reads a text member; other types read as empty.
func str(o object, name string) string {
	text, _ := o[name].(string)
	return text
}

// sub reads an object member; other types read as nil.
func sub(o object, name string) object {
	inner, _ := o[name].(object)
	return inner
}

// list reads a member that holds objects; other entries are left out.
func list(o object, name string) []object {
	raw, _ := o[name].([]any)
	var out []object
	for _, entry := range raw {
		if inner, ok := entry.(object); ok {
			out = append(out, inner)
		}
	}
	return out
}
