package demo

import (
	"fmt"
	"os"
	"strings"
	"text/template"
	"time"

	sim "handover/internal/sim/apollo"
)

// The people of the demo.
const (
	priya = "priya.nair@example.com" // IT administrator
	sam   = "sam.okafor@example.com" // revenue operations, the second administrator
	eli   = "eli.park@example.com"   // the leaver's manager
	finn  = "finn.walsh@example.com" // finance
	dana  = "dana.reyes@example.com" // leaves
	aiko  = "aiko.mori@example.com"  // a colleague
	ruth  = "ruth.adler@example.com" // auditor, no user of the app
)

// PolicyText is what differs between the policies of the stories.
type PolicyText struct {
	Order     string
	Plan      string
	Billing   string
	Renewal   string
	Bought    int
	Sweeps    string
	IndexLag  time.Duration
	Windows   string
	Admin     string
	Standard  string
	Seat      string
	Call      string
	Drift     string
	TaskLead  time.Duration
	Handover  string // the approval policy of plans
	Brake     string
	Doors     string // what stands beside the app's own interface
	Apps      string // further apps
	Provider  string // identity providers
	Rights    string // apps by birthright
	Approvals string // further approval policies
	Reviews   string // how access is reviewed
}

// DefaultPolicy is the policy of the usual story.
func DefaultPolicy() PolicyText {
	return PolicyText{Order: "guide", Plan: "organization", Billing: "annual", Renewal: time.Now().AddDate(0, 5, 0).Format(time.DateOnly), Bought: 16,
		Sweeps: "[0s, 2s, 4s]", IndexLag: 200 * time.Millisecond, Admin: sim.ProfileAdmin, Standard: sim.ProfileStandard,
		Seat: sim.ProfileBilling, Call: sim.ProfileCallAssistant, Drift: "{percent: 20, records: 10}", TaskLead: 2 * time.Second,
		Handover: `
    reminder: 1h
    stages:
      - {name: manager, who: [manager], backup: [app_owner, app_backup], timeout: 1h}`}
}

// policyTemplate is a whole policy. A demo shortens the values, not the code.
const policyTemplate = `version: 1
company:
  name: Example Ltd
  time_zone: Europe/Berlin
people:
  - {email: priya.nair@example.com, name: Priya Nair, roles: [admin, security]}
  - {email: sam.okafor@example.com, name: Sam Okafor, roles: [admin, security]}
  - {email: eli.park@example.com, name: Eli Park, manager: sam.okafor@example.com}
  - {email: finn.walsh@example.com, name: Finn Walsh, roles: [finance]}
  - {email: ruth.adler@example.com, name: Ruth Adler, roles: [auditor]}
  - {email: dana.reyes@example.com, name: Dana Reyes, manager: eli.park@example.com}
apps:
  apollo:
    kind: apollo.io
    plan: {{.Plan}}
    owner: priya.nair@example.com
    backup: sam.okafor@example.com
    order: {{.Order}}
    keep_together: true
    index_lag: {{.IndexLag}}
    drift: {{.Drift}}
    observe: 10s
{{- if .Windows}}
    windows: {{.Windows}}
{{- end}}
    profiles:
      {{.Admin}}: {name: Admin, admin: yes, full_seat: yes, seat: full}
      {{.Standard}}: {name: Standard, admin: no, full_seat: yes, seat: full}
      {{.Seat}}: {name: Billing and Seat Manager, admin: no, full_seat: no, seat: billing}
      {{.Call}}: {name: Call Assistant, admin: no, full_seat: no, seat: call_assistant}
    secrets:
      - {name: shared-dialer-login, instruction: "Change the password of the shared dialer login and hand the new one to the team."}
    seats:
      bought: {{.Bought}}
      as_of: "2026-11-01"
      said_by: plan overview page
      billing: {{.Billing}}
      renewal: "{{.Renewal}}"
      notice_days: 30
      lead_days: 14
      minimum: 3
      price_minor: 11900
      currency: USD
      price_date: "2026-02-26"
    approval: handover
    seat_approval: seats
{{- .Doors}}
{{- .Apps}}
{{- if .Provider}}
identity_providers:{{.Provider}}
{{- end}}
approvals:
  handover: {{.Handover}}
  seats:
    reminder: 1h
    stages:
      - {name: finance, who: ["role:finance"]}
{{- .Approvals}}
{{- if .Rights}}
birthright:{{.Rights}}
{{- end}}
{{- if .Brake}}
brake: {{.Brake}}
{{- end}}
{{- if .Reviews}}
reviews: {{.Reviews}}
{{- end}}
leaving:
  task_lead: {{.TaskLead}}
  urgent_page: 30s
  read_backs: [500ms, 1s, 2s]
  sweeps: {{.Sweeps}}
  slow_retry: 2s
  seat_check: 1s
  retry_initial: 200ms
  retry_max: 2s
  attempts: 4
  heartbeat: 1s
  reminder: 1h
`

// Write writes the whole policy file.
func (p PolicyText) Write(path string) error {
	var b strings.Builder
	if err := template.Must(template.New("policy").Parse(policyTemplate)).Execute(&b, p); err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}
