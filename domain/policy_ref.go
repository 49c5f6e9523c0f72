package domain

import (
	"slices"
	"strings"
)

// Ref is how a policy names those who decide: a work email, the words manager,
// app_owner, app_backup, finance, security, or role:<role>, slack:<user id>,
// slack_group:<group id>.
type Ref struct {
	Kind  RefKind
	Value string // email, role or id
}

// RefKind is a kind of reference.
type RefKind string

// Kinds of references.
const (
	RefNamed      RefKind = "named" // by email
	RefManager    RefKind = "manager"
	RefAppOwner   RefKind = "app_owner"
	RefAppBackup  RefKind = "app_backup"
	RefRole       RefKind = "role"
	RefSlack      RefKind = "slack"
	RefSlackGroup RefKind = "slack_group"
)

// Roles are all that the policy file can grant.
var Roles = []Role{RoleAdmin, RoleSecurity, RoleHR, RoleFinance, RoleAuditor}

// ParseRef reads a reference; false is none.
func ParseRef(text string) (Ref, bool) {
	switch text {
	case string(RefManager), string(RefAppOwner), string(RefAppBackup):
		return Ref{Kind: RefKind(text)}, true
	case string(RoleFinance), string(RoleSecurity):
		return Ref{Kind: RefRole, Value: text}, true
	}
	kind, value, _ := strings.Cut(text, ":")
	switch RefKind(kind) {
	case RefRole:
		return Ref{RefRole, value}, slices.Contains(Roles, Role(value))
	case RefSlack:
		return Ref{RefSlack, value}, ChatID(value, "UW")
	case RefSlackGroup:
		return Ref{RefSlackGroup, value}, ChatID(value, "S")
	}
	return Ref{RefNamed, NormalEmail(text)}, LooksLikeEmail(text)
}

// Word is how a reader is told by what they are asked. A named person is not
// shown their own email.
func (r Ref) Word() string {
	switch r.Kind {
	case RefRole:
		return "role:" + r.Value
	case RefSlackGroup:
		return "slack_group:" + r.Value
	case RefSlack:
		return string(RefNamed)
	default:
		return string(r.Kind)
	}
}

// ChatID tells whether a text looks like an id of the chat system that begins
// with one of some letters.
func ChatID(text, first string) bool {
	if len(text) < 2 || !strings.Contains(first, text[:1]) {
		return false
	}
	return strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// SlackGroups names the user groups whose members the policy asks, by id: the
// door to Slack keeps their members.
func (p *Policy) SlackGroups() []string {
	var ids []string
	for _, setting := range p.Approvals {
		if setting == nil {
			continue
		}
		for _, stage := range setting.Stages {
			for _, text := range slices.Concat(stage.Who, stage.Backup) {
				if ref, ok := ParseRef(text); ok && ref.Kind == RefSlackGroup {
					ids = append(ids, ref.Value)
				}
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
