package hr

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

// bambooBody is a delivery in BambooHR's field form, as its documentation shows
// it, with one employee.
func bambooBody(fields string, changed ...string) string {
	names := `"` + strings.Join(changed, `","`) + `"`
	if len(changed) == 0 {
		names = ""
	}
	return `{"employees":[{"action":"Updated","changedFields":[` + names + `],"fields":{` + fields + `},"id":"12345","timestamp":"2026-11-20T09:12:00+0000"}]}`
}

func TestWhatBambooHRMeans(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, &domain.HRSource{Kind: domain.HRKindBamboo, Secret: "B", TimeZone: "America/New_York"})
	const email = `"Work Email":"dana@example.com",`
	for name, c := range map[string]struct {
		fields  string
		changed []string
		want    domain.HREventType
		moment  string
		starts  string
		key     string
	}{
		"an end ahead":             {email + `"Status":"Active","Termination Date":"2026-12-18"`, []string{"Termination Date"}, domain.HREnding, "2026-12-18T23:59:00", "", "12345"},
		"names of the API":         {`"workEmail":"dana@example.com","status":"Active","terminationDate":"2026-12-18"`, nil, domain.HREnding, "2026-12-18T23:59:00", "", "12345"},
		"values in objects":        {`"workEmail":{"value":"dana@example.com"},"status":{"value":"Active"},"terminationDate":{"value":"2026-12-18"}`, nil, domain.HREnding, "2026-12-18T23:59:00", "", "12345"},
		"an end today":             {email + `"Status":"Inactive","Termination Date":"2026-11-20"`, nil, domain.HREnding, "2026-11-20T23:59:00", "", "12345"},
		"an end without a status":  {email + `"Termination Date":"2026-12-18"`, nil, domain.HREnding, "2026-12-18T23:59:00", "", "12345"},
		"gone long ago":            {email + `"Status":"Inactive","Termination Date":"2026-10-01"`, nil, domain.HREndedNow, "", "", "12345"},
		"gone without a date":      {email + `"Status":"Inactive","Termination Date":"0000-00-00"`, nil, domain.HREndedNow, "", "", "12345"},
		"terminated by its list":   {email + `"Employment Status":"Terminated"`, nil, domain.HREndedNow, "", "", "12345"},
		"taken back":               {email + `"Status":"Active","Termination Date":""`, []string{"Termination Date"}, domain.HRRetracted, "", "", "12345"},
		"active again":             {email + `"Status":"Active","Termination Date":null`, []string{"Status"}, domain.HRRetracted, "", "", "12345"},
		"no date was posted":       {email + `"Status":"Active"`, []string{"Status"}, domain.HRChanged, "", "", "12345"},
		"hired":                    {email + `"Status":"Active","Hire Date":"2027-01-04","Termination Date":""`, []string{"Hire Date", "Status"}, domain.HRStarting, "", "2027-01-04", "12345"},
		"hired again":              {email + `"Status":"Active","Hire Date":"2026-11-20","Original Hire Date":"2019-03-01","Termination Date":""`, []string{"Status"}, domain.HRStarting, "", "2026-11-20", "12345@2026-11-20"},
		"leaves after a rehire":    {email + `"Status":"Active","Hire Date":"2026-01-05","Original Hire Date":"2019-03-01","Termination Date":"2026-12-18"`, nil, domain.HREnding, "2026-12-18T23:59:00", "2026-01-05", "12345@2026-01-05"},
		"the first hire":           {email + `"Hire Date":"2019-03-01","Original Hire Date":"2019-03-01"`, []string{"Department"}, domain.HRChanged, "", "2019-03-01", "12345"},
		"another department":       {email + `"Status":"Active","Department":"Sales","Termination Date":""`, []string{"Department"}, domain.HRChanged, "", "", "12345"},
		"part time, an end stands": {email + `"Status":"Active","Employment Status":"Part-Time","Termination Date":"2026-12-18"`, []string{"Employment Status"}, domain.HREnding, "2026-12-18T23:59:00", "", "12345"},
	} {
		got := s.read([]byte(bambooBody(c.fields, c.changed...)), delivery{now: testNow, sentAt: testNow})
		require.Len(t, got, 1, name)
		require.Equal(t, take, got[0].verdict, "%s: %v", name, got[0].why)
		e := got[0].event
		require.Equal(t, c.want, e.Type, name)
		require.Equal(t, []string{c.key, "dana@example.com", c.starts}, []string{e.Employment, e.Email, e.Starts}, name)
		require.Equal(t, testNow.Add(-3*60e9), e.OccurredAt, name)
		if c.moment == "" {
			require.Nil(t, e.LastMoment, name)
			continue
		}
		require.Equal(t, &domain.LastMoment{Local: c.moment, Zone: "America/New_York"}, e.LastMoment, name)
	}
}

