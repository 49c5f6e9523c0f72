// Package console is the door of pages: server-rendered, without anything from
// elsewhere, and working without a script. So far it holds the reviewer's page of an
// access review, opened by a link that is bound to one person and one review.
package console
