package hr

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/config"
)

func TestTheExampleOfTheManualWorks(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/handover.example.yaml")
	require.NoError(t, err)
	p, err := config.ParsePolicy("handover.example.yaml", raw)
	require.NoError(t, err)
	w := newWorld(t, p.HR.Sources, nil)
	require.Len(t, w.States(), 3)
	body := `{"delivery":{"uuid":"d-1","people":[
		{"event":"worker.terminated","employment":{"id":"e1","lastDay":"2026-12-18","kind":"FTE"},"work":{"email":"dana@example.com","cost.center":"Sales"},"first":"Dana","last":"Reyes",
		 "reportsTo":{"email":"eli@example.com"},"changedAt":"2026-11-20T09:12:00Z"},
		{"event":"worker.terminated","urgent":true,"employment":{"id":"e2"},"email":"fay@example.com","changedAt":"2026-11-20T09:12:00Z"},
		{"event":"worker.updated","employment":{"id":"e3"},"email":"gus@example.com","state":"parental","changedAt":"2026-11-20T09:12:00Z"},
		{"event":"worker.payroll"}]}}`
	stamp := strconv.FormatInt(testNow.Unix(), 10)
	mac := hmac.New(sha512.New, []byte(longer))
	mac.Write([]byte(stamp + "." + body))
	a := w.send("/hooks/hr/people-system", body, "X-Signature", "v1="+base64.StdEncoding.EncodeToString(mac.Sum(nil)), "X-Timestamp", stamp)
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	require.Equal(t, "d-1", a.answer.ID)
	require.Equal(t, 1, a.answer.Ignored)
	got := map[string]domain.HREvent{}
	for _, r := range w.kept() {
		got[r.Event.ID] = r.Event
	}
	require.Len(t, got, 3)
	dana := got["d-1/1"]
	require.Equal(t, []string{"employment.ending", "Dana Reyes", "Sales", "eli@example.com", "employee", "2026-12-18T23:59:00"},
		[]string{string(dana.Type), dana.Name, dana.Department, dana.Manager, dana.Kind, dana.LastMoment.Local})
	require.Equal(t, domain.HREndedNow, got["d-1/2"].Type)
	require.True(t, got["d-1/2"].CutNow)
	require.True(t, *got["d-1/3"].OnLeave)
}
