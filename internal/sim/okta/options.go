package okta

import (
	"crypto/rsa"
	"time"
)

// Options configures a Simulator. What is left empty admits nobody that way.
type Options struct {
	// Token is an API token: it may do everything that Switches.Denied leaves.
	Token string
	// ClientID, KeyID and PublicKey are those of a service app, and Scopes what is granted to it.
	ClientID  string
	KeyID     string
	PublicKey *rsa.PublicKey
	Scopes    []string
	// Clock is what the simulator takes for now; nil means time.Now.
	Clock    func() time.Time
	Switches Switches
}

// AllScopes are the scopes that the simulator's calls ask for.
func AllScopes() []string {
	return []string{"okta.apps.read", "okta.users.read", "okta.groups.read", "okta.logs.read", "okta.apps.manage", "okta.groups.manage", "okta.users.manage"}
}

// Switches turn single behaviours on. The zero value is a quiet org.
type Switches struct {
	PageSize      int      // rows of a page at most, however many are asked for
	RepeatPage    bool     // the next link leads to the same rows again, for ever
	RuleRefuses   bool     // a group that a rule fills refuses a removal (403); else it takes the person back
	RefillAfter   int      // how many requests later it does
	BothRefused   bool     // DELETE of an app user who has a group too is refused (E0000046); else the group's way stays
	GroupLag      int      // what the last group of a person gave counts for so many requests more
	SyncError     bool     // no push arrives, and app users show syncState ERROR
	SearchLag     bool     // search does not know people that are added from now on
	EndlessLog    bool     // the log gives a next link always, as in polling mode
	Limit         int      // requests a minute until 429 E0000047; 0 for none
	Busy          int      // so many requests are refused for concurrency: 429 with limit 0
	DieAfter      int      // tokens that exist are no longer known after so many requests (401 E0000011)
	Denied        []string // scopes whose calls get 403 E0000006, though a token carries them: the role is missing
	DPoP          bool     // the service app demands proof of possession (memory)
	Down          int      // this status, and a page, for everything
	CutAfterWrite bool     // the connection breaks after a write was applied, once
}
