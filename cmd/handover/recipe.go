package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"handover/domain"
	"handover/internal/app"
)

func (c *cli) recipeCommand() *cobra.Command {
	return group("recipe", "Steps in an app's own pages, recorded in Chrome and played by a browser, on the server itself",
		c.recipeImport(), c.recipeCheck(), c.recipeSignIn(), c.recipeDryRun(), c.recipeRead())
}

func (c *cli) recipeCheck() *cobra.Command {
	return &cobra.Command{Use: "check FILE", Short: "Say what a recipe does and needs, or all that is wrong with it", Args: exactly(1), RunE: func(_ *cobra.Command, args []string) error {
		facts, err := app.ReadRecipe(args[0])
		if err != nil {
			return err
		}
		return c.show(facts, func(w *tabwriter.Writer) {
			does := "reads, and clicks nothing that acts"
			if facts.Acts {
				does = "acts: runs alone play it to its end"
			}
			row(w, "recipe", facts.Title)
			row(w, "does", does)
			row(w, "needs", strings.Join(facts.Params, ", "))
			row(w, "digest", facts.Digest)
		})
	}}
}

func (c *cli) recipeImport() *cobra.Command {
	b := &byHand{}
	var out string
	cmd := &cobra.Command{Use: "import FILE -o FILE", Short: "Make a recipe of a recording: say with whom it was recorded, and they become parameters", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return usage("say with -o where the recipe is written")
			}
			b.in.Account = domain.AccountID(b.account)
			made, err := app.ImportRecipe(args[0], b.in)
			if err != nil {
				return err
			}
			if err := os.WriteFile(out, made.Recipe, 0o600); err != nil {
				return fmt.Errorf("write recipe: %s cannot be written: choose another file with -o", out)
			}
			return c.show(made, func(w *tabwriter.Writer) { importTable(w, made, out) })
		}}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the recipe")
	b.seen(cmd)
	return cmd
}

func importTable(w *tabwriter.Writer, made app.ImportedRecipe, out string) {
	left := 0
	for _, n := range made.Notes {
		place, state := "", "done"
		if n.Step > 0 {
			place = fmt.Sprintf("step %d", n.Step)
		}
		if n.Todo {
			left, state = left+1, "TO DO"
		}
		row(w, state, place, n.Text)
	}
	if left > 0 {
		row(w, "", "", fmt.Sprintf("%d things are left to do in %s: then `handover recipe check %s`", left, out, out))
		return
	}
	row(w, "", "", out+" is whole: try it with `handover recipe dry-run`")
}

func (c *cli) recipeSignIn() *cobra.Command {
	return &cobra.Command{Use: "sign-in APP URL", Short: "Open the browser on the app's profile, to sign in there yourself; close the window when done", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.SignInProfile(cmd.Context(), domain.AppID(args[0]), args[1])
		}}
}

// byHand are the flags of a playing by hand.
type byHand struct {
	in       domain.RecipeInput
	account  string
	pictures string
}

func (b *byHand) flags(cmd *cobra.Command) {
	b.seen(cmd)
	cmd.Flags().StringVar(&b.pictures, "pictures", "", "folder for a picture of each step")
}

func (b *byHand) seen(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.in.Email, "email", "", "{{person.email}}")
	cmd.Flags().StringVar(&b.in.Name, "name", "", "{{person.name}}")
	cmd.Flags().StringVar(&b.account, "account", "", "{{person.account}}")
	cmd.Flags().StringToStringVar(&b.in.Values, "value", nil, "another parameter, for example mailbox.address=a@example.com")
}

func (c *cli) recipeDryRun() *cobra.Command {
	b := &byHand{}
	cmd := &cobra.Command{Use: "dry-run APP FILE", Short: "Play a recipe up to the click that acts, and not that", Args: exactly(2), RunE: func(cmd *cobra.Command, args []string) error {
		b.in.Dry = true
		return c.playByHand(cmd, b, args)
	}}
	b.flags(cmd)
	return cmd
}

func (c *cli) recipeRead() *cobra.Command {
	b := &byHand{}
	cmd := &cobra.Command{Use: "read APP FILE", Short: "Play a recipe that only reads, and print what the page says", Args: exactly(2), RunE: func(cmd *cobra.Command, args []string) error {
		return c.playByHand(cmd, b, args)
	}}
	b.flags(cmd)
	return cmd
}

// playByHand also keeps the pictures of a playing that stopped: they show why.
func (c *cli) playByHand(cmd *cobra.Command, b *byHand, args []string) error {
	b.in.Account = domain.AccountID(b.account)
	played, err := app.PlayByHand(cmd.Context(), domain.AppID(args[0]), args[1], b.in)
	if kerr := keepPictures(b.pictures, played.Pictures); kerr != nil {
		return kerr
	}
	if err != nil {
		return err
	}
	return c.show(played, func(w *tabwriter.Writer) {
		for _, p := range played.Pictures {
			row(w, p.Step, p.What)
		}
		for _, text := range played.Read {
			row(w, "read", text)
		}
		switch {
		case played.Already:
			row(w, "", "The page says that it is so already: a run would click nothing.")
		case b.in.Dry:
			row(w, "", "It stopped before the click that acts. Nothing was changed.")
		}
	})
}

func keepPictures(folder string, pictures []domain.Picture) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("keep pictures: %s cannot be made: choose another folder with --pictures", folder)
	}
	for i, p := range pictures {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d.png", i+1)), p.PNG, 0o600); err != nil {
			return fmt.Errorf("keep pictures: %s cannot be written: choose another folder with --pictures", folder)
		}
	}
	return nil
}