func TestWhatBambooHRDoesNotSay(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, &domain.HRSource{Kind: domain.HRKindBamboo, Secret: "B"})
	for name, c := range map[string]struct {
		body    string
		verdict verdict
		says    string
	}{
		"the event form":           {`{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"12345","employeeId":"67890","changedFields":["firstName"]}}`, note, "field form"},
		"created":                  {`{"employees":[{"id":"1","action":"Created","timestamp":"2026-11-20T09:12:00+0000","changedFields":[],"fields":{}}]}`, ignore, ""},
		"created, fields as list":  {`{"employees":[{"id":"1","action":"Created","timestamp":"2026-11-20T09:12:00+0000","changedFields":[],"fields":[]}]}`, ignore, ""},
		"deleted":                  {`{"employees":[{"id":"1","action":"Deleted","timestamp":"2026-11-20T09:12:00+0000","changedFields":[],"fields":[]}]}`, note, "deleted"},
		"no fields chosen":         {`{"employees":[{"id":"1","action":"Updated","timestamp":"2026-11-20T09:12:00+0000","changedFields":["Status"]}]}`, note, "choose in the webhook"},
		"no email":                 {bambooBody(`"Status":"Inactive"`), refuse, "email is missing"},
		"active, gone long ago":    {bambooBody(`"Work Email":"dana@example.com","Status":"Active","Termination Date":"2026-10-01"`), refuse, "Status does not say Inactive"},
		"no status, gone long ago": {bambooBody(`"Work Email":"dana@example.com","Termination Date":"2026-10-01"`), refuse, "Status does not say Inactive"},
		"a date in words":          {bambooBody(`"Work Email":"dana@example.com","Termination Date":"soon"`), refuse, "last_moment: "},
		"another document":         {`{"hello":1}`, refuse, "no list of people"},
	} {
		got := s.read([]byte(c.body), delivery{now: testNow})
		require.Len(t, got, 1, name)
		require.Equal(t, c.verdict, got[0].verdict, name)
		if c.says != "" {
			require.Contains(t, got[0].why.text, c.says, name)
		}
	}
	own := sourceOf(t, &domain.HRSource{Kind: domain.HRKindBamboo, Secret: "B", Types: map[string]string{"Deleted": "employment.ended_now"},
		Fields: map[string]domain.HRField{"email": {From: []string{"fields.Mail"}}}, EndedNowIsCutNow: true})
	got := own.read([]byte(strings.Replace(bambooBody(`"Mail":"dana@example.com"`), "Updated", "Deleted", 1)), delivery{now: testNow})
	require.Equal(t, domain.HREndedNow, got[0].event.Type, "the policy's word counts before ours")
	require.True(t, got[0].event.CutNow)
}

func TestBambooHRAtTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]*domain.HRSource{"bamboo": {Kind: domain.HRKindBamboo, Secret: "B"}}, nil)
	stamp := strconv.FormatInt(testNow.Unix(), 10)
	send := func(body string, upper bool, header ...string) told {
		signature := keyedSign(body + stamp)
		if upper {
			signature = strings.ToUpper(signature)
		}
		return w.send("/hooks/hr/bamboo", body, append([]string{"X-BambooHR-Signature", signature, "X-BambooHR-Timestamp", stamp}, header...)...)
	}
	body := bambooBody(`"Work Email":"dana@example.com","Status":"Active","Termination Date":"2026-12-18"`)
	a := send(body, false)
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	require.Equal(t, bodyID([]byte(body))+"/1", a.answer.ID)
	require.True(t, send(body, true).answer.Duplicate, "the same in the other case of hex")
	require.Equal(t, http.StatusUnsupportedMediaType, send("employees=1", false, "Content-Type", "application/x-www-form-urlencoded").status)

	thin := `{"type":"employee.updated","timestamp":"2026-11-20T09:12:00+0000","data":{"companyId":"1","employeeId":"2","changedFields":[]}}`
	a = send(thin, false)
	require.Equal(t, http.StatusAccepted, a.status, "BambooHR would give up otherwise")
	require.Contains(t, a.answer.Note, "field form")
	require.Len(t, w.kept(), 1)
	require.Equal(t, 1, w.refusals()[codeUnmapped])
	_, err := hex.DecodeString(keyedSign(body))
	require.NoError(t, err)
}
