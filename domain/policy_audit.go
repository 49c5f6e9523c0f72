package domain

// AuditPolicy is what becomes of the audit log outside this installation.
type AuditPolicy struct {
	Anchor AnchorPolicy `yaml:"anchor"`
}

// AnchorPolicy is where the head of the audit chain is put every day, so that not
// even who owns the database can write the past anew.
type AnchorPolicy struct {
	File string `yaml:"file"` // folder that gets one signed file a day; best one that others keep
	TSA  string `yaml:"tsa"`  // address of an RFC 3161 time stamp server
}

// On tells whether the head is put anywhere but in the channel of operations.
func (p AnchorPolicy) On() bool { return p.File != "" }
