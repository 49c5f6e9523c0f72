package slackapp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"handover/domain"
	"handover/internal/desk"
)

// Names of the inputs of our forms, which are block ids.
const (
	inReason = "reason"
	inProof  = "proof"
	inTo     = "to"
	inEmails = "emails"
	inHeir   = "heir:" // and the kind of record; the empty kind is for all
)

// inputID is the action id of each input: a block has one.
const inputID = "input"

// openForm opens the form that a click asks for.
func (x *Door) openForm(ctx context.Context, a act) error {
	view, err := x.formFor(ctx, a)
	if err != nil {
		return err
	}
	return x.Client.openView(ctx, a.trigger, view)
}

func (x *Door) formFor(ctx context.Context, a act) (slack.ModalViewRequest, error) {
	about := a.Target
	about.Channel, about.Message = a.Channel, a.Message
	form := func(title, submit string, blocks ...slack.Block) slack.ModalViewRequest {
		return modal(title, submit, actionPrefix+string(a.Verb), about.encode(), blocks...)
	}
	switch {
	case a.Kind == actCommand:
		// The form names the company's apps: it is not for guests.
		if _, err := x.who(ctx, a); err != nil {
			return slack.ModalViewRequest{}, err
		}
		return x.offboardForm(a), nil
	case a.Verb == desk.VerbDeny:
		return form("Deny", "Deny", textInput(inReason, "Why do you deny?", "The requester and the audit log see it. Nothing about the person's private life, please.", false)), nil
	case a.Verb == desk.VerbSkip:
		return form("Skip the step", "Skip", textInput(inReason, "Why is the step skipped?", "It stays in the audit log.", false)), nil
	case a.Verb == desk.VerbCannot:
		return form("Can't be done", "Send", textInput(inReason, "What stands in the way?", "Whoever looks after the run is told.", false)), nil
	case a.Verb == desk.VerbDone:
		return form("Done", "Done", textInput(inProof, "Proof", "The app cannot show this step: a note or a link that shows it. A second person confirms.", false)), nil
	case a.Verb == desk.VerbHandOver:
		return form("Hand over", "Hand over", userInput(inTo, "Who takes it over?", false)), nil
	case a.Verb == desk.VerbPlan:
		return x.planForm(ctx, a)
	default:
		return x.heirForm(ctx, a, form)
	}
}

// heirForm asks who inherits: one for everything, or another for each kind of
// record.
func (x *Door) heirForm(ctx context.Context, a act, form func(string, string, ...slack.Block) slack.ModalViewRequest) (slack.ModalViewRequest, error) {
	actor, err := x.who(ctx, a)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	card, err := x.Desk.CardFor(ctx, actor.Person, a.Target.About)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if _, _, err := x.Desk.Approval(ctx, actor, a.Target.About); err != nil {
		return slack.ModalViewRequest{}, err
	}
	blocks := []slack.Block{
		section("Name one person for everything, or other people for single kinds of records. You get the new plan to approve."),
		userInput(inHeir, "Everything", true),
	}
	for _, kind := range card.Kinds {
		if len(blocks) < maxBlocks {
			blocks = append(blocks, userInput(inHeir+string(kind), string(kind), true))
		}
	}
	blocks = append(blocks, choiceInput(inEmails, "Emails scheduled in the leaver's name", true, option("send", "Send them"), option("hold", "Hold them"), option("cancel", "Cancel them")))
	return form("Choose successor", "Choose", blocks...), nil
}

// planForm shows the plan to those who may see it. It is no form: nothing can be
// submitted.
func (x *Door) planForm(ctx context.Context, a act) (slack.ModalViewRequest, error) {
	actor, err := x.who(ctx, a)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	request, plan, err := x.Desk.Approval(ctx, actor, a.Target.About)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if plan == nil {
		return modal("Plan", "", "", "", section("There is no plan yet: "+escaped(request.Why, 500))), nil
	}
	var blocks []slack.Block
	if a.Target.Digest != "" && a.Target.Digest != request.Digest {
		blocks = append(blocks, section("*The plan has changed since that message.* This is the present one."))
	}
	blocks = append(blocks, pack(x.planLines(ctx, *plan), maxChoices-len(blocks)-1)...)
	blocks = append(blocks, section("`"+escaped(request.Digest, 100)+"`"))
	return modal("Plan", "", "", "", blocks...), nil
}

