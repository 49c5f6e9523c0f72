package activities

import (
	"context"
	"fmt"
	"time"

	"handover/domain"
)

// recipeActs are the capabilities for which a recipe can be recorded.
var recipeActs = []domain.Capability{domain.CanDeactivate, domain.CanReactivate, domain.CanUnlinkMailbox, domain.CanInvite, domain.CanChangeRole}

// Choices tells on which door a tenant carries out each capability, and why: the
// connector's own where it has one, else the identity provider where that pushes
// deactivations into the app, else a recorded recipe, else a person. Sign-in and
// recipes are nil where the policy connects none.
func Choices(ctx context.Context, c Connector, signIn SignIn, recipes Recipes) []domain.ChannelChoice {
	choices := append([]domain.ChannelChoice{}, c.Channels()...)
	if signIn != nil {
		choices = viaProvider(ctx, choices, signIn)
	}
	if recipes == nil {
		return choices
	}
	for _, want := range recipeActs {
		if !recipes.Has(want) {
			continue
		}
		own := choiceOf(choices, want)
		if own.Channel != domain.ChannelPerson {
			continue // a door of the app's own is quicker, and safer
		}
		choices = replaceChoice(choices, domain.ChannelChoice{Capability: want, Channel: domain.ChannelBrowser,
			Why: own.Why + "; the browser plays what the app's administrator recorded"})
	}
	return choices
}

// describeWithin bounds how long a provider is waited for that tells how it stands to
// an app: somebody's access may wait for the answer.
const describeWithin = 5 * time.Second

// viaProvider adds what the identity provider does for the app. Where it also
// deactivates there, that choice is put among the others.
func viaProvider(ctx context.Context, choices []domain.ChannelChoice, signIn SignIn) []domain.ChannelChoice {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	facts, err := signIn.Describe(ctx)
	door := domain.ChannelChoice{Capability: domain.CanRevokeSignIn, Channel: domain.ChannelIDP}
	if err != nil {
		door.Why = fmt.Sprintf("%s gives the app; it did not tell how: %s", signIn.Provider(), safeText(err))
		return append(choices, door)
	}
	door.Why = fmt.Sprintf("%s gives the app %q: %s", signIn.Provider(), facts.App, facts.Why)
	if len(facts.Missing) > 0 {
		door.Why += fmt.Sprintf("; Handover lacks these rights there: %v", facts.Missing)
	}
	if facts.ReadOnly {
		door.Channel = domain.ChannelPerson
		door.Why += "; the policy connects it read-only, so that a person closes the sign-in there"
		return append(choices, door)
	}
	own := choiceOf(choices, domain.CanDeactivate)
	if own.Channel != domain.ChannelPerson {
		return append(choices, door)
	}
	if facts.Pushes == domain.Yes {
		own.Channel, own.Why = domain.ChannelIDP, fmt.Sprintf("%s deactivates the user in the app when the app is taken away there: %s", signIn.Provider(), facts.Why)
	} else {
		own.Why += fmt.Sprintf("; %s closes the sign-in and does not deactivate in the app: %s", signIn.Provider(), facts.Why)
	}
	return append(replaceChoice(choices, own), door)
}

func choiceOf(choices []domain.ChannelChoice, want domain.Capability) domain.ChannelChoice {
	for _, c := range choices {
		if c.Capability == want {
			return c
		}
	}
	return domain.ChannelChoice{Capability: want, Channel: domain.ChannelPerson, Why: "the app offers no interface for it"}
}

// stepChoice is the door of a step of leaving. Whoever takes over as an admin is
// chosen by people, and made one by them.
func stepChoice(choices []domain.ChannelChoice, step domain.StepSpec) domain.ChannelChoice {
	choice := choiceOf(choices, step.Capability)
	if step.Key == domain.StepPromote && choice.Channel != domain.ChannelPerson {
		choice.Channel, choice.Why = domain.ChannelPerson, "who takes over is chosen by a person, who makes them an admin"
	}
	return choice
}

// replaceChoice puts a choice in the place of the one for the same capability, or
// behind the others.
func replaceChoice(choices []domain.ChannelChoice, next domain.ChannelChoice) []domain.ChannelChoice {
	for i := range choices {
		if choices[i].Capability == next.Capability {
			choices[i] = next
			return choices
		}
	}
	return append(choices, next)
}

// signIn is the identity provider in front of an app, nil where none is.
func (s *Set) signIn(app domain.AppID) SignIn {
	if s.Doors == nil {
		return nil
	}
	return s.Doors.SignIn(app)
}

func (s *Set) recipes(app domain.AppID) Recipes {
	if s.Doors == nil {
		return nil
	}
	return s.Doors.Recipes(app)
}

func (s *Set) choices(ctx context.Context, app domain.AppID, c Connector) []domain.ChannelChoice {
	return Choices(ctx, c, s.signIn(app), s.recipes(app))
}

// channelFor finds how a tenant carries out a capability. What no door offers goes
// to a person. Where the app has a door of its own no provider is asked.
func (s *Set) channelFor(ctx context.Context, app domain.AppID, c Connector, want domain.Capability) domain.ChannelChoice {
	if own := choiceOf(c.Channels(), want); own.Channel != domain.ChannelPerson {
		return own
	}
	return choiceOf(s.choices(ctx, app, c), want)
}

// deactivator is what cuts access on the chosen channel; nil where a person does.
func (s *Set) deactivator(in StepRef, c Connector, on domain.Channel) Deactivator {
	switch on {
	case domain.ChannelPerson:
		return nil
	case domain.ChannelIDP:
		return pushed{s, in}
	case domain.ChannelBrowser:
		return recorded{s, in}
	}
	door, _ := c.(Deactivator)
	return door
}

// reactivator gives access back on the chosen channel; nil where a person does.
func (s *Set) reactivator(in StepRef, c Connector, on domain.Channel) Reactivator {
	switch on {
	case domain.ChannelPerson, domain.ChannelIDP: // giving the sign-in back is a step of its own
		return nil
	case domain.ChannelBrowser:
		return recorded{s, in}
	}
	door, _ := c.(Reactivator)
	return door
}
