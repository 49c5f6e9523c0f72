package slackapp

import (
	"strings"
	"unicode/utf8"
)

// Limits in characters (docs.slack.dev/reference/block-kit). Fallback texts are
// held to what an edit takes, which is the least.
const (
	maxHeader  = 150
	maxSection = 3000
	maxField   = 2000
	maxButton  = 75
	maxTitle   = 24
	maxText    = 3900
	maxFields  = 10
	maxBlocks  = 50
	maxChoices = 100
)

const ellipsis = "…"

// escaped makes a text harmless in mrkdwn, in at most n characters. It is cut
// between characters and never inside of what an escape became.
func escaped(s string, n int) string {
	s = bare(s)
	whole := escape(s)
	if utf8.RuneCountInString(whole) <= n {
		return whole
	}
	var b strings.Builder
	used := 0
	for _, r := range s {
		piece := escape(string(r))
		size := utf8.RuneCountInString(piece)
		if used+size > n-1 {
			break
		}
		used += size
		b.WriteString(piece)
	}
	return b.String() + ellipsis
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escape(s string) string { return escapes.Replace(s) }

// shortened cuts a text that is shown as it is to n characters.
func shortened(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + ellipsis
}

// bare is a text without characters that are only meant for machines. It keeps
// line breaks.
func bare(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}
