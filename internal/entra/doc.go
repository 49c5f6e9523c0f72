// Package entra is Microsoft Entra ID in front of one app: it reads how people are
// given an enterprise application, takes it away and gives it back, over Microsoft
// Graph v1.0 with the rights of an app registration.
//
// Facts carry their source: "Graph" and "Entra" are Microsoft's documentation,
// "issue" a thread in a project's own tracker, "memory" what no stored page
// confirmed. Nothing here was tried against a live tenant.
//
// Three rules stand above the rest. A row of a group is never deleted, because that
// takes the app from all of its members. A member is only ever removed with $ref,
// because without it Graph deletes the user. And no answer of success is believed:
// what changes is seen later on other servers, so that the caller reads again.
//
// No call asks for ConsistencyLevel: eventual. It would be answered from an index
// that lags further behind (Graph, "advanced query capabilities").
//
// Tokens, addresses and bodies of answers stay out of errors and logs.
package entra
