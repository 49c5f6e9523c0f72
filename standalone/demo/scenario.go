package demo

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// Scenario is one story.
type Scenario struct {
	Name  string
	About string
	// Leavers are who leaves; nil is Dana.
	Leavers []string
	// Tenant makes the simulated team; nil is the demo's own.
	Tenant func() sim.TenantSpec
	// Simulator changes the simulator's options.
	Simulator func(*sim.Options)
	// Policy changes what the policy file says.
	Policy func(*PolicyText)
	// Doors starts what else the story is about, beside the app and Slack, writes it
	// into the policy and gives the variables of the installation.
	Doors func(s *Stage, p *PolicyText) (map[string]string, error)
	// Play starts the runs and does what the people of the story do beside the
	// robot. It returns the ids of the runs to wait for.
	Play func(ctx context.Context, s *Stage) ([]string, error)
	// Robot changes how the robot answers; nil answers everything properly.
	Robot func(*Robot)
	// Expect is the state in which each step must end; steps that it does not
	// name must be settled.
	Expect map[domain.StepKey]domain.StepState
	// State is how the runs must end; "" is closed.
	State domain.RunState
	// Check looks at the simulator and the runs at the end, beyond the usual.
	Check func(ctx context.Context, s *Stage) error
	// Changes are kinds of records that the people of the story change themselves.
	Changes []sim.Kind
	// Kept says that the leaver keeps what they owned: the run was undone.
	Kept bool
}

// scenarios are the stories in the order in which they are listed.
func scenarios() []Scenario {
	return []Scenario{leaver(), soleAdmin(), twoAdmins(), annualContract(), stubborn(), drift(), undo(), big(), approvals(), hrStory(), brake(), fourDoors(), workspace(), joiner(), space(), review(), assess()}
}

// Find finds a story by name.
func Find(name string) (Scenario, error) {
	for _, s := range scenarios() {
		if s.Name == name {
			return s, nil
		}
	}
	return Scenario{}, fmt.Errorf("find scenario: there is none named %q: `--demo list` names them", name)
}

// List prints the stories.
func List(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, s := range scenarios() {
		_, _ = fmt.Fprintf(w, "%s\t%s\n", s.Name, s.About)
	}
	return w.Flush()
}

// Usual is how the steps of a leaver end when the tenant has SCIM.
func Usual() map[domain.StepKey]domain.StepState {
	return map[domain.StepKey]domain.StepState{
		domain.StepPromote: domain.StepSkipped, domain.StepDeactivate: domain.StepVerified, domain.StepUnlink: domain.StepVerified,
		domain.StepAccounts: domain.StepVerified, domain.StepContacts: domain.StepVerified, domain.StepDeals: domain.StepVerified,
		domain.StepSequences: domain.StepVerified, domain.StepTasks: domain.StepVerified, domain.StepEnrolments: domain.StepAttested,
		domain.StepWorkflows: domain.StepAttested, domain.StepLists: domain.StepVerified, domain.StepCRM: domain.StepAttested,
		domain.StepSeat: domain.StepVerified, domain.StepSweep: domain.StepVerified,
	}
}

// with returns a copy of the usual ends with some of them changed.
func with(changes map[domain.StepKey]domain.StepState) map[domain.StepKey]domain.StepState {
	expect := Usual()
	for key, state := range changes {
		expect[key] = state
	}
	return expect
}
