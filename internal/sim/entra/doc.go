// Package entra is a stateful simulator of Microsoft Entra ID as an app that
// signs in for itself sees it: the token endpoint and the part of Microsoft Graph
// v1.0 that decides who is given an enterprise application. It is strict by
// default, with the limits and the delays that Graph documents; each switch is a
// deviation or a state of the tenant that somebody met. Standard library only, and
// nothing shared with the client: a shared type would hide a shared mistake.
package entra
