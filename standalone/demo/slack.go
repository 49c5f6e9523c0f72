package demo

import (
	slacksim "handover/internal/sim/slack"
)

const (
	slackToken  = "xoxb-demo-token-of-the-simulator"
	slackSecret = "demo-signing-secret"
)

// slackPeople are the workspace's members in the demo.
var slackPeople = []struct{ id, name, email string }{
	{"U0PRIYA01", "Priya Nair", priya}, {"U0SAM0001", "Sam Okafor", sam}, {"U0ELI0001", "Eli Park", eli},
	{"U0FINN001", "Finn Walsh", finn}, {"U0RUTH001", "Ruth Adler", ruth}, {"U0DANA001", "Dana Reyes", dana}, {"U0AIKO001", "Aiko Mori", aiko},
}

// SlackWorkspace simulates the workspace of the demo's people.
func SlackWorkspace(o slacksim.Options) *slacksim.Simulator {
	o.SigningSecret, o.BotToken, o.ShouldEscape = slackSecret, slackToken, true
	o.TeamID, o.TeamDomain, o.AppID = "T0EXAMPLE", "example", "A0HANDOVER"
	workspace := slacksim.New(o)
	for _, p := range slackPeople {
		workspace.AddUser(slacksim.User{ID: p.id, Name: p.name, RealName: p.name, Email: p.email, TZ: "Europe/Berlin"})
	}
	return workspace
}

// SlackEnv connects an installation to a simulated workspace.
func SlackEnv(url string) map[string]string {
	return map[string]string{"SLACK_BOT_TOKEN": slackToken, "SLACK_SIGNING_SECRET": slackSecret, "SLACK_API_URL": url + "/api/"}
}

// ConnectSlack tells a workspace where an installation answers.
func ConnectSlack(workspace *slacksim.Simulator, home string) {
	workspace.SetEndpoints(home+"/hooks/slack/interactions", home+"/hooks/slack/commands")
}

// startSlack brings the simulated workspace up. The installation is connected to
// it as it would be to Slack itself.
func (s *Stage) startSlack() error {
	s.Slack = SlackWorkspace(slacksim.Options{})
	var err error
	s.slackURL, err = s.listen(s.options.SlackSim, "--slack-sim", s.Slack.Handler())
	s.stops = append(s.stops, s.Slack.Close)
	return err
}

// slackID is the user whom somebody is in the demo's workspace.
func slackID(email string) string {
	for _, p := range slackPeople {
		if p.email == email {
			return p.id
		}
	}
	return ""
}
