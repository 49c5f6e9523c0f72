package apollo

import (
	"encoding/json"
	"regexp"
	"strings"
)

// errorBody is what an error answer said, in any of the forms that Apollo uses
// (documented): plain text, {"error"}, {"message"}, and since September 2026
// {"error", "error_details"}. Its texts may quote addresses and never leave
// this package.
type errorBody struct {
	code string
	text string
}

func readErrorBody(raw []byte) errorBody {
	var body struct {
		Error     any `json:"error"`
		ErrorCode any `json:"error_code"`
		Message   any `json:"message"`
		Details   struct {
			Code any `json:"code"`
		} `json:"error_details"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return errorBody{text: string(raw[:min(len(raw), 1000)])}
	}
	return errorBody{
		code: firstString(body.Details.Code, body.ErrorCode),
		text: firstString(body.Error, body.Message),
	}
}

func firstString(values ...any) string {
	for _, v := range values {
		if s, ok := v.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

var codeForm = regexp.MustCompile(`^[A-Z][A-Z_]*(\.[A-Z_]+)*$`)

// names tells whether a 403 names a grant as the one that is missing.
func (b errorBody) names(grant string) bool { return strings.Contains(b.text, grant) }

// safeCode gives the error code when it has the published form.
func (b errorBody) safeCode() string {
	if len(b.code) > 80 || !codeForm.MatchString(b.code) {
		return ""
	}
	return b.code
}

// paidOnly tells the 403 of a call that the plan does not include (documented).
func (b errorBody) paidOnly() bool { return strings.Contains(b.text, "paid plans") }

// sequenceLock tells the 429 of the team-wide lock on sequence writes from one
// of a spent quota (documented). Only the text differs.
func (b errorBody) sequenceLock() bool {
	return strings.Contains(b.text, "already processing the request for your sequence")
}
