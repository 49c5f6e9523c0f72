// Package browser plays in an app's own pages what its administrator recorded
// with the Recorder of Chrome's developer tools, for steps that have no API.
//
// Facts carry their source: "Recorder" is the format as the DevTools front end
// writes it and as the reference runner (@puppeteer/replay 3.1.3) reads it,
// "seen" is what Chromium did in our tests.
//
// # Never a wrong click
//
// One click in a recipe acts. It is made only when all of this holds, checked in
// the page itself directly before the click and once more while the click is on
// its way, by a listener that swallows it when anything has changed:
//
//  1. Every alternative by which the recipe knows the element was tried, not the
//     fastest one. Those that find anything find exactly one element, the same,
//     and at least one of them knows it by its accessible name or whole text: a
//     position or a style says nothing about what a button does.
//  2. The element is visible, enabled, still, and on top where the mouse is.
//  3. Each identity check ("who") finds exactly one visible element, and that
//     shows the value it looks for as a whole word: ann@example.com is not in
//     joann@example.com.
//  4. If the element sits in a row, a list item or a dialog, the innermost of
//     them shows an identity check. No identity check sits in a row or a dialog
//     that the element is not in.
//  5. Seen from the element outwards, up to the first part of the page that shows
//     an identity check and an email address, no address is shown but those that
//     the recipe was given.
//
// Rule 5 is why rows do not have to be marked up as rows: a button beside
// somebody else's address never acts, whatever the page is built of. It costs
// pages on which the button and the person meet only in a part that lists others
// too; there a recipe goes through a page of that person.
//
// The page's own scripts cannot see or change any of this: it runs in a world of
// its own beside theirs. What they do on the element's own events (a button that
// acts for somebody else than its page says) nobody can see before; this is why
// what a page says afterwards is no proof, and the caller reads the app by other
// means.
package browser
