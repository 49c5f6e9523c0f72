package entra

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func (s *Simulator) routes() http.Handler {
	graph := http.NewServeMux()
	handle := func(pattern string, oneOf []string, next http.HandlerFunc) {
		graph.HandleFunc(pattern, s.needs(oneOf, next))
	}
	handle("GET /v1.0/users", mayReadUsers, s.listUsers)
	handle("GET /v1.0/users/{id}", mayReadUsers, s.getUser)
	handle("GET /v1.0/users/{id}/memberOf", mayReadGroups, s.memberOf)
	handle("GET /v1.0/users/{id}/appRoleAssignments", mayReadGrants, s.grantsOfUser)
	handle("DELETE /v1.0/users/{id}/appRoleAssignments/{row}", mayAssign, s.deleteRow)
	handle("POST /v1.0/users/{id}/revokeSignInSessions", mayEndSessions, s.endSessions)
	handle("GET /v1.0/groups/{id}", mayReadGroups, s.getGroup)
	handle("GET /v1.0/groups/{id}/members", mayReadGroups, s.members)
	handle("POST /v1.0/groups/{id}/members/$ref", mayWriteGroups, s.addMember)
	handle("DELETE /v1.0/groups/{id}/members/{member}/$ref", mayWriteGroups, s.removeMember)
	handle("DELETE /v1.0/groups/{id}/members/{member}", []string{"User.ReadWrite.All"}, s.deleteMemberItself)
	handle("GET /v1.0/groups/{id}/appRoleAssignments", mayReadGrants, s.grantsOfGroup)
	handle("GET /v1.0/servicePrincipals/{id}", mayReadApps, s.getApp)
	handle("GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo", mayReadApps, s.assignedTo)
	handle("POST /v1.0/servicePrincipals/{id}/appRoleAssignedTo", mayAssign, s.assign)
	handle("DELETE /v1.0/servicePrincipals/{id}/appRoleAssignedTo/{row}", mayAssign, s.deleteRow)
	handle("GET /v1.0/servicePrincipals/{id}/appRoleAssignments", mayReadApps, s.grantsOfApp)
	handle("GET /v1.0/servicePrincipals/{id}/synchronization/jobs", mayReadJobs, s.jobs)
	handle("POST /v1.0/servicePrincipals/{id}/synchronization/jobs/{job}/provisionOnDemand", mayRunJobs, s.onDemand)
	handle("GET /v1.0/auditLogs/signIns", mayReadLogs, s.listSignIns)
	graph.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+r.URL.Path+"'.")
	})
	login := http.NewServeMux()
	login.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	gated := s.gate(graph)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1.0/") {
			gated.ServeHTTP(w, r)
			return
		}
		login.ServeHTTP(w, r)
	})
}

var byAppID = regexp.MustCompile(`^/v1\.0/servicePrincipals\(appId='([^']*)'\)`)

// gate lets a request through that carries a token and meets no refusal, and reads
// the other way of naming a service principal.
func (s *Simulator) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.switches.Percentage != "" {
			w.Header().Set("x-ms-throttle-limit-percentage", s.switches.Percentage)
		}
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		until, known := s.tokens[bearer]
		switch {
		case s.switches.Refuse > 0:
			s.switches.Refuse--
			s.throttled(w, s.switches.RetryAfter)
			return
		case s.switches.Status != 0:
			s.broken(w)
			return
		case !known || !s.now().Before(until):
			s.fail(w, http.StatusUnauthorized, codeToken, "Access token has expired or is not yet valid.")
			return
		}
		if m := byAppID.FindStringSubmatch(r.URL.Path); m != nil {
			if a := find(s.apps, func(a *App) bool { return a.AppID == m[1] }); a != nil {
				r = r.Clone(r.Context())
				r.URL.Path = "/v1.0/servicePrincipals/" + a.ID + strings.TrimPrefix(r.URL.Path, m[0])
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Simulator) broken(w http.ResponseWriter) {
	if s.switches.HTML {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(s.switches.Status)
		_, _ = io.WriteString(w, "<html><body>Our services aren't available right now</body></html>")
		return
	}
	s.fail(w, s.switches.Status, "UnknownError", "dana.reyes@example.com could not be served")
}

func (s *Simulator) throttled(w http.ResponseWriter, after string) {
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	s.fail(w, http.StatusTooManyRequests, codeThrottled, "Too many requests.")
}

// paced tells whether a request of a kind that has five in ten seconds may go, and
// answers 429 where it may not.
func (s *Simulator) paced(w http.ResponseWriter, kind string) bool {
	const most, window = 5, 10 * time.Second
	now := s.now()
	kept := s.paces[kind][:0]
	for _, at := range s.paces[kind] {
		if now.Sub(at) < window {
			kept = append(kept, at)
		}
	}
	s.paces[kind] = kept
	if len(kept) >= most {
		s.throttled(w, "10")
		return false
	}
	s.paces[kind] = append(kept, now)
	return true
}

// tokenLife is how long a token works (Microsoft's default lies between 60 and 90
// minutes).
const tokenLife = time.Hour

// token is the client credentials grant.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	form := r.PostForm
	refuse := func(status int, name string, number int) {
		write(w, status, object{"error": name, "error_codes": []int{number}, "trace_id": s.requestID(), "correlation_id": s.requestID(),
			"error_description": "AADSTS" + strconv.Itoa(number) + ": refused for " + form.Get("client_id")})
	}
	switch {
	case s.switches.TokenStatus == http.StatusTooManyRequests:
		s.throttled(w, s.switches.RetryAfter)
	case s.switches.TokenStatus != 0:
		s.fail(w, s.switches.TokenStatus, "UnknownError", "no")
	case r.PathValue("tenant") != s.opt.Tenant:
		refuse(http.StatusBadRequest, "invalid_request", 90002)
	case form.Get("grant_type") != "client_credentials":
		refuse(http.StatusBadRequest, "unsupported_grant_type", 70003)
	case form.Get("client_id") != s.opt.ClientID:
		refuse(http.StatusBadRequest, "unauthorized_client", 700016)
	case !strings.HasSuffix(form.Get("scope"), "/.default"):
		refuse(http.StatusBadRequest, "invalid_scope", 70011)
	case form.Get("client_secret") != s.opt.Secret:
		refuse(http.StatusUnauthorized, "invalid_client", 7000215)
	default:
		s.issued++
		bearer := "token-" + s.requestID()
		s.tokens[bearer] = s.now().Add(tokenLife)
		write(w, http.StatusOK, object{"token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "ext_expires_in": int(tokenLife.Seconds()), "access_token": bearer})
	}
}
