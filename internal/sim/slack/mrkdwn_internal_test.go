package slack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMarkupIsRenderedSafely(t *testing.T) {
	t.Parallel()
	names := func(id string) string { return map[string]string{"U1": "Eli Park", "C1": "ops"}[id] }
	for in, want := range map[string]string{
		"*bold* _it_ ~gone~":                "<strong>bold</strong> <em>it</em> <s>gone</s>",
		"*a _b_ c*":                         "<strong>a <em>b</em> c</strong>",
		"2*3*4 snake_case_name":             "2*3*4 snake_case_name",
		"* not bold *":                      "* not bold *",
		"*open":                             "*open",
		"a\nb":                              "a<br>b",
		"&gt; quoted":                       "<blockquote>quoted</blockquote>",
		"`a<b *c*`":                         "<code>a&lt;b *c*</code>",
		"```x < y\n*z*```":                  "<pre>x &lt; y\n*z*</pre>",
		"&lt;b&gt; &amp; <b>":               "&lt;b&gt; &amp; b",
		"<https://example.com?a=1&amp;b=2>": `<a href="https://example.com?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">https://example.com?a=1&amp;b=2</a>`,
		"<mailto:a@example.com|write>":      `<a href="mailto:a@example.com" target="_blank" rel="noopener noreferrer">write</a>`,
		"<javascript:alert(1)|x>":           "x",
		"<@U1> in <#C1> <@U9|nina> <@U8>":   `<span class="mention">@Eli Park</span> in <span class="mention">#ops</span> <span class="mention">@nina</span> <span class="mention">@U8</span>`,
		"<!here> <!date^1^{date}|Friday>":   `<span class="mention">@here</span> <span class="mention">Friday</span>`,
		":wave: :nobody_knows: 10:30:15":    "👋 :nobody_knows: 10:30:15",
		`"quoted" <>`:                       "&#34;quoted&#34; &lt;&gt;",
		"ünïcode *ä*":                       "ünïcode <strong>ä</strong>",
		":":                                 ":",
		"*":                                 "*",
		"<":                                 "&lt;",
		"`":                                 "`",
	} {
		require.Equal(t, want, string(mrkdwnHTML(in, names)), in)
	}
	require.Equal(t, "*a* &lt;b&gt;<br>👋", string(plainHTML("*a* <b>\n:wave:")))
}

func FuzzMarkup(f *testing.F) {
	f.Add("*a* <https://example.com|b> `c` :wave: &lt;")
	f.Fuzz(func(t *testing.T, text string) {
		mrkdwnHTML(text, func(string) string { return "" })
		plainHTML(text)
	})
}
