package slack

import (
	"fmt"
	"strconv"
	"time"
)

// ids makes what Slack makes up: ids, message timestamps, block ids. All of them come from one counter, so that two runs
// give the same.
type ids struct {
	n      int64
	lastTS int64 // microseconds
}

func (i *ids) next(prefix string) string {
	i.n++
	return fmt.Sprintf("%s%09s", prefix, paddedUpper(i.n))
}

func paddedUpper(n int64) string {
	text := []byte(strconv.FormatInt(n, 36))
	for k, c := range text {
		if c >= 'a' {
			text[k] = c - 'a' + 'A'
		}
	}
	return fmt.Sprintf("0%08s", text)
}

// secretPart is the unguessable-looking tail of a trigger id or a URL.
func (i *ids) secretPart() string {
	i.n++
	h := uint64(i.n) * 0x9E3779B97F4A7C15
	return fmt.Sprintf("%016x%016x", h, h*0xBF58476D1CE4E5B9+uint64(i.n))
}

// ts gives a message timestamp, which is also its id: unique, and greater than all before.
func (i *ids) ts(now time.Time) string {
	micro := max(now.UnixMicro(), i.lastTS+1)
	i.lastTS = micro
	return formatTS(micro)
}

func formatTS(micro int64) string { return fmt.Sprintf("%d.%06d", micro/1e6, micro%1e6) }
