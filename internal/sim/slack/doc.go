// Package slack simulates one Slack workspace with one app installed in it: the Web API methods the app calls, with
// their limits and error codes; the signed requests Slack sends when a person clicks, submits a form or types a command;
// Socket Mode; response URLs; and a page on which a person reads the conversations and acts.
//
// The simulator is stateful and deterministic: ids and timestamps come from counters and from Options.Clock. What a
// network adds is asked for with SetFaults; what Slack does not document, or does differently for some workspaces, is a
// Switch.
//
// Sources, by the names the comments use:
//
//   - methods: docs.slack.dev/reference/methods/<method>, and the error lists in slack-ruby/slack-api-ref
//   - limits: docs.slack.dev/apis/web-api/rate-limits and MethodsRateLimits of slackapi/java-slack-sdk
//   - blocks: docs.slack.dev/reference/block-kit and packages/types of slackapi/node-slack-sdk
//   - payloads: docs.slack.dev/reference/interaction-payloads
//   - socket: api.slack.com/apis/connections/socket-implement
//   - signature: docs.slack.dev/authentication/verifying-requests-from-slack
//   - memory: known from use, found in no document; each such fact is also named in Switches or in the comment
//
// Nothing here is shared with the client on purpose: a type used on both sides would hide a mistake made on both sides.
package slack
