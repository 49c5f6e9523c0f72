package hr

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const saveAs = "save it as UTF-8 (in Excel: \"CSV UTF-8\")"

// decodeText takes the mark of UTF-8 off and refuses every other encoding: read
// wrongly it would give people other names.
func decodeText(raw []byte) ([]byte, *Problem) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return nil, &Problem{Text: "the file is in UTF-16: " + saveAs}
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return nil, &Problem{Text: "the file is a workbook, not CSV: export it, and " + saveAs}
	}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return nil, &Problem{Line: lineAt(raw, i), Text: "the file holds zero bytes, as files in UTF-16 do: " + saveAs}
	}
	if !utf8.Valid(raw) {
		return nil, &Problem{Line: lineAt(raw, invalidAt(raw)), Text: "the file is not in UTF-8, perhaps in Latin-1 or Windows-1252: " + saveAs}
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(raw, "\r"), '\r') >= 0 {
		return nil, &Problem{Text: "the lines end as on old Macs: " + saveAs}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, &Problem{Text: "the file is empty"}
	}
	return raw, nil
}

func lineAt(raw []byte, i int) int { return 1 + bytes.Count(raw[:i], []byte("\n")) }

func invalidAt(raw []byte) int {
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(raw)
}

// delimiter finds the separator in the header: the one that stands there most
// often outside quotes. hint tells that the first line only names it.
func delimiter(raw []byte) (comma rune, hint bool) {
	first, rest, _ := strings.Cut(string(raw[:min(len(raw), 64<<10)]), "\n")
	first = strings.TrimRight(first, "\r")
	if sep, ok := strings.CutPrefix(strings.ToLower(first), "sep="); ok && len(sep) == 1 && strings.Contains(",;\t", sep) {
		return rune(sep[0]), rest != ""
	}
	for first == "" && rest != "" {
		first, rest, _ = strings.Cut(rest, "\n")
		first = strings.TrimRight(first, "\r")
	}
	counts, quoted := map[rune]int{}, false
	for _, c := range first {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted:
			counts[c]++
		}
	}
	comma = ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[comma] {
			comma = c
		}
	}
	return comma, false
}
