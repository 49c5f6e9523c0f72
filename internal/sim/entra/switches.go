package entra

// Switches turn single deviations on. The zero value is a strict, quick tenant.
type Switches struct {
	NewRowAfter  int    // a new assignment shows only after so many reads of the list
	GoneAfter    int    // a deleted assignment, or membership, shows for so many more reads
	DuplicateOK  bool   // creating an assignment twice is 201 instead of 400
	CreatedIs200 bool   // creating answers 200 instead of 201
	PageSize     int    // rows per page, 0 is as asked
	EmptyPage    bool   // the first page is empty and has a nextLink
	ForeignNext  string // nextLink points to this host
	EndlessNext  bool   // nextLink leads to itself
	NoActivity   bool   // signInActivity is missing
	NullActivity bool   // signInActivity is null
	YearOne      bool   // signInActivity says 0001-01-01
	NoLicence    bool   // what needs P1 or P2 is 403
	NoAccount    bool   // accountEnabled is left out even where it is selected
	Refuse       int    // so many requests are answered 429
	RetryAfter   string // with them; "" leaves the header out
	Percentage   string // x-ms-throttle-limit-percentage
	Status       int    // every Graph request is answered so
	HTML         bool   // with a page for a body
	TokenStatus  int    // the token endpoint answers so, without a known error
	LogUnsifted  bool   // the sign-in log ignores its filter
	OnDemand     string // "" provisions; "NotInScope" skips
	CutDelete    bool   // the connection breaks after the next deletion, once
}
