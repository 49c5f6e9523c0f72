package hr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func keyedSign(text string) string {
	mac := hmac.New(sha256.New, []byte(longer))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// mappedSource is a form like those of several vendors.
func mappedSource() *domain.HRSource {
	from := func(paths ...string) domain.HRField { return domain.HRField{From: paths} }
	return &domain.HRSource{Kind: domain.HRKindMapped, Signature: domain.HRHMAC, Secret: "MAPPED", HMAC: domain.HRSigning{Header: "X-Sign", Algorithm: "sha256", Encoding: "hex"},
		ID: "uuid",
		Fields: map[string]domain.HRField{"type": from("event"), "employment_id": from("data.job.id"), "email": from("data.work.email", "data.emails[0]"),
			"name": from("data.displayName", "data.first + data.last"), "occurred_at": from("at"), "last_moment": from("data.job.last"), "start_date": from("data.job.first"),
			"time_zone": from("data.site"), "on_leave": from("data.state"), "employment_type": {From: []string{"data.job.kind"}, Constant: "employee"}, "confidential": from("data.secret"),
			"reason": from(`data["why.code"]`)},
		Types:    map[string]string{"left": "employment.ending", "cancelled": "employment.retracted", "hired": "employment.starting", "seen": domain.HRIgnore, "changed": "person.changed"},
		When:     []domain.HRWhen{{If: map[string]string{"event": "left", "data.urgent": "true"}, Then: "employment.ended_now"}, {If: map[string]string{"event": "changed", "data.job.last": "*"}, Then: "employment.moved"}},
		Values:   map[string]map[string]string{"time_zone": {"Berlin": "Europe/Berlin", "New York": "America/New_York"}, "on_leave": {"parental": "true", "*": "false"}, "employment_type": {"CTR": "contractor"}},
		TimeZone: "Europe/Berlin", EndedNowIsCutNow: true, Ping: []string{"Ping test", `{"text": "Ping test"}`}}
}

func sourceOf(t testing.TB, p *domain.HRSource) *source {
	t.Helper()
	s, err := newSource("other", *p, "Europe/Berlin", secretsOf(nil))
	require.NoError(t, err)
	return s
}

const left = `{"uuid":"d1","event":"left","at":"2026-11-20T10:12:00+0100","data":{"work":{"email":"dana@example.com"},"first":"Dana","last":"Reyes","site":"Berlin",
	"job":{"id":8123,"last":"2026-12-18","kind":"CTR"},"why.code":"R1"}}`

func TestAnotherFormIsMapped(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, mappedSource())
	yes, no := true, false
	base := domain.HREvent{ID: "d1", Source: "other", Type: domain.HREnding, Employment: "8123", Email: "dana@example.com", Name: "Dana Reyes", Kind: "contractor",
		OccurredAt: testNow.Add(-3 * time.Minute), LastMoment: &domain.LastMoment{Local: "2026-12-18T23:59:00", Zone: "Europe/Berlin"}, Reason: "R1"}
	for name, c := range map[string]struct {
		from, to string
		want     func(*domain.HREvent)
	}{
		"as it is":                  {"", "", func(*domain.HREvent) {}},
		"the next alternative":      {`"work":{"email":"dana@example.com"}`, `"work":{"email":null},"emails":["dana@example.com"]`, func(*domain.HREvent) {}},
		"the first alternative":     {`"first":"Dana"`, `"displayName":"D. Reyes","first":"Dana"`, func(e *domain.HREvent) { e.Name = "D. Reyes" }},
		"half of a name":            {`"first":"Dana",`, ``, func(e *domain.HREvent) { e.Name = "Reyes" }},
		"a constant":                {`,"kind":"CTR"`, ``, func(e *domain.HREvent) { e.Kind = "employee" }},
		"a value that is not named": {`"CTR"`, `"Intern"`, func(e *domain.HREvent) { e.Kind = "Intern" }},
		"a value of another":        {`"site":"Berlin"`, `"site":"New York"`, func(e *domain.HREvent) { e.LastMoment.Zone = "America/New_York" }},
		"no zone":                   {`"site":"Berlin",`, ``, func(*domain.HREvent) {}},
		"on leave":                  {`"first"`, `"state":"parental","first"`, func(e *domain.HREvent) { e.OnLeave = &yes }},
		"any other state":           {`"first"`, `"state":"office","first"`, func(e *domain.HREvent) { e.OnLeave = &no }},
		"confidential":              {`"first"`, `"secret":true,"first"`, func(e *domain.HREvent) { e.Confidential = true }},
		"seconds":                   {`"2026-11-20T10:12:00+0100"`, `1795165920`, func(*domain.HREvent) {}},
		"milliseconds":              {`"2026-11-20T10:12:00+0100"`, `"1795165920000"`, func(*domain.HREvent) {}},
		"a local time of HR":        {`"2026-11-20T10:12:00+0100"`, `"2026-11-20 10:12:00"`, func(*domain.HREvent) {}},
		"a time of day":             {`"2026-12-18"`, `"2026-12-18T17:30:00"`, func(e *domain.HREvent) { e.LastMoment.Local = "2026-12-18T17:30:00" }},
		"an instant":                {`"2026-12-18"`, `"2026-12-18T16:30:00Z"`, func(e *domain.HREvent) { e.LastMoment.Local = "2026-12-18T17:30:00" }},
		"a day as its midnight":     {`"2026-12-18"`, `"2026-12-18T00:00:00.000Z"`, func(*domain.HREvent) {}},
		"a day as local midnight":   {`"2026-12-18"`, `"2026-12-18 00:00:00"`, func(*domain.HREvent) {}},
		"a condition":               {`"first"`, `"urgent":"true","first"`, func(e *domain.HREvent) { e.Type, e.CutNow = domain.HREndedNow, true }},
		"a condition by a flag":     {`"first"`, `"urgent":true,"first"`, func(e *domain.HREvent) { e.Type, e.CutNow = domain.HREndedNow, true }},
		"a condition that is not":   {`"first"`, `"urgent":"false","first"`, func(*domain.HREvent) {}},
		"anything is there":         {`"left"`, `"changed"`, func(e *domain.HREvent) { e.Type = domain.HRMoved }},
		"taken back":                {`"left"`, `"cancelled"`, func(e *domain.HREvent) { e.Type = domain.HRRetracted }},
		"hired":                     {`"event":"left"`, `"event":"hired"`, nil},
	} {
		got := s.read([]byte(strings.Replace(left, c.from, c.to, 1)), delivery{now: testNow})
		require.Len(t, got, 1, name)
		if c.want == nil {
			require.Equal(t, refuse, got[0].verdict, name)
			require.Contains(t, got[0].why.text, "start_date", name)
			continue
		}
		want := base
		moment := *base.LastMoment
		want.LastMoment = &moment
		c.want(&want)
		require.Equal(t, take, got[0].verdict, "%s: %v", name, got[0].why)
		require.Equal(t, want, got[0].event, name)
	}
	hired := s.read([]byte(strings.NewReplacer(`"left"`, `"hired"`, `"last":"2026-12-18"`, `"first":"2027-01-31T00:00:00Z"`).Replace(left)), delivery{now: testNow})
	require.Equal(t, "2027-01-31", hired[0].event.Starts)
	next := mappedSource()
	next.DateOnly = domain.HRStartOfDay
	require.Equal(t, "2026-12-19T00:00:00", sourceOf(t, next).read([]byte(left), delivery{now: testNow})[0].event.LastMoment.Local)
	require.Equal(t, ignore, s.read([]byte(strings.Replace(left, `"left"`, `"seen"`, 1)), delivery{now: testNow})[0].verdict)
}

