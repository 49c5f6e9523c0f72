package apollo

import "time"

const timeForm = "2006-01-02T15:04:05.000Z"

// stamp writes a time as Apollo does; the zero time is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(timeForm)
}

// orNull turns an empty text into null.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// filled gives an empty list instead of null.
func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func truth(b *bool) any {
	if b == nil {
		return nil
	}
	return *b
}
