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

// Inputs of the form that starts a leaving.
const (
	inPerson  = "person"
	inEmail   = "email"
	inNow     = "now"
	inDate    = "date"
	inTime    = "time"
	inZone    = "zone"
	inApps    = "apps"
	inSecret  = "confidential"
	inReaders = "readers"
)

// offboardForm asks for everything that a leaving needs.
func (x *Door) offboardForm(a act) slack.ModalViewRequest {
	policy := x.Desk.Policy()
	who, rest := a.words("offboard")
	now := slices.Contains(rest, "now")
	user := &slack.SelectBlockElement{Type: slack.OptTypeUser, ActionID: inputID, InitialUser: mentioned(who)}
	email := &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: inputID, MaxLength: 254}
	if mentioned(who) == "" {
		email.InitialValue = shortened(linked(who), 254)
	}
	atOnce := &slack.CheckboxGroupsBlockElement{Type: slack.METCheckboxGroups, ActionID: inputID, Options: []*slack.OptionBlockObject{option("now", "The last moment is now")}}
	if now {
		atOnce.InitialOptions = atOnce.Options
	}
	zone := &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: inputID, InitialValue: policy.Company.TimeZone, MaxLength: 64}
	var apps []*slack.OptionBlockObject
	for _, id := range x.Desk.Apps() {
		if len(apps) < maxChoices {
			apps = append(apps, option(string(id), string(id)))
		}
	}
	blocks := []slack.Block{
		input(inPerson, "Who leaves?", "", true, user),
		input(inEmail, "… or their work email", "For somebody who is not in Slack, or whose email there is another.", true, email),
		input(inNow, "When?", "", true, atOnce),
		input(inDate, "Last day", "", true, &slack.DatePickerBlockElement{Type: slack.METDatepicker, ActionID: inputID}),
		input(inTime, "Last moment on that day", "", true, &slack.TimePickerBlockElement{Type: slack.METTimepicker, ActionID: inputID}),
		input(inZone, "Time zone", "An IANA name, such as Europe/Berlin.", true, zone),
	}
	if len(apps) > 0 {
		blocks = append(blocks, input(inApps, "Apps", "", false, &slack.MultiSelectBlockElement{Type: slack.MultiOptTypeStatic, ActionID: inputID, Options: apps, InitialOptions: apps}))
	}
	secret := &slack.CheckboxGroupsBlockElement{Type: slack.METCheckboxGroups, ActionID: inputID,
		Options: []*slack.OptionBlockObject{option("confidential", "Only those named may see it; no reason is kept")}}
	blocks = append(blocks,
		input(inSecret, "Confidential", "", true, secret),
		input(inReaders, "Who else may see a confidential leaving", "", true, &slack.MultiSelectBlockElement{Type: slack.MultiOptTypeUser, ActionID: inputID}),
		textInput(inReason, "Reason", "Those who decide see it.", true))
	origin := target{Channel: a.Channel}
	return modal("Start a leaving", "Start", actionPrefix+string(verbOffboard), origin.encode(), blocks...)
}

func (x *Door) offboardComplaints(a act, wrong map[string]string) {
	if a.field(inPerson) == "" && a.field(inEmail) == "" {
		wrong[inPerson] = "Choose somebody, or give their work email below."
	}
	if email := a.field(inEmail); email != "" && !domain.LooksLikeEmail(email) {
		wrong[inEmail] = "This is no email address."
	}
	if a.field(inPerson) != "" && a.field(inEmail) != "" {
		wrong[inEmail] = "Choose somebody or give an email, not both."
	}
	if a.field(inNow) != "" {
		if a.field(inDate) != "" {
			wrong[inDate] = "Give a date or choose now, not both."
		}
		return
	}
	if a.field(inDate) == "" {
		wrong[inDate] = "Give the last day, or choose now above."
		return
	}
	if a.field(inTime) == "" {
		wrong[inTime] = "Give the time at which access ends."
		return
	}
	if err := x.moment(a).Check(x.Desk.Now()); err != nil {
		name := inDate
		if _, zoneErr := x.moment(a).Instant(); zoneErr != nil {
			name = inZone
		}
		wrong[name] = shortened(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "check last moment: "), "read last moment: "), 150)
	}
}

func (x *Door) moment(a act) domain.LastMoment {
	zone := a.field(inZone)
	if zone == "" {
		zone = x.Desk.Policy().Company.TimeZone
	}
	return domain.LastMoment{Local: a.field(inDate) + "T" + a.field(inTime), Zone: zone}
}

// offboard starts a leaving and tells in a direct message what happens next. The
// desk checks that whoever asks may.
func (x *Door) offboard(ctx context.Context, actor desk.Actor, a act) error {
	req, err := x.offboardRequest(ctx, a)
	if err != nil {
		return err
	}
	run, created, err := x.Desk.Offboard(ctx, actor, req)
	if err != nil {
		return err
	}
	if !created {
		x.direct(ctx, a, "A leaving stands for this person already: run "+run.ID+". Nothing new was started.")
		return nil
	}
	x.direct(ctx, a, fmt.Sprintf("Started: run %s. The last moment is %s %s. Next, the plan is made and those who decide about it are asked; "+
		"you hear here what came of it. See how it stands with `/handover status %s`.", run.ID, strings.Replace(run.LastMoment.Local, "T", " ", 1), run.LastMoment.Zone, run.ID))
	return nil
}

func (x *Door) offboardRequest(ctx context.Context, a act) (desk.OffboardRequest, error) {
	req := desk.OffboardRequest{Email: a.field(inEmail), Now: a.field(inNow) != "", Confidential: a.field(inSecret) != "", Reason: a.field(inReason), Key: a.ID}
	var err error
	if user := a.field(inPerson); user != "" {
		if req.Email, err = x.emailOf(ctx, user); err != nil {
			return req, err
		}
	}
	if !req.Now {
		m := x.moment(a)
		req.LastMoment = &m
	}
	for _, app := range a.Fields[inApps] {
		req.Apps = append(req.Apps, domain.AppID(app))
	}
	if all := x.Desk.Apps(); len(req.Apps) == len(all) {
		req.Apps = nil // also apps that are added to the policy until then
	}
	if req.Confidential {
		for _, user := range a.Fields[inReaders] {
			email, err := x.emailOf(ctx, user)
			if err != nil {
				return req, err
			}
			req.Readers = append(req.Readers, email)
		}
	}
	return req, nil
}