func TestWhatAMappingRefuses(t *testing.T) {
	t.Parallel()
	s := sourceOf(t, mappedSource())
	for name, c := range map[string]struct{ from, to, code, says string }{
		"a type that is not named":  {`"left"`, `"gone"`, codeUnmapped, "nothing in the policy file says"},
		"no type":                   {`"event":"left",`, ``, codeUnmapped, "nothing in the policy file says"},
		"thin":                      {`"work":{"email":"dana@example.com"},`, ``, codeInvalid, "email is missing"},
		"a list where a text is":    {`"dana@example.com"`, `["dana@example.com"]`, codeInvalid, "email: a list or an object"},
		"no id":                     {`"uuid":"d1",`, ``, codeInvalid, "id: nothing stands"},
		"a flag in other words":     {`"first"`, `"secret":"perhaps","first"`, codeInvalid, "confidential: "},
		"a moment in words":         {`"2026-12-18"`, `"soon"`, codeInvalid, "last_moment: "},
		"a zone that is not mapped": {`"site":"Berlin"`, `"site":"Munich"`, codeInvalid, "time_zone: "},
		"a day in words":            {`"last":"2026-12-18"`, `"last":"2026-12-18","first":"spring"`, codeInvalid, "start_date: "},
		"time with three digits":    {`"2026-11-20T10:12:00+0100"`, `123`, codeInvalid, "occurred_at: "},
		"no time of HR":             {`"at":"2026-11-20T10:12:00+0100",`, ``, codeInvalid, "occurred_at is missing"},
	} {
		got := s.read([]byte(strings.Replace(left, c.from, c.to, 1)), delivery{now: testNow})
		require.Equal(t, refuse, got[0].verdict, name)
		require.Equal(t, c.code, got[0].why.code, name)
		require.Contains(t, got[0].why.text, c.says, name)
	}
	signed := s.read([]byte(strings.Replace(left, `"at":"2026-11-20T10:12:00+0100",`, ``, 1)), delivery{now: testNow, sentAt: testNow})
	require.Equal(t, testNow, signed[0].event.OccurredAt, "a system that tells no time is taken at the time that it signed")
}

