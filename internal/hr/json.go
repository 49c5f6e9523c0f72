package hr

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// deepest bounds how far lists and members may be nested.
const deepest = 32

var (
	errNotJSON = errors.New("the body is no JSON document in UTF-8")
	errTwice   = errors.New("the body has a member twice: which of the two is meant cannot be told")
	errDeep    = errors.New("the body is nested too deep")
)

// parseJSON reads one document. Numbers stay text, so that long ids keep their
// digits. A member that stands twice is refused: readers disagree on which one
// counts, and so a signed text could mean two things.
func parseJSON(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	doc, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return doc, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, errDeep
	}
	token, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	switch token {
	case json.Delim('{'):
		return parseObject(d, depth)
	case json.Delim('['):
		return parseList(d, depth)
	default:
		return token, nil
	}
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for d.More() {
		name, err := d.Token()
		key, ok := name.(string)
		if err != nil || !ok {
			return nil, errNotJSON
		}
		if _, twice := members[key]; twice {
			return nil, errTwice
		}
		if members[key], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotJSON
	}
	return members, nil
}

func parseList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotJSON
	}
	return list, nil
}
