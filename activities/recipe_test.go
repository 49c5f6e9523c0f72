package activities_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	sim "handover/internal/sim/apollo"
)

// recipeBook plays recipes by changing the app behind its pages, as its port
// promises: with a picture of each step, also where it stops.
type recipeBook struct {
	has   []domain.Capability
	act   func(domain.RecipeInput) error
	stops error
	idle  bool // it comes to its end and does not act
	plays []domain.RecipeInput
}

func (b *recipeBook) Has(want domain.Capability) bool { return slices.Contains(b.has, want) }

func (b *recipeBook) Play(_ context.Context, _ domain.Capability, in domain.RecipeInput) (domain.Played, error) {
	b.plays = append(b.plays, in)
	p := domain.Played{Recipe: "v1:00", Pictures: []domain.Picture{{Step: 1, What: "open the page", PNG: []byte{1}}, {Step: 1, What: "what it stopped at", PNG: []byte{2}}}}
	if b.stops != nil {
		return p, b.stops
	}
	p.Acted = !b.idle
	return p, b.act(in)
}

func (w *world) pictures() []domain.StepPicture {
	w.t.Helper()
	found, err := w.store.Pictures(w.t.Context(), w.run.ID, domain.StepPicture{}, 100)
	require.NoError(w.t, err)
	return found
}

// Which door a tenant uses, and why.
func TestChoices(t *testing.T) {
	t.Parallel()
	pushes := given()
	pushes.facts.Pushes, pushes.facts.Why = domain.Yes, "it pushes"
	silent := given()
	silent.silent = domain.NewFault(domain.FaultUnavailable, "okta.describe", app, "no connection", nil)
	lacks := given()
	lacks.facts.Missing = []string{"okta.groups.manage"}
	looks := given()
	looks.facts.Pushes, looks.facts.ReadOnly = domain.Yes, true
	all := &recipeBook{has: []domain.Capability{domain.CanDeactivate, domain.CanReactivate, domain.CanUnlinkMailbox}}
	for name, c := range map[string]struct {
		options []option
		signIn  activities.SignIn
		recipes activities.Recipes
		want    domain.Channel
		why     string
		front   string // of the sign-in
		unlink  domain.Channel
	}{
		"nothing but people":           {nil, nil, nil, domain.ChannelPerson, "", "", domain.ChannelPerson},
		"scim before all":              {[]option{withSCIM}, pushes, all, domain.ChannelSCIM, "", "it pushes", domain.ChannelBrowser},
		"a provider that pushes":       {nil, pushes, all, domain.ChannelIDP, "okta deactivates the user in the app", "it pushes", domain.ChannelBrowser},
		"one that does not":            {nil, given(), nil, domain.ChannelPerson, "closes the sign-in and does not deactivate", "provisioning is off", domain.ChannelPerson},
		"one that does not, a recipe":  {nil, given(), all, domain.ChannelBrowser, "the browser plays", "provisioning is off", domain.ChannelBrowser},
		"one that tells nothing":       {nil, silent, all, domain.ChannelBrowser, "the browser plays", "did not tell how: no connection", domain.ChannelBrowser},
		"one that is read only":        {nil, looks, nil, domain.ChannelPerson, "", "read-only, so that a person", domain.ChannelPerson},
		"one where rights are missing": {nil, lacks, nil, domain.ChannelPerson, "", "lacks these rights there: [okta.groups.manage]", domain.ChannelPerson},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.options...)
			by := map[domain.Capability]domain.ChannelChoice{}
			for _, choice := range activities.Choices(t.Context(), w.apollo, c.signIn, c.recipes) {
				require.NotContains(t, by, choice.Capability, "one choice each")
				require.NotEmpty(t, choice.Why)
				by[choice.Capability] = choice
			}
			require.Equal(t, c.want, by[domain.CanDeactivate].Channel)
			require.Contains(t, by[domain.CanDeactivate].Why, c.why)
			require.Contains(t, by[domain.CanRevokeSignIn].Why, c.front)
			require.Equal(t, c.unlink, by[domain.CanUnlinkMailbox].Channel)
		})
	}
}

func TestARecipeCutsAndThePicturesAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := &recipeBook{has: []domain.Capability{domain.CanDeactivate, domain.CanReactivate}}
	book.act = func(in domain.RecipeInput) error { return w.sim.Deactivate(in.Email) }
	w.Doors = besides{recipes: book}
	in := activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now(), Limit: time.Hour}
	r, err := w.DeactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, r.Outcome, "the app's own list says so")
	require.Equal(t, domain.ChannelBrowser, r.Channel)
	require.Equal(t, dana, book.plays[0].Email)
	require.Equal(t, w.id(dana), book.plays[0].Account)
	require.False(t, book.plays[0].Dry)
	kept := w.pictures()
	require.Len(t, kept, 2)
	require.Equal(t, []int{1, 2}, []int{kept[0].Number, kept[1].Number})
	played := w.events(domain.EventRecipePlayed)
	require.Len(t, played, 1)
	require.Equal(t, "2", played[0].Facts[domain.FactPictures])
	require.Equal(t, "v1:00", played[0].Digest)
	require.Equal(t, domain.PlayID(kept[0].Play), played[0].RequestID)

	book.act = func(in domain.RecipeInput) error { return w.sim.Reactivate(in.Email) }
	back, err := w.ReactivateAccount(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeVerified, back.Outcome)
	require.Equal(t, domain.ChannelBrowser, back.Channel)
}

