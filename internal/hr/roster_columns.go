package hr

import (
	"fmt"
	"slices"
	"strings"

	"handover/domain"
)

// aliases are the names under which exports have a column. No vendor publishes a
// fixed header: reports are made by hand. They stand in the form that plainName
// gives.
var aliases = map[string][]string{
	"email": {"email", "emailaddress", "workemail", "workemailaddress", "companyemail", "businessemail", "corporateemail", "primaryemail", "primaryworkemail"},
	"employment": {"employmentid", "employeeid", "employeenumber", "employeeno", "employeecode", "employeeidincompany", "workerid", "personnelnumber",
		"personnelno", "staffid", "staffnumber"},
	"name":       {"name", "fullname", "displayname", "employeename", "workername"},
	"first":      {"firstname", "givenname"},
	"last":       {"lastname", "surname", "familyname"},
	"manager":    {"manageremail", "manageremailaddress", "managersemail", "managerworkemail", "supervisoremail", "linemanageremail", "reportstoemail", "reportingtoemail"},
	"department": {"department", "departmentname", "dept"},
	"title":      {"title", "jobtitle", "position", "businesstitle"},
	"location":   {"location", "office", "site", "worklocation"},
	"kind":       {"employmenttype", "workertype", "employeetype", "contracttype"},
	"status":     {"status", "employeestatus", "workerstatus"},
	"starts":     {"startdate", "hiredate", "dateofhire", "joiningdate", "joindate", "dateofjoining", "employmentstart", "employmentstartdate"},
	"lastday": {"lastday", "lastworkingday", "lastdayofwork", "terminationdate", "enddate", "exitdate", "leavedate", "leavingdate", "contractend", "contractenddate",
		"employmentend", "employmentenddate", "separationdate"},
	"zone": {"timezone", "tz"},
}

// fallbacks are names that often mean something else; they count where no better
// column is there. A manager often stands there by name, which tells nobody.
var fallbacks = map[string][]string{
	"status":  {"employmentstatus"},
	"manager": {"manager", "supervisor", "linemanager", "reportsto", "reportingto"},
	"starts":  {"originalhiredate"},
}

// columns is where each field stands.
type columns struct {
	at      map[string]int
	header  []string
	unread  []string
	guessed bool // the manager's column may hold names
}

// plainName is a name of a column without what people write differently.
func plainName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.TrimRight(s, "# ") == "employee" && strings.Contains(s, "#") {
		return "employeenumber" // BambooHR's "Employee #"
	}
	return strings.NewReplacer(" ", "", "_", "", "#", "", "-", "", "'", "", "’", "", "\u00a0", "").Replace(s)
}

// findColumns reads the header. Two columns for one field are refused: which of
// them is meant, nobody can tell.
func findColumns(header []string, line int) (columns, *Problem) {
	c := columns{at: map[string]int{}, header: append([]string{}, header...)}
	used := map[int]bool{}
	for _, names := range []map[string][]string{aliases, fallbacks} {
		for _, field := range fieldsOfRoster {
			if _, found := c.at[field]; found {
				continue
			}
			for i, cell := range header {
				if !slices.Contains(names[field], plainName(cell)) {
					continue
				}
				if other, twice := c.at[field]; twice {
					return c, &Problem{Line: line, Text: fmt.Sprintf("the columns %q and %q both give the %s: take one of them out", header[other], cell, spoken[field])}
				}
				c.at[field], used[i] = i, true
				c.guessed = c.guessed || field == "manager" && slices.Contains(fallbacks["manager"], plainName(cell))
			}
		}
	}
	if _, ok := c.at["email"]; !ok {
		return c, &Problem{Line: line, Text: "no column gives the work email: name it email"}
	}
	for i, cell := range header {
		if !used[i] && strings.TrimSpace(cell) != "" {
			c.unread = append(c.unread, strings.TrimSpace(cell))
		}
	}
	return c, nil
}

var fieldsOfRoster = []string{"email", "employment", "name", "first", "last", "manager", "department", "title", "location", "kind", "status", "starts", "lastday", "zone"}

// spoken are the fields for a reader.
var spoken = map[string]string{"email": "email", "employment": "employment id", "name": "name", "first": "first name", "last": "last name", "manager": "manager's email",
	"department": "department", "title": "title", "location": "location", "kind": "employment type", "status": "status", "starts": "start date", "lastday": "last day",
	"zone": "time zone"}

// cell is the field of a line, "" where the file has no such column.
func (c columns) cell(record []string, field string) string {
	i, ok := c.at[field]
	if !ok {
		return ""
	}
	return strings.TrimSpace(record[i])
}

// settleManagers decides whether a column called manager holds emails: if any
// does, all must; if none does, the column holds names and is not read.
func (c *columns) settleManagers(x *roster) {
	if c.guessed {
		emails := false
		for _, row := range x.rows {
			emails = emails || domain.LooksLikeEmail(row.Manager)
		}
		if !emails {
			c.unread = append(c.unread, strings.TrimSpace(c.header[c.at["manager"]]))
			for i := range x.rows {
				x.rows[i].Manager = ""
			}
		}
	}
	for _, row := range x.rows {
		if err := row.Check(); err != nil {
			x.bad(row.Line, "%s", strings.TrimPrefix(err.Error(), fmt.Sprintf("line %d: ", row.Line)))
		}
	}
}
