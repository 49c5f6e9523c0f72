package house_test

// Where in the Apollo.io guide a rule stands.
const (
	aOverview   = "Overview and quick facts"
	aAdmin      = "Roles: Admin"
	aUser       = "Roles: standard user"
	aBilling    = "Roles: Billing and Seat Manager"
	aCalls      = "Roles: Call Assistant"
	aProfiles   = "How permissions work"
	aAdding     = "Adding users"
	aMany       = "Adding many at once"
	aDeactivate = "Deactivating users"
	aLeft       = "What a deactivation leaves behind"
	aSeats      = "Seats, prices and billing"
	aReports    = "What administrators report, and the decision"
)

var apolloIORows = []guideRow{
	{"A-1", aOverview, "Users are managed on the page Settings > Users (and Teams).", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/invite", "domain.TestPeopleAreSentToThePagesOfApolloIO/deactivate"}, ""},
	{"A-2", aOverview, "What somebody may do hangs on a named permission profile, which is chosen when they are invited.", []string{"workflows.TestAPersonInvites", "internal/apollo.TestAccountFactsComeFromTheProfileMap"}, ""},
	{"A-3", aOverview, "There are paid seats, free seats for billing and seat management, seats for call assistants, and the role of the Admin.", []string{"domain.TestSeatsAreCountedByType", "internal/config.TestMistakesAboutJoiningNameFileLineAndKey/a seat of Apollo.io"}, ""},
	{"A-4", aOverview, "Custom profiles need the Organization or a Custom plan; lower plans have the built-in ones only.", []string{"domain.TestWhatThePlansWarnOf"}, ""},
	{"A-5", aOverview, "SCIM exists on the highest plan only, which the guide calls Enterprise in one place and Organization elsewhere.", []string{"internal/apollo.TestWithoutSCIMAPersonIsToldWhy"}, ""},
	{"A-6", aOverview, "Single sign-on has to be set up whole before SCIM can be switched on.", []string{"internal/apollo.TestSingleSignOnComesBeforeSCIM"}, ""},
	{"A-7", aAdmin, "An Admin may do everything: users, billing, security, integrations.", []string{"domain.TestConversionsOfApolloIO/full to admin", "workflows.TestAPromotionIsApprovedByWhatIsGained"}, ""},
	{"A-8", aAdmin, "An Admin reaches every sequence and workflow that anybody on the team has made.", nil, "What an Admin sees inside the app is the vendor's own doing; Handover works with an API key, and a test of it would prove only our simulator."},
	{"A-9", aAdmin, "In the Admin profile the settings for users, billing and appearance are on and cannot be switched off.", nil, "No interface shows or sets the switches of a profile, and Handover changes none; it takes from the policy file what a profile means."},
	{"A-10", aAdmin, "An account needs one Admin at every moment.", []string{"domain.TestSoleAdminGuard/the only admin", "domain.TestNeverAreAllAdminsGone", "activities.TestTwoAdminsAtOnce", "workflows.TestTheLastAdminIsNotDemoted"}, ""},
	{"A-11", aAdmin, "An Admin sits on a paid seat.", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/another admin", "domain.TestConversionsOfApolloIO/billing to admin"}, ""},
	{"A-12", aAdmin, "When the only Admin leaves or is deactivated the company is locked out: somebody else is made one first.", []string{"workflows.TestSoleAdminIsNotCutBeforeAnotherIsListed", "activities.TestSoleAdminGoesOnceSomebodyIsPromoted", "activities.TestGuards/sole admin"}, ""},
	{"A-13", aAdmin, "Where it happened all the same, only Apollo's support gives the administration back.", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/locked out"}, ""},
	{"A-14", aAdmin, "Two people at least should be Admins.", []string{"domain.TestSoleAdminGuard/two admins", "activities.TestSoleAdminGoesOnceSomebodyIsPromoted"}, ""},
	{"A-15", aUser, "Whoever is no Admin reaches other people's sequences and workflows only if these were shared or the profile allows it.", nil, "No interface shows what is shared. Handover makes the successor the owner of what they inherit, so that nothing of it has to be shared."},
	{"A-16", aUser, "Settings for Admins are closed to others, unless a custom profile opens them; so a profile that nobody explained may administer.", []string{"domain.TestARoleThatMayAdministerIsPrivileged", "domain.TestSoleAdminGuard/a profile nobody mapped", "internal/config.TestMistakesAboutJoiningNameFileLineAndKey/starts with who knows"}, ""},
	{"A-17", aUser, "Other people's emails are hidden from a user unless a switch of the profile shows them.", nil, "No interface shows that switch, and Handover sets no switch; the successor gets the emails of a leaver by way of the forwarding mailbox."},
	{"A-18", aUser, "A standard user sits on a paid seat.", []string{"domain.TestConversionsOfApolloIO/billing to full", "domain.TestSeatBalance/three leave"}, ""},
	{"A-19", aBilling, "A Billing and Seat Manager reaches administration and billing, and is no working Admin in an emergency.", []string{"domain.TestSoleAdminGuard/a billing manager is no working admin", "activities.TestGuards/a billing manager does not count"}, ""},
	{"A-20", aBilling, "A Billing and Seat Manager cannot prospect, engage or dial, and so cannot work what a leaver leaves.", []string{"activities.TestHeirsThatDoNotFit/billing seat", "domain.TestConversionsOfApolloIO/full to billing"}, ""},
	{"A-21", aBilling, "A Billing and Seat Manager cannot update records that come from a CRM: as the user of the team's sync they make it fail.", []string{"domain.TestConversionsOfApolloIO/who holds the CRM sync", "workflows.TestAConversionToBillingOnly", "domain.TestPeopleAreSentToThePagesOfApolloIO/crm, leaving"}, ""},
	{"A-22", aBilling, "Not every plan has this seat; others have to be upgraded for it.", []string{"domain.TestWhatAnInviteOfApolloIOWarnsOf", "domain.TestConversionsOfApolloIO/full to billing", "domain.TestWhoIsAskedForBillsAlone"}, ""},
	{"A-23", aBilling, "This seat costs nothing and takes no paid one.", []string{"domain.TestThePricesOfTheGuide", "domain.TestSeatBalance/free seats do not count"}, ""},
	{"A-24", aBilling, "There are five such seats at most.", []string{"domain.TestSeatWarnings/all five", "domain.TestWhatAnInviteOfApolloIOWarnsOf", "domain.TestWhoIsAskedForBillsAlone"}, ""},
	{"A-25", aBilling, "To make a full user one of them leaves a paid seat free and takes prospecting and engagement away at once.", []string{"domain.TestConversionsOfApolloIO/full to billing", "workflows.TestAConversionToBillingOnly"}, ""},
	{"A-26", aBilling, "To make one of them a full user takes a paid seat, and is charged at once where none is free.", []string{"workflows.TestAConversionToAFullSeatAsksAboutMoney/none is free", "domain.TestConversionsOfApolloIO/billing to full"}, ""},
	{"A-27", aCalls, "A Call Assistant reviews calls and deals; the dialer, prospecting and engagement are closed to them, so that they cannot work what a leaver leaves.", []string{"activities.TestACallAssistantInheritsNothing", "domain.TestConversionsOfApolloIO/full to call assistant"}, ""},
	{"A-28", aCalls, "A Call Assistant uses up no credits for prospecting.", nil, "Credits are no part of anybody's access; Handover neither counts nor spends them, and no test can show what a vendor does not charge."},
	{"A-29", aCalls, "This seat is on paid plans and not on every account yet.", []string{"domain.TestWhatAnInviteOfApolloIOWarnsOf", "domain.TestConversionsOfApolloIO/full to call assistant"}, ""},
	{"A-30", aCalls, "Accounts that were sold by Apollo's sales team have it enabled by Customer Success.", []string{"domain.TestACallAssistantOfASoldAccountIsEnabledByTheVendor"}, ""},
	{"A-31", aCalls, "What this seat costs is not published.", []string{"domain.TestWhatIsNotPublishedStaysUnknown/a call assistant", "domain.TestConversionsOfApolloIO/what a call seat costs"}, ""},
	{"A-32", aCalls, "To make a full user a Call Assistant strips everything that they could do: the seat is for new users only.", []string{"domain.TestConversionsOfApolloIO/full to call assistant", "domain.TestWhatAnInviteOfApolloIOWarnsOf"}, ""},
	{"A-33", aProfiles, "Profiles are made, changed and handed out whenever an Admin likes, so that one may appear that nobody has explained yet.", []string{"internal/apollo.TestAccountFactsComeFromTheProfileMap", "activities.TestGuards/unknown profile", "domain.TestSeatWarnings/unmapped"}, ""},
	{"A-34", aProfiles, "A profile is a set of switches for each area of the product, with further ones beneath.", nil, "The interface gives a profile's id and none of its switches; the policy file says what a profile means for administration and seats, and the rest is the company's own."},
	{"A-35", aAdding, "The order is: Settings > Users, New User, the profile, the addresses, Send Invites.", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/invite"}, ""},
	{"A-36", aAdding, "An address and a profile are required.", []string{"internal/desk.TestAnInviteNeedsAnAddressAndARole"}, ""},
	{"A-37", aAdding, "The person gets an email, accepts, and sets up a password or comes in by single sign-on.", []string{"workflows.TestAJoinerIsInvitedOnceAndVerified", "domain.TestTheOrderOfJoining"}, ""},
	{"A-38", aAdding, "An invite needs a paid seat; where none is left one is bought before the invite.", []string{"workflows.TestTheSeatIsBoughtBeforeTheInvite", "workflows.TestASeatThatWasTakenMeanwhile"}, ""},
	{"A-39", aAdding, "The Free plan has one seat after a hundred days of use.", []string{"domain.TestWhatThePlansWarnOf"}, ""},
	{"A-40", aAdding, "Somebody whose address is in another active workspace is asked to switch: that deactivates them there and moves no data.", []string{"domain.TestWhatAnInviteOfApolloIOWarnsOf", "workflows.TestWhoAgreesReadsTheWarnings", "workflows.TestAPersonInvites"}, ""},
	{"A-41", aAdding, "An invited person stands among the current users only once they have accepted.", []string{"workflows.TestAPersonInvites", "internal/sim/apollo.TestInvites", "domain.TestWhoIsThereWhoWasAndWhoIsInvited"}, ""},
	{"A-42", aAdding, "An invite that does not arrive may lie among spam.", []string{"workflows.TestAnInviteThatNobodyAcceptsIsToldOf"}, ""},
	{"A-43", aAdding, "It is sent again by going through the steps of inviting once more.", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/invite again", "workflows.TestSteeringAnInvite"}, ""},
	{"A-44", aMany, "There is no import of users from a file.", nil, "Nothing of Handover rests on one: each person is a run of their own with a decision of its own, and there is no call or page whose absence a test could show."},
	{"A-45", aMany, "Whether users of a domain are added by themselves is not known.", nil, "The guide itself does not know it. Should it happen, such a user stands in the listing without a run of ours; a test would have to invent how."},
	{"A-46", aMany, "An identity provider can provision users on the Organization plan, and only Okta and Entra ID are supported.", []string{"internal/config.TestMistakesInDoors/another provider", "internal/app.TestALeavingBehindTwoProviders", "internal/apollo.TestWithoutSCIMAPersonIsToldWhy"}, ""},
	{"A-47", aDeactivate, "Users cannot be deleted, only deactivated.", []string{"internal/apollo.TestNothingThatSendsOrDeletes", "internal/apollo.TestSCIMRequestsCarryTheirOwnCredential"}, ""},
	{"A-48", aDeactivate, "A deactivated user can be given back at any time, and is given back rather than invited.", []string{"internal/apollo.TestDeactivateTwiceAndBackAgain", "workflows.TestUndoPutsBack", "activities.TestSomebodyWhoWasDeactivatedIsGivenBackAndNotInvited"}, ""},
	{"A-49", aDeactivate, "The order is: Settings > Users, the menu of the row, Deactivate, and Deactivate once more to confirm.", []string{"domain.TestPeopleAreSentToThePagesOfApolloIO/deactivate"}, ""},
	{"A-50", aDeactivate, "After the deactivation the mailbox is unlinked.", []string{"domain.TestTheOrderOfLeavingApolloIO", "domain.TestPeopleAreSentToThePagesOfApolloIO/unlink"}, ""},
	{"A-51", aDeactivate, "Then what the user owned goes to somebody else on the team: accounts with their contacts, deals, tasks, workflows, sequences.", []string{"domain.TestTheOrderOfLeavingApolloIO", "standalone/e2e.TestLeaverThroughTheRealProcess"}, ""},
	{"A-52", aLeft, "Contacts and accounts stay with the deactivated user until somebody reassigns them; Apollo moves nothing by itself.", []string{"internal/sim/apollo.TestDeactivationLeavesEverythingWhereItWas", "activities.TestMoveTwiceIsMovedOnce"}, ""},
	{"A-53", aLeft, "Active sequences are transferred by hand.", []string{"internal/apollo.TestEachSequenceIsTransferredByItself", "activities.TestMoveTwiceIsMovedOnce"}, ""},
	{"A-54", aLeft, "A leaver's scheduled emails end as Not sent where nobody unlinks the mailbox and gives them another one to go out from.", []string{"internal/sim/apollo.TestScheduledEmailsWhenDue", "activities.TestNoMailboxIsUnlinkedIntoTheVoid", "activities.TestLostEmailsAreListed"}, ""},
	{"A-55", aLeft, "The mailbox stays linked until an Admin unlinks it.", []string{"internal/sim/apollo.TestDeactivationLeavesEverythingWhereItWas", "internal/apollo.TestWhatThePagesOfApolloIODoIsLeftToPeople", "activities.TestSweepFindsAMailboxThatIsLinkedAgain"}, ""},
	{"A-56", aLeft, "Where the CRM sync runs on the deactivated user's credentials it may fail.", []string{"domain.TestTheOrderOfLeavingApolloIO", "domain.TestPeopleAreSentToThePagesOfApolloIO/crm, leaving"}, ""},
	{"A-57", aLeft, "A deactivation reduces neither the seats bought nor the bill.", []string{"internal/sim/apollo.TestDeactivationLeavesEverythingWhereItWas", "activities.TestSeatOfALeaver"}, ""},
	{"A-58", aLeft, "Seats are reduced apart from it, in the settings of the subscription.", []string{"workflows.TestSeatsAreGivenBackOnceAttested", "internal/apollo.TestWhatThePagesOfApolloIODoIsLeftToPeople"}, ""},
	{"A-59", aLeft, "In an annual contract seats are not reduced before its term ends.", []string{"activities.TestSeatOfALeaver/annual", "internal/desk.TestASeatReleaseStartsOnceForEachRenewal", "domain.TestSeatDates", "internal/sim/apollo.TestSeatsOfAnAnnualContract"}, ""},
	{"A-60", aLeft, "The owner of sequences cannot be changed in bulk: each is changed by itself.", []string{"internal/apollo.TestEachSequenceIsTransferredByItself"}, ""},
	{"A-61", aSeats, "A full seat costs by plan and billing period: nothing, 49 or 59, 79 or 99, 119 or 149 US dollars for a user and month.", []string{"domain.TestThePricesOfTheGuide"}, ""},
	{"A-62", aSeats, "The Organization plan has three users at least.", []string{"domain.TestAContractKnowsItsPlan", "domain.TestSpareSeatsHarmNobody", "activities.TestSeatsThatCanBeGivenBack/never below the minimum"}, ""},
	{"A-63", aSeats, "The number of seats and the bill stand under Plan overview > Manage Subscription, and nowhere in the API.", []string{"domain.TestSeatWarnings/bought", "domain.TestPeopleAreSentToThePagesOfApolloIO/buy a seat", "internal/apollo.TestWhatThePagesOfApolloIODoIsLeftToPeople"}, ""},
	{"A-64", aSeats, "License Settings holds what the company prefers for domains and seats.", nil, "It names a page and no rule; Handover neither reads nor changes what is set there, because no interface reaches it."},
	{"A-65", aSeats, "There is no report of unused seats: the list of users is held against the number bought.", []string{"internal/desk.TestSeatsAreReadByTheWorkers", "domain.TestHowSeatsStand", "domain.TestNoFreeSeatIsAGuess"}, ""},
	{"A-66", aSeats, "Users who are deactivated are told from the list of users, and sit on no seat.", []string{"domain.TestSeatsAreCountedByType", "internal/apollo.TestDeactivatedUsersAreAbsentWhetherTheyVanishOrStay"}, ""},
	{"A-67", aSeats, "Users who are active and do not use the app are looked for in that list, too.", []string{"internal/apollo.TestLastActivityIsThreeValued", "domain.TestWhatAReviewerSeesBesideALine"}, ""},
	{"A-68", aSeats, "More seats count at once and are charged at once.", []string{"domain.TestAPurchaseIsChargedAtOnce", "workflows.TestBirthrightAsksOnlyAboutMoney/a seat to buy", "domain.TestPeopleAreSentToThePagesOfApolloIO/buy a seat"}, ""},
	{"A-69", aSeats, "Fewer seats count at once where they may be reduced in mid-term, and nothing is refunded: so it is done shortly before the period ends.", []string{"activities.TestSeatOfALeaver/monthly", "internal/sim/apollo.TestSeatsOfAMonthlyPlan"}, ""},
	{"A-70", aSeats, "A move to the Free plan leaves one seat, and all others are removed ten days later.", []string{"domain.TestWhatThePlansWarnOf"}, ""},
	{"A-71", aSeats, "Credits that are not used end with the billing cycle.", nil, "Credits are no part of anybody's access or seat; Handover neither counts nor spends them, so that nothing here could break it."},
	{"A-72", aSeats, "Further credits cost 20 cents each, 250 at least by the month and 2,500 by the year.", nil, "Handover buys no credits and shows no price of them; what people approve here is seats and roles."},
	{"A-73", aSeats, "The Organization plan is bought through Apollo's sales team.", []string{"domain.TestTheOrganizationPlanIsSoldBySales"}, ""},
	{"A-74", aReports, "Prices change often, also within a year: none is worth anything without its date.", []string{"domain.TestSeatWarnings/price of the day", "domain.TestThePricesOfTheGuide", "internal/config.TestMistakesAboutSeatsNameFileLineAndKey/a price without a date"}, ""},
	{"A-75", aReports, "New rules for credits and new features do not reach annual contracts that were signed before.", nil, "It is about what a vendor gives for the money and touches neither access nor the number of seats; what a tenant has is written in the policy file."},
	{"A-76", aReports, "Whoever needs the app for its bills alone is better off with a free billing seat.", []string{"domain.TestWhoIsAskedForBillsAlone", "internal/desk.TestSeatsAreReadByTheWorkers"}, ""},
	{"A-77", aReports, "Below the Organization plan everything is done by hand on Apollo's pages.", []string{"internal/apollo.TestWithoutSCIMAPersonIsToldWhy", "workflows.TestAPersonInvites", "internal/apollo.TestWhatThePagesOfApolloIODoIsLeftToPeople"}, ""},
	{"A-78", aReports, "Seats stay paid until the renewal where nobody thinks of it in time: it is asked ahead of the notice.", []string{"internal/desk.TestASeatReleaseStartsOnceForEachRenewal", "domain.TestSeatWarnings/notice is over", "workflows.TestSeatsStay"}, ""},
}
