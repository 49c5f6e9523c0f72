// Package browser plays in an app's own pages what its administrator recorded
// with the Recorder of Chrome's developer tools, for steps that have no API.
//
// Facts carry their source: "Recorder" is the format as the DevTools front end
// writes it and as the reference runner (@puppeteer/replay 3.1.3) reads it,
// "seen" is what Chromium did in our tests.
//
// # Never a wrong click
//
// One click in a recipe acts. Three things stand before it: a guard in the page, a
// door before the network, and a rule of where the button stands.
//
// The guard is in every document from its beginning, before the page's own scripts.
// It swallows every press, but for those of a click that was announced, on the one
// element for which it was. For the click that acts, everything below is looked at
// again in the handler of each of its events, together with the element's text and
// attributes, its form's address and values, and the text of its row: when one of
// them is no longer what it was, the event never reaches the page. A page that
// writes itself anew (document.open) loses the guard; nothing that acts is clicked
// there. A click that acts and was held back is not tried again; another one is,
// until its step's time is over.
//
// The door lets nothing out of the browser before the act but requests that read
// (GET, HEAD, OPTIONS) and those that the recipe names in handoverReads. A form that
// a page would send ends the playing. There are no sockets, and no shared or service
// workers. What the press of the act sets off waits at the door, navigations too,
// until the guard has seen the click itself through; then it goes, and the playing
// ends only when the app has answered it. The same holds for recipes that only read
// and for dry runs: nothing but reading leaves them.
//
// The rule:
//
//  1. Every alternative by which the recipe knows the element was tried, not the
//     fastest one. Those that find anything find exactly one element, the same,
//     and at least one of them knows it by its accessible name or whole text. What
//     can be read on the element is that name, but for the person's own name and
//     address. It holds no other button.
//  2. The element is visible, enabled, still, and what the mouse hits is it.
//  3. Each identity check ("who") finds exactly one visible element, which shows
//     the value it looks for as a whole word, in no field or editable text, can be
//     scrolled to, and lies under nothing else.
//  4. If the element sits in a row, a list item, a dialog, a box over the page, a
//     form that says something, or one of several parts that are built alike, the
//     innermost of them shows an identity check. A menu belongs to the row in which
//     it is built. No identity check sits in a marked row or a dialog that the
//     element is not in. Where there is no such part at all, the page names the
//     person by themselves, not in a sentence: it may be an echo of a search.
//  5. Seen from the element outwards, up to the first part of the page that shows
//     an identity check and an email address, no address is shown but the person's
//     and those of their mailboxes, and nothing that cannot be read: an "@" that is
//     in no address, a closed shadow root, a frame of another origin. Text counts
//     as a person sees it, with what styles draw, slots and fields; what the recipe
//     itself typed counts neither for nor against anybody.
//  6. The field or form on which the element works lies in the same part.
//
// What says that the act is not needed ("already") is demanded, and held to rules 4
// and 5.
//
// # What stays open
//
// A page that shows the person's address beside a button for somebody whom it shows
// by name only, without a row, a form or a list around it. A page whose scripts act
// for somebody else than it shows, or on GET: a link that deletes is a link.
// Addresses in pictures and drawings. A list of cards of which each has styles of
// its own. A form that a script sends into a new window, which a click before the
// act lets it open: the door stands in one window. A socket of a worker. This is
// why what a page says afterwards is no proof, and the caller reads the app by
// other means.
package browser
