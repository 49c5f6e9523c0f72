package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"handover/domain"
	"handover/internal/config"
	"handover/internal/desk"
	"handover/internal/hr"
)

// hrDoor makes HR's door. A source whose secret is not set is told once, and not
// heard.
func (p *Parts) hrDoor(ctx context.Context) (*hr.Door, error) {
	door, err := hr.NewDoor(p.Desk, p.Log, p.Policy(), hrSecret(p.Env, p.Vars))
	if err != nil {
		return nil, err
	}
	for _, s := range door.States() {
		if !s.Open && p.Policy().HR.Sources[s.Name] != nil {
			p.Log.WarnContext(ctx, "an HR source is not heard, because its secret is not set", "source", s.Name, "variable", s.Secret)
		}
	}
	return door, nil
}

// hrSecret finds a secret by the name of its variable; one is read with the rest
// of the environment.
func hrSecret(env config.Env, vars config.Variables) func(string) (domain.Secret, error) {
	return func(name string) (domain.Secret, error) {
		if name == hr.SecretDefault {
			return env.HRSecret, nil
		}
		return vars.Secret(name)
	}
}

// examineHR looks at which HR systems would be heard.
func examineHR(env config.Env, policy *domain.Policy, vars config.Variables) []Finding {
	quiet := slog.New(slog.DiscardHandler)
	door, err := hr.NewDoor(&desk.Desk{Now: time.Now, Log: quiet}, quiet, policy, hrSecret(env, vars))
	if err != nil {
		return []Finding{{What: "hr", Text: err.Error()}}
	}
	var findings []Finding
	for _, s := range door.States() {
		what, named := "hr source "+s.Name, policy.HR.Sources[s.Name] != nil
		switch {
		case s.Open:
			findings = append(findings, Finding{What: what, OK: true, Text: fmt.Sprintf("is heard at %s (%s)", s.Path(), s.Kind)})
		case named:
			findings = append(findings, Finding{What: what, Text: fmt.Sprintf("is not heard: %s is not set, so %s answers 404", s.Secret, s.Path())})
		default:
			// Nothing asks for it: leavings can come by roster and command.
			findings = append(findings, Finding{What: what, OK: true, Text: fmt.Sprintf("off: %s is not set, so %s answers 404", s.Secret, s.Path())})
		}
	}
	return findings
}
