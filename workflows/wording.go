package workflows

import (
	"fmt"

	"handover/domain"
)

// adminCost says what another admin costs, as far as the contract tells.
func adminCost(c domain.SeatContract) string {
	text := "An admin sits on a paid seat"
	if c.PricePerSeat.Currency != "" {
		text += fmt.Sprintf(": %s each period (price of %s), charged at once where no seat is free", c.PricePerSeat, c.PriceDate)
	} else {
		text += "; what one costs is unknown, because the policy file does not say"
	}
	return text + ". The run goes on by itself once the app lists another working admin."
}

// emailInstruction says what becomes of the emails that are still scheduled in
// the leaver's name, as the plan that was approved says.
func emailInstruction(choice domain.EmailChoice) string {
	switch choice {
	case domain.EmailsHold:
		return "Scheduled emails are held: pause the leaver's sequences before you unlink, and pick the forwarding mailbox, so that none is sent and none is lost."
	case domain.EmailsCancel:
		return "Scheduled emails are cancelled: unlink without a forwarding mailbox. Those that are lost are listed in the evidence."
	default:
		return "Scheduled emails are sent from the forwarding mailbox: pick it for each mailbox."
	}
}
