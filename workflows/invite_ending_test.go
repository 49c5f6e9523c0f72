package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/workflows"
)

// Nobody hears that an invite goes out while the one before is being taken back.
func TestAnInviteThatIsTakenBackIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.decide(time.Hour, "apollo", eli, domain.Approve)
	h.update(2*time.Hour, workflows.UpdateRetract, workflows.ReasonRequest{Person: ada, Reason: "a mistake"})
	var said []*answer
	for i, word := range []string{workflows.UpdateResend, workflows.UpdateInviteRole, workflows.UpdateRevoke} {
		said = append(said, h.update(3*time.Hour+time.Duration(i)*time.Minute, word, workflows.InviteRequest{App: "apollo", Person: ada, Role: &adminRol}))
	}
	h.robot(10*time.Hour, 60*time.Hour)
	require.Equal(t, domain.RunRetracted, h.onboard(joinInput(standard)).State)
	require.Len(t, h.sent, 1)
	for _, a := range said {
		require.ErrorContains(t, a.err, "being taken back")
	}
}
