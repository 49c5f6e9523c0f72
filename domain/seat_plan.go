package domain

// BillingSeatsMost is how many Billing and Seat Managers an account of Apollo.io
// has at most (the guide).
const BillingSeatsMost = 5

// PlanMinimum is the smallest number of paid seats that a plan is sold with: three
// on Apollo.io's Organization (the guide); 0 where none is known.
func PlanMinimum(kind, plan string) int {
	if kind == KindApolloIO && plan == PlanOrganization {
		return 3
	}
	return 0
}

// PlanWarnings are what the vendor's guide says of a plan's seats that whoever pays
// or invites has to know, in sentences for people. None for kinds of which no guide
// tells.
func PlanWarnings(kind, plan string) []string {
	if kind != KindApolloIO {
		return nil
	}
	builtIn := "This plan has the built-in permission profiles only: custom ones need the Organization or a Custom plan."
	toFree := "A move to the Free plan leaves one seat: everybody else's is removed ten days later."
	switch plan {
	case PlanFree:
		return []string{"The Free plan has one seat once it has been in active use for 100 days: nobody else can then be invited.", builtIn}
	case PlanBasic, PlanProfessional:
		return []string{toFree, builtIn}
	case PlanOrganization:
		return []string{toFree, "The Organization plan is sold with three seats at least, and through Apollo's sales team."}
	case PlanCustom:
		return []string{toFree}
	}
	return []string{"The plan is not said, so its price, its smallest number of seats and its limits are unknown: write plan in the policy file."}
}

// Contract is what the policy says of an app's seats, filled up with what the
// vendor's guide says of the plan.
func (a AppPolicy) Contract() SeatContract {
	c := a.Seats.contract()
	c.Plan = a.Plan
	if c.Minimum == 0 {
		c.Minimum = PlanMinimum(a.Kind, a.Plan)
	}
	price := a.Price(SeatFull)
	c.PricePerSeat, c.PriceDate, c.PriceSource = price.PerSeat, price.Date, price.Source
	return c
}
