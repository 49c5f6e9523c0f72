package apollo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Permission profiles of every simulated team. The API shows only these ids, never a name, so a policy file maps them.
const (
	ProfileAdmin          = "5f0a000000000000000000a1"
	ProfileStandard       = "5f0a000000000000000000a2"
	ProfileBilling        = "5f0a000000000000000000a3"
	ProfileCallAssistant  = "5f0a000000000000000000a4"
	teamID                = "5f0a000000000000000000f1"
	emailScheduleID       = "5f0a000000000000000000f2"
	sequenceRulesetID     = "5f0a000000000000000000f3"
	dealPipelineID        = "5f0a000000000000000000f4"
	dealStageOpen         = "5f0a000000000000000000d1"
	dealStageWon          = "5f0a000000000000000000d2"
	dealStageLost         = "5f0a000000000000000000d3"
	contactStageCold      = "5f0a000000000000000000c1"
	contactStageApproach  = "5f0a000000000000000000c2"
	contactStageInterest  = "5f0a000000000000000000c3"
	accountStageCurrent   = "5f0a000000000000000000b1"
	accountStageProspects = "5f0a000000000000000000b2"
)

// Profile is one permission profile of the team.
type Profile struct {
	ID, Name string
	// Paid says whether a user with this profile occupies a paid seat.
	Paid bool
}

// Profiles lists the permission profiles of every simulated team.
func Profiles() []Profile {
	return []Profile{
		{ProfileAdmin, "Admin", true},
		{ProfileStandard, "Non-Admin", true},
		{ProfileBilling, "Billing and Seat Manager", false},
		{ProfileCallAssistant, "Call Assistant", false},
	}
}

func profileByID(id string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.ID == id {
			return p, true
		}
	}
	return Profile{}, false
}

// idMaker hands out ids in Apollo's form, 24 hex digits that begin with the record's second of creation. The same seed
// and the same order of calls give the same ids.
type idMaker struct {
	seed uint64
	next uint32
}

func (m *idMaker) make(kind byte, at time.Time) string {
	m.next++
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[0:], uint32(at.Unix())) //nolint:gosec // the form has four bytes for the second
	binary.BigEndian.PutUint32(raw[4:], uint32(m.seed))    //nolint:gosec // the low half of a seed is enough
	raw[4] = kind
	binary.BigEndian.PutUint32(raw[8:], m.next)
	return hex.EncodeToString(raw[:])
}

// scimID derives the id a user has behind the SCIM door. It is never the Apollo id.
func scimID(userID string) string {
	sum := sha256.Sum256([]byte("scim:" + userID))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func looksLikeID(s string) bool {
	if len(s) != 24 {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}
