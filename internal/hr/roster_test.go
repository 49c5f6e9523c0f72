package hr

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"handover/domain"
)

func TestARosterIsRead(t *testing.T) {
	t.Parallel()
	dana := domain.RosterRow{Line: 2, Employment: "7", Email: "dana@example.com", Name: "Dana Reyes", Manager: "eli@example.com", Department: "Sales", Title: "AE",
		Location: "Berlin", Kind: "employee", Status: domain.RosterActive, Starts: "2024-01-31", LastDay: "2026-12-18", Zone: "Europe/Berlin"}
	bamboo := dana
	bamboo.Manager, bamboo.Zone = "", ""
	for name, c := range map[string]struct {
		file   string
		want   domain.RosterRow
		unread []string
	}{
		"our own names": {"employment_id,email,name,manager_email,department,title,location,employment_type,status,start_date,last_day,time_zone\n" +
			"7,dana@example.com,Dana Reyes,eli@example.com,Sales,AE,Berlin,employee,active,2024-01-31,2026-12-18,Europe/Berlin\n", dana, nil},
		"BambooHR's labels": {"\xef\xbb\xbfEmployee #,First Name,Last Name,Preferred Name,Hire Date,Employment Status,Employment Status: Date,Status,Job Title,Department,Division,Location,Reporting to,Work Email,Termination Date,Employment Type\r\n" +
			"7,Dana,Reyes,Dani,2024-01-31,Full-Time,2024-01-31,Active,AE,Sales,EMEA,Berlin,Eli Moss,dana@example.com,2026-12-18,employee\r\n", bamboo,
			[]string{"Preferred Name", "Employment Status", "Employment Status: Date", "Division", "Reporting to"}},
		"Workday's labels, semicolons": {"Employee_ID;Full_Name;Hire_Date;Manager;Email;Location;Termination_Date;Department;Job Title;Worker Type;Status;Time Zone\n" +
			"7;Dana Reyes;2024-01-31;eli@example.com;dana@example.com;Berlin;2026-12-18;Sales;AE;employee;active;Europe/Berlin\n", dana, nil},
		"tabs, quotes, case": {"EMPLOYEE ID\t\"E-mail\"\tname\tManager's Email\tDept\tPosition\tOffice\tContract Type\tStatus\tDate of hire\tLast working day\tTZ\n" +
			"7\tdana@example.com\t\"Dana Reyes\"\teli@example.com\tSales\tAE\tBerlin\temployee\tactive\t2024-01-31\t2026-12-18\tEurope/Berlin\n", dana, nil},
		"a line that names the separator": {"sep=;\nemployee id;work email;name;manager;department;title;location;employment type;status;start date;contract end;time zone\n" +
			"7;dana@example.com;Dana Reyes;eli@example.com;Sales;AE;Berlin;employee;active;2024-01-31;2026-12-18;Europe/Berlin\n",
			func() domain.RosterRow { d := dana; d.Line = 3; return d }(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var unread []string
			rows, problems := ReadRoster(strings.NewReader(c.file), RosterOptions{Unread: &unread})
			require.Empty(t, problems)
			require.Equal(t, []domain.RosterRow{c.want}, rows)
			require.Equal(t, c.unread, unread)
		})
	}
}

func TestLinesAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	file := "\n\nemail,name\n" + // 3
		"dana@example.com,\"Dana\n\"\"of\"\" \nSales\"\n" + // 4 to 6
		"\n,\n" + // 8: nobody
		"eli@example.com,\"Eli, Jr.\"\r\n" // 9
	rows, problems := ReadRoster(strings.NewReader(file), RosterOptions{})
	require.Empty(t, problems)
	require.Equal(t, []domain.RosterRow{{Line: 4, Email: "dana@example.com", Name: "Dana\n\"of\" \nSales"}, {Line: 9, Email: "eli@example.com", Name: "Eli, Jr."}}, rows)
	_, problems = ReadRoster(strings.NewReader(file+"nobody,x\n"), RosterOptions{})
	require.Equal(t, []Problem{{Line: 10, Text: "email is missing, or no address"}}, problems)
}

func TestStatusesAreWordsThatAreKnown(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"": "", "Active": domain.RosterActive, "FULL-TIME": domain.RosterActive, "On Leave": domain.RosterOnLeave,
		"on_leave": domain.RosterOnLeave, "Parental leave": domain.RosterOnLeave, "maternity-leave": domain.RosterOnLeave, "Inactive": domain.RosterLeft,
		"TERMINATED": domain.RosterLeft, "left": domain.RosterLeft} {
		rows, problems := ReadRoster(strings.NewReader("email,status\ndana@example.com,"+word+"\n"), RosterOptions{})
		require.Empty(t, problems, word)
		require.Equal(t, want, rows[0].Status, word)
	}
	for _, word := range []string{"garden leave", "suspended", "unknown", "0", "gone fishing"} {
		_, problems := ReadRoster(strings.NewReader("email,status\ndana@example.com,"+word+"\n"), RosterOptions{})
		require.Len(t, problems, 1, word)
		require.Equal(t, 2, problems[0].Line)
		require.NotContains(t, problems[0].Text, word)
	}
	rows, problems := ReadRoster(strings.NewReader("email,status,last day\ndana@example.com,on notice,2026-12-18\n"), RosterOptions{})
	require.Empty(t, problems)
	require.Equal(t, domain.RosterActive, rows[0].Status)
	_, problems = ReadRoster(strings.NewReader("email,status,last day\ndana@example.com,on notice,\n"), RosterOptions{})
	require.Len(t, problems, 1)
	rows, problems = ReadRoster(strings.NewReader("email,employment status\ndana@example.com,Terminated\n"), RosterOptions{})
	require.Empty(t, problems)
	require.Equal(t, domain.RosterLeft, rows[0].Status, "where there is no other column")
}