func (x *Door) planLines(ctx context.Context, p domain.Plan) []string {
	lines := []string{"*What moves*"}
	for _, r := range p.Rules {
		to := "nobody yet"
		if r.Heir != "" {
			to = x.Desk.Name(ctx, r.Heir)
		}
		if r.Scope == domain.ScopeNone {
			lines = append(lines, fmt.Sprintf("• %s: stay as they are", escape(string(r.Kind))))
			continue
		}
		lines = append(lines, fmt.Sprintf("• %s (%s): %d, at most %d, to %s", escape(string(r.Kind)), escape(string(r.Scope)), r.Count, r.Ceiling, escaped(to, 200)))
	}
	lines = append(lines, "*Steps*")
	for n, s := range p.Steps {
		line := fmt.Sprintf("%d. %s by %s", n+1, escape(string(s.Key)), escape(string(s.Channel)))
		if s.Why != "" {
			line += ": " + escaped(s.Why, 300)
		}
		lines = append(lines, line)
	}
	for _, g := range p.Guards {
		if g.Why != "" {
			lines = append(lines, fmt.Sprintf("*Guard %s* is %s: %s", escape(string(g.Guard)), escape(string(g.State)), escaped(g.Why, 300)))
		}
	}
	return append(lines, fmt.Sprintf("Mailboxes: %d. Scheduled emails: %d, to %s.", p.Mailboxes, p.ScheduledEmails, escape(string(p.Emails))))
}

// pack puts lines that are escaped already into as few sections as they need.
func pack(lines []string, room int) []slack.Block {
	var blocks []slack.Block
	text := ""
	for _, line := range lines {
		if text != "" && len([]rune(text))+len([]rune(line)) >= maxSection {
			blocks, text = append(blocks, section(text)), ""
		}
		if text != "" {
			text += "\n"
		}
		text += line
	}
	blocks = append(blocks, section(text))
	return blocks[:min(len(blocks), room)]
}

func blocksOf(text string) []slack.Block {
	return []slack.Block{section(escaped(text, maxSection))}
}

func modal(title, submit, callback, metadata string, blocks ...slack.Block) slack.ModalViewRequest {
	v := slack.ModalViewRequest{Type: slack.VTModal, Title: plainText(title, maxTitle), Close: plainText("Close", maxTitle), CallbackID: callback,
		PrivateMetadata: metadata, Blocks: slack.Blocks{BlockSet: blocks}}
	if submit != "" {
		v.Submit = plainText(submit, maxTitle)
		v.Close = plainText("Cancel", maxTitle)
	}
	return v
}

func input(name, label, hint string, optional bool, element slack.BlockElement) slack.Block {
	b := &slack.InputBlock{Type: slack.MBTInput, BlockID: name, Label: plainText(label, 2000), Element: element, Optional: optional}
	if hint != "" {
		b.Hint = plainText(hint, 2000)
	}
	return b
}

func textInput(name, label, hint string, optional bool) slack.Block {
	return input(name, label, hint, optional, &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: inputID, Multiline: true, MaxLength: 2000})
}

func userInput(name, label string, optional bool) slack.Block {
	return input(name, label, "", optional, &slack.SelectBlockElement{Type: slack.OptTypeUser, ActionID: inputID})
}

func choiceInput(name, label string, optional bool, options ...*slack.OptionBlockObject) slack.Block {
	return input(name, label, "", optional, &slack.SelectBlockElement{Type: slack.OptTypeStatic, ActionID: inputID, Options: options})
}

func option(value, label string) *slack.OptionBlockObject {
	return &slack.OptionBlockObject{Value: value, Text: plainText(label, maxButton)}
}

// complaints are what is wrong with a form, by input. An empty list keeps it.
func (x *Door) complaints(a act) map[string]string {
	if a.Kind != actForm {
		return nil
	}
	wrong := map[string]string{}
	need := func(name, text string) {
		if a.field(name) == "" {
			wrong[name] = text
		}
	}
	switch a.Verb {
	case desk.VerbDeny, desk.VerbSkip, desk.VerbCannot:
		need(inReason, "Say why: the record needs a reason.")
	case desk.VerbDone:
		need(inProof, "Give a note or a link as proof.")
	case desk.VerbHandOver:
		need(inTo, "Choose somebody.")
	case desk.VerbChoose:
		if len(heirUsers(a)) == 0 && a.field(inEmails) == "" {
			wrong[inHeir] = "Choose at least one person."
		}
	case verbOffboard:
		x.offboardComplaints(a, wrong)
	}
	return wrong
}

// heirUsers are the Slack users that were chosen, by kind of record.
func heirUsers(a act) map[domain.RecordKind]string {
	found := map[domain.RecordKind]string{}
	for name := range a.Fields {
		if kind, ok := strings.CutPrefix(name, inHeir); ok && a.field(name) != "" {
			found[domain.RecordKind(kind)] = a.field(name)
		}
	}
	return found
}

func heirKinds(users map[domain.RecordKind]string) []domain.RecordKind {
	kinds := make([]domain.RecordKind, 0, len(users))
	for kind := range users {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}
