package slack

import "time"

// Options configures a Simulator. What is left empty gets a value, but for the secrets: an empty token admits nobody.
type Options struct {
	// SigningSecret signs what Slack sends to the app.
	SigningSecret string
	// BotToken (xoxb-…) opens the Web API, AppToken (xapp-…) opens Socket Mode.
	BotToken string
	AppToken string
	// Scopes are those granted to the bot; nil means DefaultScopes.
	Scopes []string
	// TeamID, TeamDomain and AppID name the workspace and the app. EnterpriseID makes it a workspace of an Enterprise Grid.
	TeamID       string
	TeamDomain   string
	EnterpriseID string
	AppID        string
	// InteractionsURL and CommandsURL are the app's request URLs; SetEndpoints sets them later.
	InteractionsURL string
	CommandsURL     string
	// PublicURL is where the app reaches this simulator, for response URLs and socket URLs. Empty: the host that the last
	// Web API request was sent to.
	PublicURL string
	// ShouldEscape is the manifest's should_escape of the slash commands: @name arrives as <@U…|name>.
	ShouldEscape bool
	// Clock is what the simulator takes for now; nil means time.Now.
	Clock func() time.Time
	// SignClock is the time that signatures carry; nil means Clock. An app that checks signatures against the machine's
	// clock needs time.Now here when Clock is another.
	SignClock func() time.Time
	// Switches picks a world among those the documentation leaves open.
	Switches Switches
	// Limits scales the rate limits or switches them off; the zero value is the published ones.
	Limits Limits
}

// DefaultScopes are what the app's manifest asks for; reading conversations is not among them.
func DefaultScopes() []string {
	return []string{"chat:write", "commands", "im:write", "usergroups:read", "users:read", "users:read.email"}
}

// Switches holds one choice for each thing about Slack that no public source settles or that differs between
// workspaces. The zero value is the world we hold to be most likely; a client must come out right in all of them.
type Switches struct {
	// RateLimitedOK answers a refusal of the limiter with status 200 and "ratelimited" instead of 429.
	RateLimitedOK bool
	// NoRetryAfter leaves Retry-After off refusals of the limiter.
	NoRetryAfter bool

	// DeletedRefused is the error that posting to a deactivated person gets, such as "channel_not_found". Empty: the
	// message is accepted, which is what Slack does (slackapi/python-slack-sdk#1156).
	DeletedRefused string
	// LookupFindsDeleted lets users.lookupByEmail give deactivated people. Off: users_not_found (memory).
	LookupFindsDeleted bool
	// PlanUpgradeRequired makes usergroups.users.list answer plan_upgrade_required, as on free plans.
	PlanUpgradeRequired bool
	// MessagesTabDisabled refuses direct messages with messages_tab_disabled.
	MessagesTabDisabled bool
	// OrgInstall makes the installation one for the whole Enterprise Grid: is_enterprise_install in payloads, and
	// usergroups.users.list asks for team_id.
	OrgInstall bool

	// HistoryLimited is Slack's rule for apps sold outside its marketplace: one request a minute and 15 messages for
	// conversations.history and conversations.replies.
	HistoryLimited bool
	// UpdateDropsBlocks makes chat.update without blocks remove the message's blocks. Off, they stay and the new text is
	// not shown, which is what Slack does (slackapi/python-slack-sdk#523).
	UpdateDropsBlocks bool
	// EditWindow is how long the app may change its messages (edit_window_closed after it). Zero: without end.
	EditWindow time.Duration

	// EphemeralMessageInPayload sends the message along when a button of an ephemeral message is clicked. Off, the payload
	// has only the container (memory).
	EphemeralMessageInPayload bool
	// TriggerLife is how long a trigger_id works. Zero: three seconds.
	TriggerLife time.Duration
	// ReuseTriggers lets a trigger_id be used more than once.
	ReuseTriggers bool
}

func (w Switches) triggerLife() time.Duration {
	if w.TriggerLife == 0 {
		return 3 * time.Second
	}
	return w.TriggerLife
}

func (o Options) filled() Options {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&o.TeamID, "T0EXAMPLE")
	set(&o.TeamDomain, "example")
	set(&o.AppID, "A0HANDOVER")
	if o.Scopes == nil {
		o.Scopes = DefaultScopes()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.SignClock == nil {
		o.SignClock = o.Clock
	}
	return o
}