func TestDatesAreNotGuessed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, format, want, wrong string }{
		{"2026-12-18", "", "2026-12-18", ""},
		{"2026-2-8", "", "2026-02-08", ""},
		{"2028-02-29", "", "2028-02-29", ""},
		{"2026-12-18 17:30", "", "2026-12-18T17:30:00", ""},
		{"2026-12-18T17:30:05", "dmy", "2026-12-18T17:30:05", ""},
		{"2026-12-18 00:00:00.000", "", "2026-12-18", ""},
		{"18-Dec-2026", "", "2026-12-18", ""},
		{"18 December 2026", "", "2026-12-18", ""},
		{"Sept 3, 2026", "", "2026-09-03", ""},
		{"03/04/2026", "dmy", "2026-04-03", ""},
		{"03/04/2026", "mdy", "2026-03-04", ""},
		{"3.4.2026", "dmy", "2026-04-03", ""},
		{"2026/04/03", "ymd", "2026-04-03", ""},
		{"18/12/2026 17:30", "dmy", "2026-12-18T17:30:00", ""},
		{"", "", "", ""}, {"0000-00-00", "", "", ""}, {"9999-12-31", "", "", ""}, {"n/a", "", "", ""}, {"0001-01-01", "", "", ""},
		{"03/04/2026", "", "", errAmbiguous.Error()},
		{"25/12/2026", "", "", errAmbiguous.Error()},
		{"2026/12/18", "", "", errAmbiguous.Error()},
		{"3.4.2026", "", "", errAmbiguous.Error()},
		{"2026-02-30", "", "", errNoDay.Error()},
		{"2026-02-29", "", "", errNoDay.Error()},
		{"31/04/2026", "dmy", "", errNoDay.Error()},
		{"25/12/2026", "mdy", "", errNoDay.Error()},
		{"31-Sep-2026", "", "", errNoDay.Error()},
		{"2026/12/18", "dmy", "", errOrder.Error()},
		{"03/04/26", "dmy", "", errShortYear.Error()},
		{"46374", "", "", errSerial.Error()},
		{"2026-12-18T17:30:00Z", "", "", errOffset.Error()},
		{"2026-12-18T17:30:00+01:00", "", "", errOffset.Error()},
		{"2026-12-18 25:00", "", "", errNoDate.Error()},
		{"soon", "", "", errNoDate.Error()}, {"18-Foo-2026", "", "", errNoDate.Error()}, {"2026-12", "", "", errNoDate.Error()}, {"03/04-2026", "dmy", "", errNoDate.Error()},
	} {
		name := c.text + " " + c.format
		rows, problems := ReadRoster(strings.NewReader("email,last day\ndana@example.com,\""+c.text+"\"\n"), RosterOptions{DateFormat: c.format})
		if c.wrong != "" {
			require.Equal(t, []Problem{{Line: 2, Text: "last day: " + c.wrong}}, problems, name)
			continue
		}
		require.Empty(t, problems, name)
		require.Equal(t, c.want, rows[0].LastDay, name)
	}
	_, problems := ReadRoster(strings.NewReader("email,start date\ndana@example.com,2026-12-18 17:30\n"), RosterOptions{})
	require.Len(t, problems, 1, "a hire begins on a day")
	_, problems = ReadRoster(strings.NewReader("email\n"), RosterOptions{DateFormat: "d"})
	require.Equal(t, "the date format is none of dmy, mdy, ymd", problems[0].Text)
}