// Stopped before it acted a person does it, and what the browser saw is kept; what
// may have been done is looked at, not done again blindly.
func TestARecipeThatStops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault domain.FaultKind
		want  activities.Outcome
	}{"a page that changed": {domain.FaultConflict, activities.OutcomeUnsupported}, "a sign-in page": {domain.FaultUnauthenticated, activities.OutcomeUnsupported}, "after the click": {domain.FaultUnavailable, ""}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			book := &recipeBook{has: []domain.Capability{domain.CanDeactivate}, stops: domain.NewFault(c.fault, "recipe.play", app, "two buttons match", nil)}
			w.Doors = besides{recipes: book}
			r, err := w.DeactivateAccount(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now()})
			require.Equal(t, c.want, r.Outcome)
			if c.want == "" {
				require.Equal(t, c.fault, kindOf(t, err))
			} else {
				require.Contains(t, r.Why, "two buttons match")
			}
			require.Len(t, w.pictures(), 2)
			require.Equal(t, "two buttons match", w.events(domain.EventRecipePlayed)[0].Facts["stopped"])
			require.Empty(t, w.events(domain.EventMemberRemoved))
		})
	}
}

// What was done is kept though the caller has gone meanwhile, and a recipe that
// came to its end without acting did nothing.
func TestWhatARecipeDidIsKeptWhateverHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := &recipeBook{has: []domain.Capability{domain.CanDeactivate}}
	ctx, cancel := context.WithCancel(t.Context())
	book.act = func(domain.RecipeInput) error {
		cancel()
		return domain.NewFault(domain.FaultUnavailable, "recipe.play", app, "it may have happened", nil)
	}
	w.Doors = besides{recipes: book}
	in := activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now()}
	_, err := w.DeactivateAccount(ctx, in)
	require.ErrorContains(t, err, "it may have happened")
	require.Len(t, w.pictures(), 2)
	require.Equal(t, "true", w.events(domain.EventRecipePlayed)[0].Facts["acted"])

	w = newWorld(t)
	book.idle = true
	book.act = func(domain.RecipeInput) error { return nil }
	w.Doors = besides{recipes: book}
	_, err = w.DeactivateAccount(t.Context(), activities.AccountInput{StepRef: w.ref(domain.StepDeactivate), Account: w.id(dana), Due: w.Now()})
	require.Equal(t, domain.FaultInternal, kindOf(t, err))
}

func (w *world) unlink(heir, forward string) (activities.ActResult, error) {
	in := activities.PlayInput{StepRef: w.ref(domain.StepUnlink), Capability: domain.CanUnlinkMailbox, Account: w.id(dana), ForwardTo: forward}
	if heir != "" {
		in.Heir = w.id(heir)
	}
	return w.PlayRecipe(w.t.Context(), in)
}

// Each mailbox that is still linked is a playing of its own, with where its mail
// goes; what an earlier try did is not done again.
func TestARecipeUnlinksEachMailboxOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := &recipeBook{has: []domain.Capability{domain.CanUnlinkMailbox}}
	book.act = func(in domain.RecipeInput) error {
		if len(book.plays) == 2 {
			return domain.NewFault(domain.FaultUnavailable, "recipe.play", app, "it may have happened", nil)
		}
		return w.sim.Unlink(in.Values["mailbox.id"], in.Values["forward.address"])
	}
	w.Doors = besides{recipes: book}
	boxes, err := w.apollo.ListMailboxes(t.Context(), w.id(eli))
	require.NoError(t, err)
	forward := boxes.Mailboxes[0].ID
	_, err = w.unlink(eli, forward)
	require.Equal(t, domain.FaultUnavailable, kindOf(t, err))
	require.Len(t, book.plays, 2)
	r, err := w.unlink(eli, forward)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome, "the read-back is the next activity's")
	require.Len(t, book.plays, 3, "the first mailbox is unlinked already")
	var unlinked []string
	for _, e := range w.sim.Effects() {
		if e.Kind == sim.KindMailbox && e.Field == "linked" {
			unlinked = append(unlinked, e.Target)
		}
	}
	require.Len(t, unlinked, 2, fmt.Sprint(w.sim.Effects()))
	for _, in := range book.plays {
		require.Equal(t, eli, in.Values["forward.address"])
		require.Contains(t, []string{dana, "dana@sales.example.com"}, in.Values["mailbox.address"])
	}
	r, err = w.unlink(eli, forward)
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnverified, r.Outcome)
	require.Len(t, book.plays, 3, "nothing is left to play")
}

func TestNoMailboxIsUnlinkedIntoTheVoid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := &recipeBook{has: []domain.Capability{domain.CanUnlinkMailbox}}
	w.Doors = besides{recipes: book}
	r, err := w.unlink("", "")
	require.NoError(t, err)
	require.Equal(t, activities.OutcomeUnsupported, r.Outcome, "a person is asked")
	require.Contains(t, r.Why, "no forwarding mailbox is known for 2 mailboxes")
	require.Empty(t, book.plays)
}
