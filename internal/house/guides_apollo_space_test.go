package house_test

// Where in the Apollo Space guide a rule stands.
const (
	sWho     = "Who may invite"
	sInvite  = "Address and first role"
	sSend    = "Sending the invite"
	sAccept  = "Accepting it"
	sRole    = "Changing a role"
	sRemove  = "Removing a member"
	sPending = "Pending invites"
	sLog     = "The audit log"
	sAdvice  = "What is advised"
)

var apolloSpaceRows = []guideRow{
	{"S-1", sWho, "Only Owners and Admins invite.", []string{"domain.TestEntitled", "internal/desk.TestWhoInvitesIntoASpaceMayDoIt"}, ""},
	{"S-2", sWho, "Members and Viewers do not even see the button: whoever does not see it asks an Owner or an Admin.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/who sees it", "internal/desk.TestWhatTheGuideAdvises"}, ""},
	{"S-3", sInvite, "The order is: Settings > Members > Invite, the address, the role, Send invite.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/invite"}, ""},
	{"S-4", sInvite, "An invite carries an address and one of four roles.", []string{"internal/desk.TestAnInviteNeedsAnAddressAndARole", "domain.TestTheFourRolesAndWhatTheyAre"}, ""},
	{"S-5", sInvite, "An Owner may do everything with members and roles.", []string{"domain.TestEntitled", "domain.TestTheFourRolesAndWhatTheyAre"}, ""},
	{"S-6", sInvite, "An Owner also holds the plan and the bills, and may delete the organisation.", nil, "Handover has no step that touches the plan, a bill or the organisation itself, so that nothing of ours could fall to the wrong person."},
	{"S-7", sInvite, "An Admin does all of the daily work and cannot make an Owner.", []string{"domain.TestEntitled", "domain.TestTheFourRolesAndWhatTheyAre"}, ""},
	{"S-8", sInvite, "A Member works, and touches neither settings nor bills: nothing that administers falls to one.", []string{"domain.TestEntitled", "domain.TestTheFourRolesAndWhatTheyAre"}, ""},
	{"S-9", sInvite, "A Viewer only reads.", nil, "What a Viewer may do with leads and conversations inside the app nothing shows that we can read; that a Viewer neither invites nor changes anybody is S-1."},
	{"S-10", sInvite, "People start as Member.", []string{"internal/config.TestHowPeopleJoinIsRead", "internal/desk.TestWhoInvitesIntoASpaceMayDoIt", "internal/config.TestMistakesAboutJoiningNameFileLineAndKey/starts as Space's admin"}, ""},
	{"S-11", sInvite, "Somebody becomes Admin only when the work calls for it: more is easier given later than taken back.", []string{"workflows.TestAPromotionIsApprovedByWhatIsGained", "workflows.TestAPrivilegedRoleAndMoneyHaveStagesOfTheirOwn"}, ""},
	{"S-12", sSend, "Apollo Space makes a link for that address alone and sends the email within seconds.", nil, "The vendor does both, and nothing that we can read shows the email; that the invite is there is seen in the pending list."},
	{"S-13", sSend, "The invite stands in the pending list until it is accepted.", []string{"domain.TestWhatHappenedBetweenTwoLists/invited", "internal/apollospace.TestAnOpenInviteIsAccessThatHasNotEnded", "internal/desk.TestAListAsSpreadsheetsWriteIt"}, ""},
	{"S-14", sSend, "The link can be used once.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/the link"}, ""},
	{"S-15", sSend, "The link is good for seven days.", []string{"internal/desk.TestWhoInvitesIntoASpaceMayDoIt", "workflows.TestAnInviteThatRunsOut", "internal/desk.TestWhatTheGuideAdvises"}, ""},
	{"S-16", sSend, "After that it is sent again by Resend, which makes a new link and ends the old one.", []string{"workflows.TestSteeringAnInvite", "workflows.TestAnInviteThatRunsOut", "domain.TestPeopleAreSentToThePagesOfApolloSpace/resend"}, ""},
	{"S-17", sAccept, "Whoever has an account signs in and joins; whoever has none makes one by the link.", nil, "The screen shows a member in both cases and not by which way they came. That they came is found in a newer list: see S-13 and S-32."},
	{"S-18", sAccept, "The invite is the only way in, because nobody can sign up by themselves.", []string{"domain.TestTheOrderOfJoining", "domain.TestWhatHappenedBetweenTwoLists/accepted, never seen pending"}, ""},
	{"S-19", sRole, "The order is: Settings > Members, the role's menu in the row, confirm.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/role"}, ""},
	{"S-20", sRole, "Only Owners make Owners.", []string{"domain.TestEntitled", "internal/desk.TestWhoChangesTheRoleOfAnOwnerIsOne/an owner is made", "internal/desk.TestWhoInvitesIntoASpaceMayDoIt"}, ""},
	{"S-21", sRole, "An Admin cannot change an Owner's level, so that a stolen Admin account does not take the organisation.", []string{"domain.TestEntitled", "domain.TestWhatTouchesAnOwnerIsForOwners", "internal/desk.TestWhoChangesTheRoleOfAnOwnerIsOne/an owner becomes less", "internal/desk.TestATaskGoesToSomebodyWhoMayDoIt/an owner: the other owner"}, ""},
	{"S-22", sRemove, "The order is: Settings > Members, Remove beside the name, confirm.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/remove"}, ""},
	{"S-23", sRemove, "Access ends at once, which a newer list has to show.", []string{"internal/app.TestANewerListVerifiesTheRemoval", "internal/app.TestTwoPeopleDoNotStandAgainstANewerList"}, ""},
	{"S-24", sRemove, "Leads, activities and conversations stay with their history and change owner only if somebody reassigns them.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/what stays", "internal/app.TestLeavingASpaceWithoutANewerList"}, ""},
	{"S-25", sRemove, "Personal notes in the personal Brain are out of reach afterwards: what is needed of them is retrieved before the removal.", []string{"domain.TestTheRunbookRetrievesNotesBeforeTheRemoval", "internal/app.TestLeavingASpaceWithoutANewerList", "internal/app.TestTheLossOfNotesIsAccepted"}, ""},
	{"S-26", sRemove, "Personal integrations are revoked and their tokens deleted by the app itself.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/integrations", "internal/app.TestLeavingASpaceWithoutANewerList"}, ""},
	{"S-27", sRemove, "The log of what the person did stays, in their name.", []string{"domain.TestPeopleAreSentToThePagesOfApolloSpace/the app's log"}, ""},
	{"S-28", sPending, "All invites that nobody accepted yet stand under Settings > Members > Pending.", []string{"internal/desk.TestAListIsReadWholeOrNotAtAll/the pending are missing", "internal/desk.TestAListIsKeptWithWhoUploadedItAndWhen", "domain.TestPeopleAreSentToThePagesOfApolloSpace/remove invites"}, ""},
	{"S-29", sPending, "An invite can be cancelled before it is accepted.", []string{"workflows.TestAnInviteThatIsTakenBack", "domain.TestWhatHappenedBetweenTwoLists/cancelled", "domain.TestPeopleAreSentToThePagesOfApolloSpace/cancel"}, ""},
	{"S-30", sPending, "Another first role reissues the invite with that role.", []string{"workflows.TestSteeringAnInvite", "domain.TestWhatHappenedBetweenTwoLists/reissued with another role", "domain.TestPeopleAreSentToThePagesOfApolloSpace/another role"}, ""},
	{"S-31", sLog, "An invite that was sent is an event: who, to whom, with which role.", []string{"activities.TestTheEventsOfMembershipAreWhole", "internal/desk.TestWhatNobodyExplainsIsAnEvent"}, ""},
	{"S-32", sLog, "An invite that was accepted is an event: who, when.", []string{"activities.TestTheEventsOfMembershipAreWhole", "internal/desk.TestWhatNobodyExplainsIsAnEvent"}, ""},
	{"S-33", sLog, "An invite that was cancelled is an event: by whom, when.", []string{"activities.TestTheEventsOfMembershipAreWhole", "domain.TestWhatHappenedBetweenTwoLists/cancelled"}, ""},
	{"S-34", sLog, "A changed role is an event: from what to what, by whom.", []string{"activities.TestTheEventsOfMembershipAreWhole", "internal/desk.TestWhatNobodyExplainsIsAnEvent"}, ""},
	{"S-35", sLog, "A removed member is an event: who, by whom.", []string{"activities.TestARemovalIsAnEventThatNamesWhoDidIt", "internal/desk.TestWhatNobodyExplainsIsAnEvent"}, ""},
	{"S-36", sLog, "Who granted Admin to somebody, and when, is answered in seconds.", []string{"internal/desk.TestWhoGrantedAdminAndWhenIsOneQuestion", "activities.TestTheEventsOfMembershipAreWhole"}, ""},
	{"S-37", sAdvice, "One or two Owners are enough, not everybody needs to be one.", []string{"internal/desk.TestWhatTheGuideAdvises"}, ""},
	{"S-38", sAdvice, "Where there is one Owner only, a backup is named.", []string{"internal/desk.TestWhatTheGuideAdvises", "internal/apollospace.TestTheGuardCountsOwners/the only owner, though there is an admin"}, ""},
	{"S-39", sAdvice, "Without any Owner the organisation comes back only through Apollo Space's support, so the last Owner makes another one first.", []string{"internal/app.TestTheSoleOwnerOfASpace", "domain.TestPeopleAreSentToThePagesOfApolloSpace/the only owner"}, ""},
	{"S-40", sAdvice, "People from outside, such as lawyers, accountants and board members, are Viewers.", []string{"domain.TestPeopleFromOutsideAreViewers"}, ""},
	{"S-41", sAdvice, "Every three to six months members and roles are gone through.", []string{"domain.TestReviewsByTheClock"}, ""},
	{"S-42", sAdvice, "In that round whoever has left the company is removed.", []string{"internal/desk.TestWhoLeftLongAgoAndIsActiveHereIsALeaver", "internal/desk.TestWhoWasRemovedAndIsThereAllTheSame"}, ""},
	{"S-43", sAdvice, "In that round roles that gathered too many rights are reduced.", []string{"domain.TestWhatAReviewerSeesBesideALine", "domain.TestWhoMayDecideWhatOfALine", "domain.TestOnlyTheAppMakesALineDone"}, ""},
	{"S-44", sAdvice, "In that round it is confirmed that each Owner should still be one.", []string{"domain.TestWhoMayDecideWhatOfALine", "workflows.TestPrivilegedLinesKeepTheReviewOpen"}, ""},
}