func TestWhatARosterMustNotBe(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longestCell+1)
	for name, c := range map[string]struct {
		file string
		line int
		says string
	}{
		"empty":              {"", 0, "empty"},
		"only white space":   {" \n\n", 0, "empty"},
		"only a header":      {"email\n", 0, "names nobody"},
		"no email":           {"name\nDana\n", 1, "no column gives the work email"},
		"UTF-16 with a mark": {"\xff\xfee\x00m\x00", 0, "UTF-16"},
		"UTF-16 without":     {"e\x00m\x00a\x00i\x00l\x00\n\x00", 1, "UTF-16"},
		"Latin-1":            {"email,name\ndana@example.com,Ren\xe9\n", 2, "UTF-8"},
		"a workbook":         {"PK\x03\x04rest", 0, "workbook"},
		"old line ends":      {"email\rdana@example.com\r", 0, "old Macs"},
		"two emails":         {"Email,Work Email\na@example.com,b@example.com\n", 1, `"Email" and "Work Email"`},
		"two last days":      {"email,End Date,Termination Date\na@example.com,,\n", 1, `"End Date" and "Termination Date"`},
		"email twice":        {"email\na@example.com\nb@example.com\nA@Example.com \n", 4, "stands in line 2 already"},
		"employment twice":   {"email,employee id\na@example.com,7\nb@example.com,7\n", 3, "stands in line 2 already"},
		"too few fields":     {"email,name\na@example.com\n", 2, "has 1 fields, the header has 2"},
		"too many fields":    {"email,name\na@example.com,Reyes, Dana\n", 2, "has 3 fields"},
		"open quote":         {"email,name\na@example.com,\"Dana\nb@example.com,Bo\n", 2, "quote"},
		"quote in a field":   {"email,name\na@example.com,Da\"na\n", 2, "quote"},
		"long field":         {"email,name\na@example.com," + long + "\n", 2, "more than 500"},
		"zone":               {"email,time zone\na@example.com,Berlin\n", 2, "IANA"},
		"own manager":        {"email,manager\na@example.com,A@example.com\n", 2, "the manager is the person"},
		"a manager by name":  {"email,manager\na@example.com,b@example.com\nc@example.com,Dana Reyes\n", 3, "the manager's email is no address"},
		"named column":       {"email,manager email\na@example.com,Dana Reyes\n", 2, "the manager's email is no address"},
		"too many lines":     {"email\n" + strings.Repeat("\n", rosterLines) + "a@example.com\n", rosterLines + 2, "more than 200000 lines"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, problems := ReadRoster(strings.NewReader(c.file), RosterOptions{})
			require.Nil(t, rows, "nothing can be applied")
			require.Len(t, problems, 1)
			require.Equal(t, c.line, problems[0].Line, problems[0])
			require.Contains(t, problems[0].String(), c.says)
		})
	}
}

func TestAllProblemsAreTold(t *testing.T) {
	t.Parallel()
	rows, problems := ReadRoster(strings.NewReader("email,status,start date,last day\nx,asleep,03/04/2026,soon\na@example.com,active,,\nb@example.com,\n"), RosterOptions{})
	require.Nil(t, rows)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	require.Equal(t, []int{2, 2, 2, 2, 4}, lines)
	_, problems = ReadRoster(strings.NewReader("email\n"+strings.Repeat("nobody\n", 250)), RosterOptions{})
	require.Len(t, problems, mostProblems+1)
	require.Equal(t, "and 399 more", problems[mostProblems].String(), "250 no addresses, 249 of them twice")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("away") }

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestFilesThatDoNotEnd(t *testing.T) {
	t.Parallel()
	_, problems := ReadRoster(io.MultiReader(strings.NewReader("email\na@example.com\n"), broken{}), RosterOptions{})
	require.Equal(t, "the file cannot be read to its end", problems[0].String())
	_, problems = ReadRoster(endless{}, RosterOptions{})
	require.Contains(t, problems[0].String(), "64 MiB")
}

func TestAWholeCompanyIsRead(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("email,name,department,status\n")
	for i := range 100_000 {
		_, _ = fmt.Fprintf(&b, "p%d@example.com,\"Person, %d\",Sales,active\n", i, i)
	}
	rows, problems := ReadRoster(strings.NewReader(b.String()), RosterOptions{})
	require.Empty(t, problems)
	require.Len(t, rows, 100_000)
	require.Equal(t, 100_001, rows[99_999].Line)
}

func FuzzARosterIsReadWholeOrNotAtAll(f *testing.F) {
	for _, file := range []string{"email,last day\na@example.com,2026-12-18\n", "sep=;\nemail;name\na@example.com;\"x\ny\"\n", "\xef\xbb\xbfEmail\tStatus\na@example.com\ton leave\n",
		"email,manager\na@example.com,Dana\n", "email\n\"a", "e\x00", "email,start date\na@example.com,3.4.2026\n"} {
		f.Add(file, "dmy")
	}
	f.Fuzz(func(t *testing.T, file, format string) {
		rows, problems := ReadRoster(strings.NewReader(file), RosterOptions{DateFormat: format})
		require.NotEqual(t, len(rows) > 0, len(problems) > 0, "rows or problems")
		require.LessOrEqual(t, len(problems), mostProblems+1)
		emails, lines := map[string]bool{}, 0
		for _, row := range rows {
			require.NoError(t, row.Check())
			require.Greater(t, row.Line, lines)
			lines = row.Line
			require.LessOrEqual(t, lines, 1+strings.Count(file, "\n"))
			require.False(t, emails[domain.NormalEmail(row.Email)])
			emails[domain.NormalEmail(row.Email)] = true
			require.LessOrEqual(t, utf8.RuneCountInString(row.Name), longestCell)
		}
	})
}
