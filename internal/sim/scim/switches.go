package scim

// Switches turn single deviations on. The zero value is a strict server.
type Switches struct {
	PatchNoContent   bool // PATCH answers 204 instead of 200
	NoPatch          bool // PATCH is 405: only PUT
	NoPath           bool // PATCH with a path is 400: only a value object
	TextOnly         bool // PATCH takes active as the text "False" alone
	TextActive       bool // active is shown as text
	NoActive         bool // active is not shown
	NoResources      bool // Resources is missing where nothing matched (WSO2)
	LowerCase        bool // the key is resources (simpleidserver)
	EmptyPage        bool // totalResults is right and Resources is empty (Keycloak)
	RepeatPastEnd    bool // a page past the end begins anew (scimmy)
	MaxPage          int  // fewer rows than asked for
	TotalOfPage      bool // totalResults is cut to the page (WSO2)
	InsertOnPage     int  // somebody is created before this page is answered
	NeedsPaging      bool // nothing without startIndex and count (Bitwarden)
	IgnoreFilter     bool // the filter is ignored
	RefuseFilter     bool // 400 invalidFilter
	EmptyFilter      bool // a filter gives 200 and nobody (Snowflake)
	CaseSensitive    bool // userName eq is compared exactly (scimmy)
	InactiveDeletes  bool // active:false deletes (PagerDuty)
	InactiveHides    bool // active:false hides from lists (Atlassian)
	OnlyInactive     bool // active:true is refused (Sentry)
	NoDelete         bool // DELETE is 405 (Canva)
	DeleteDeactivate bool // DELETE deactivates (Slack)
	BareConflict     bool // 409 without scimType
	NumericStatus    bool // status in an error body is a number
	TextJSON         bool // answers are text/json
	HTMLErrors       bool // errors are pages
	NoEffect         bool // 2xx, and nothing changed
	ShowAfter        int  // a change is visible only after so many reads
	CutAfterWrite    int  // the connection breaks after so many writes, once
	ETags            bool // versions are kept and If-Match is checked
	NoConfig         bool // no ServiceProviderConfig
	NoCreate         bool // POST is 405
	DropRoles        bool // roles that are written are accepted and dropped
	RefuseRoles      bool // roles that are written are 400, whatever the form
	Limit            int  // requests until 429
	RetryAfter       string
}
