package slack

import (
	"html"
	"html/template"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// emoji are the names a message of this app is likely to use; others stay as they are written.
var emoji = map[string]string{
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "no_entry": "⛔", "warning": "⚠️", "hourglass": "⌛",
	"hourglass_flowing_sand": "⏳", "bell": "🔔", "lock": "🔒", "unlock": "🔓", "wave": "👋", "tada": "🎉", "rotating_light": "🚨",
	"information_source": "ℹ️", "clock1": "🕐", "eyes": "👀", "memo": "📝", "link": "🔗", "calendar": "📅", "bust_in_silhouette": "👤",
	"busts_in_silhouette": "👥", "arrow_right": "➡️", "white_circle": "⚪", "large_green_circle": "🟢", "red_circle": "🔴",
}

// marks are the characters that set text off, and the tags they stand for.
var marks = map[byte]string{'*': "strong", '_': "em", '~': "s"}

// mrkdwnHTML renders Slack's markup (docs.slack.dev, formatting message text). Whatever it does not know is escaped. names
// tells who or what an id stands for.
func mrkdwnHTML(text string, names func(id string) string) template.HTML {
	r := renderer{names: names}
	var out strings.Builder
	for n, part := range strings.Split(text, "```") {
		if n%2 == 1 {
			out.WriteString("<pre>" + escapeText(strings.Trim(part, "\n")) + "</pre>")
			continue
		}
		r.lines(&out, part)
	}
	return template.HTML(out.String())
}

// plainHTML renders text without markup, but for line ends and emoji.
func plainHTML(text string) template.HTML {
	r := renderer{plain: true}
	var out strings.Builder
	r.inline(&out, text)
	return template.HTML(out.String())
}

type renderer struct {
	names func(id string) string
	plain bool
}

// lines renders line by line, since marks do not reach over a line's end, and "> " quotes a line.
func (r renderer) lines(out *strings.Builder, text string) {
	for n, line := range strings.Split(text, "\n") {
		quote := ""
		for _, mark := range []string{"&gt; ", "> "} {
			if rest, ok := strings.CutPrefix(line, mark); ok && quote == "" {
				line, quote = rest, mark
			}
		}
		if quote != "" {
			out.WriteString("<blockquote>")
			r.inline(out, line)
			out.WriteString("</blockquote>")
			continue
		}
		if n > 0 {
			out.WriteString("<br>")
		}
		r.inline(out, line)
	}
}

func (r renderer) inline(out *strings.Builder, text string) {
	for i := 0; i < len(text); {
		n := r.special(out, text, i)
		if n == 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			out.WriteString(html.EscapeString(text[i : i+size]))
			n = size
		}
		i += n
	}
}

// special renders what begins at i, if it is more than a character, and says how long it was.
func (r renderer) special(out *strings.Builder, text string, i int) int {
	c, rest := text[i], text[i:]
	if c == ':' {
		return named(out, rest)
	}
	if c == '\n' {
		out.WriteString("<br>")
		return 1
	}
	if r.plain {
		return 0
	}
	switch c {
	case '&':
		for _, entity := range []string{"&amp;", "&lt;", "&gt;"} {
			if strings.HasPrefix(rest, entity) {
				out.WriteString(entity)
				return len(entity)
			}
		}
	case '`':
		if end := strings.IndexByte(rest[1:], '`'); end > 0 {
			out.WriteString("<code>" + escapeText(rest[1:end+1]) + "</code>")
			return end + 2
		}
	case '<':
		if end := strings.IndexByte(rest, '>'); end > 1 {
			r.link(out, rest[1:end])
			return end + 1
		}
	case '*', '_', '~':
		if inner, ok := marked(text, i); ok {
			out.WriteString("<" + marks[c] + ">")
			r.inline(out, inner)
			out.WriteString("</" + marks[c] + ">")
			return len(inner) + 2
		}
	}
	return 0
}

func named(out *strings.Builder, rest string) int {
	end := strings.IndexByte(rest[1:], ':')
	if end < 1 || emoji[rest[1:end+1]] == "" {
		return 0
	}
	out.WriteString(emoji[rest[1:end+1]])
	return end + 2
}

// marked finds what a mark at i encloses: it must stand at the edge of words and hug the text.
func marked(text string, i int) (inner string, ok bool) {
	if before, _ := utf8.DecodeLastRuneInString(text[:i]); i > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
		return "", false
	}
	rest := text[i+1:]
	for from := 0; ; {
		at := strings.IndexByte(rest[from:], text[i])
		if at < 0 {
			return "", false
		}
		end := from + at
		after, _ := utf8.DecodeRuneInString(rest[end+1:])
		if inner = rest[:end]; inner != "" && inner == strings.TrimSpace(inner) && !unicode.IsLetter(after) && !unicode.IsDigit(after) {
			return inner, true
		}
		from = end + 1
	}
}

// link renders what stands in angle brackets: a mention, a date, or a link to the web or a mailbox.
func (r renderer) link(out *strings.Builder, inner string) {
	target, label, _ := strings.Cut(inner, "|")
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		name := r.names(target[1:])
		if name == "" {
			name = label
		}
		if name == "" {
			name = target[1:]
		}
		out.WriteString(`<span class="mention">` + html.EscapeString(target[:1]+name) + "</span>")
	case strings.HasPrefix(target, "!"):
		if label == "" {
			label = "@" + target[1:]
		}
		out.WriteString(`<span class="mention">` + escapeText(label) + "</span>")
	default:
		if label == "" {
			label = target
		}
		target = strings.ReplaceAll(target, "&amp;", "&")
		u, err := url.Parse(target)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
			out.WriteString(escapeText(label))
			return
		}
		out.WriteString(`<a href="` + html.EscapeString(target) + `" target="_blank" rel="noopener noreferrer">` + escapeText(label) + "</a>")
	}
}

// escapeText escapes text in which the app has escaped &, < and > already.
func escapeText(text string) string {
	return html.EscapeString(strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text))
}