func TestOneDeliveryCarriesSeveralPeople(t *testing.T) {
	t.Parallel()
	p := mappedSource()
	p.ID, p.Each = domain.HRIDBody, "people"
	w := newWorld(t, map[string]*domain.HRSource{"list": p}, nil)
	two := `{"people":[` + left + `,` + strings.Replace(left, "dana@", "eli@", 1) + `]}`
	a := w.send("/hooks/hr/list", two, "X-Sign", keyedSign(two))
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	id := bodyID([]byte(two))
	require.Equal(t, answer{ID: id, Events: []answer{{ID: id + "/1"}, {ID: id + "/2"}}}, a.answer)
	a = w.send("/hooks/hr/list", two, "X-Sign", keyedSign(two))
	require.True(t, a.answer.Duplicate)
	require.Len(t, w.kept(), 2)

	mixed := `{"people":[{},` + strings.Replace(left, "dana@", "fay@", 1) + `,` + strings.Replace(left, `"left"`, `"seen"`, 1) + `]}`
	a = w.send("/hooks/hr/list", mixed, "X-Sign", keyedSign(mixed))
	require.Equal(t, http.StatusAccepted, a.status, "a leaving is not lost because the entry beside it is broken")
	require.Equal(t, answer{ID: bodyID([]byte(mixed)) + "/2", Refused: 1, Ignored: 1}, a.answer)
	require.Len(t, w.kept(), 3)

	for body, says := range map[string]string{`{"people":[{},{}]}`: "none of 2 events", `{"people":[]}`: "is empty", `{"people":{}}`: "no list", `{}`: "no list",
		`{"people":[` + strings.Repeat("0,", most) + `0]}`: "more than 1000"} {
		a = w.send("/hooks/hr/list", body, "X-Sign", keyedSign(body))
		require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
		require.Contains(t, a.problem.Detail, says)
	}
	require.Len(t, w.kept(), 3)
}

func TestMappedEventsAtTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]*domain.HRSource{"mapped": mappedSource()}, nil)
	for body, status := range map[string]int{"Ping test": 200, " Ping test\n": 200, `{"text":"Ping test"}`: 200, `{"text":"Ping"}`: 401, "ping test": 401} {
		require.Equal(t, status, w.send("/hooks/hr/mapped", body).status, body)
	}
	a := w.send("/hooks/hr/mapped", left, "X-Sign", keyedSign(left))
	require.Equal(t, answer{ID: "d1"}, a.answer)
	changed := strings.Replace(left, "Dana", "Dani", 1)
	require.True(t, w.send("/hooks/hr/mapped", changed, "X-Sign", keyedSign(changed)).answer.Duplicate, "an id is told once")
	seen := strings.NewReplacer(`"left"`, `"seen"`, `"d1"`, `"d2"`).Replace(left)
	a = w.send("/hooks/hr/mapped", seen, "X-Sign", keyedSign(seen))
	require.Equal(t, http.StatusAccepted, a.status)
	require.Equal(t, 1, a.answer.Ignored)
	gone := strings.NewReplacer(`"left"`, `"gone"`, `"d1"`, `"d3"`).Replace(left)
	require.Equal(t, "urn:handover:problem:hr-unmapped", w.send("/hooks/hr/mapped", gone, "X-Sign", keyedSign(gone)).problem.Type)
	require.Len(t, w.kept(), 1)
	require.Equal(t, "mapped", w.kept()[0].Event.Source)
	require.Equal(t, 1, w.refusals()[codeUnmapped])
}

func TestSourcesSayWhetherTheyAreHeard(t *testing.T) {
	t.Parallel()
	p := policyWith(map[string]*domain.HRSource{"bamboo": {Kind: domain.HRKindBamboo, Secret: "B"}, "mapped": mappedSource(), "none": nil})
	x, err := NewDoor(nil, nil, p, secretsOf(map[string]domain.Secret{SecretDefault: "", "B": longer}))
	require.NoError(t, err)
	require.Equal(t, []SourceState{{"bamboo", domain.HRKindBamboo, "B", true}, {"hr", domain.HRKindOurs, SecretDefault, false}, {"mapped", domain.HRKindMapped, "MAPPED", true}}, x.States())
	require.Equal(t, "/hooks/hr/bamboo", x.States()[0].Path())
	require.Equal(t, "/hooks/hr", x.States()[1].Path())
	_, err = NewDoor(nil, nil, p, secretsOf(map[string]domain.Secret{"B": "short"}))
	require.ErrorContains(t, err, "open HR source bamboo: read B")
	_, err = NewDoor(nil, nil, p, secretsOf(map[string]domain.Secret{SecretDefault: "s3cret"}))
	require.ErrorContains(t, err, SecretDefault)
	require.NotContains(t, err.Error(), "s3cret")
	_, err = NewDoor(nil, nil, p, func(string) (domain.Secret, error) { return "", fmt.Errorf("no file") })
	require.ErrorContains(t, err, "no file")
}

// FuzzWhatIsTakenHasPassed feeds the same bytes to every form: nothing panics,
// and what is taken has passed the domain's check.
func FuzzWhatIsTakenHasPassed(f *testing.F) {
	f.Add(ending)
	f.Add(left)
	f.Add(bambooBody(`"Work Email":"dana@example.com","Status":"Active","Termination Date":"2026-12-18"`))
	f.Add(`{"people":[` + left + `]}`)
	f.Add(`{"type":"employee.updated","data":{"employeeId":"1"}}`)
	f.Add(`[[[[{"a":null}]]]]`)
	list := mappedSource()
	list.ID, list.Each = domain.HRIDBody, "people"
	sources := []*source{}
	for _, p := range []*domain.HRSource{{Secret: SecretDefault}, mappedSource(), list, {Kind: domain.HRKindBamboo, Secret: "B"}} {
		sources = append(sources, sourceOf(f, p))
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, s := range sources {
			for _, one := range s.read([]byte(body), delivery{id: "d", now: testNow, sentAt: testNow}) {
				switch one.verdict {
				case take:
					require.NoError(t, one.event.Check(testNow))
					require.Equal(t, "other", one.event.Source)
				case note, refuse:
					require.NotEmpty(t, one.why.text)
				}
			}
		}
	})
}
