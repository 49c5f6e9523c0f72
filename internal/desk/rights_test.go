package desk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/desk"
	"handover/internal/store"
)

// act is something that somebody tries at the desk.
type act func(ctx context.Context, w *world, a desk.Actor, run string) error

var acts = map[string]act{
	"start": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, _, err := w.Offboard(ctx, a, leaving("gil"))
		return err
	},
	"start own": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		req := leaving("x")
		req.Email = a.Person.Email
		_, _, err := w.Offboard(ctx, a, req)
		return err
	},
	"start cut now": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, _, err := w.Offboard(ctx, a, desk.OffboardRequest{Email: "gil@example.com", CutNow: true})
		return err
	},
	"preview": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.PreviewOffboard(ctx, a, leaving("unheard-of"))
		return err
	},
	"move": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.Reschedule(ctx, a, run, domain.LastMoment{Local: "2027-01-04T12:00"})
		return err
	},
	"retract": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.Retract(ctx, a, run, "stays")
		return err
	},
	"cut now": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.CutNow(ctx, a, run, "now")
		return err
	},
	"undo": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.Undo(ctx, a, run, "hired again")
		return err
	},
	"retry": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.Step(ctx, a, run, desk.RetryStep, desk.StepRequest{App: "apollo", Step: domain.StepDeals})
		return err
	},
	"hand over": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.HandOverStep(ctx, a, run, "apollo", domain.StepLists, "bo@example.com")
		return err
	},
	"list": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Runs(ctx, a, store.RunFilter{})
		return err
	},
	"show": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		_, err := w.RunDetail(ctx, a, run)
		return err
	},
	"all approvals": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Approvals(ctx, a, store.RequestFilter{}, true)
		return err
	},
	"own tasks": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Tasks(ctx, a, store.RequestFilter{}, false)
		return err
	},
	"audit": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Audit(ctx, a, "", "", store.AuditFilter{})
		return err
	},
	"audit of somebody": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Audit(ctx, a, "nobody-knows@example.com", "", store.AuditFilter{})
		return err
	},
	"evidence": func(ctx context.Context, w *world, a desk.Actor, run string) error {
		pack, err := w.Evidence(ctx, a, run)
		if err == nil {
			err = pack.Close()
		}
		return err
	},
	"seats": func(ctx context.Context, w *world, a desk.Actor, _ string) error {
		_, err := w.Seats(ctx, a)
		return err
	},
}

const (
	no      = domain.RefusedRight
	missing = "missing"
)

// rights is who may do what: on an ordinary run of Dana, on one that nobody
// made, and on a confidential run of Amy, an administrator, that Sec asked for
// and in which Eli is named.
var rights = []struct {
	act, run string
	want     map[string]string // by person; those not named are refused the right
}{
	{"start", "", map[string]string{"ada": "", "hana": "", "amy": ""}},
	{"start own", "", map[string]string{"ada": domain.RefusedSelf, "amy": domain.RefusedSelf, "hana": domain.RefusedSelf}},
	{"start cut now", "", map[string]string{"sec": "", "sid": ""}},
	{"preview", "", map[string]string{"ada": domain.RefusedUnknown, "amy": domain.RefusedUnknown, "hana": domain.RefusedUnknown}},
	{"move", "ordinary", map[string]string{"ada": "", "amy": "", "hana": ""}},
	{"retract", "ordinary", map[string]string{"ada": "", "amy": "", "hana": ""}},
	{"cut now", "ordinary", map[string]string{"sec": "", "sid": ""}},
	{"undo", "ordinary", map[string]string{"ada": "", "amy": ""}},
	{"list", "", map[string]string{"ada": "", "amy": "", "hana": "", "sec": "", "sid": "", "aud": ""}},
	{"show", "ordinary", map[string]string{"ada": "", "amy": "", "hana": "", "sec": "", "sid": "", "aud": ""}},
	{"all approvals", "", map[string]string{"ada": "", "amy": "", "hana": "", "sec": "", "sid": "", "aud": ""}},
	{"audit", "", map[string]string{"ada": "", "amy": "", "sec": "", "sid": "", "aud": ""}},
	{"audit of somebody", "", map[string]string{"ada": domain.RefusedUnknown, "amy": domain.RefusedUnknown, "sec": domain.RefusedUnknown,
		"sid": domain.RefusedUnknown, "aud": domain.RefusedUnknown}},
	{"evidence", "ordinary", map[string]string{"ada": "", "amy": "", "sec": "", "sid": "", "aud": ""}},
	{"seats", "", map[string]string{"ada": "", "amy": "", "finn": "", "aud": ""}},
	{"move", "confidential", map[string]string{"ada": missing, "amy": missing, "hana": missing}},
	{"retract", "confidential", map[string]string{"ada": missing, "amy": missing, "hana": missing}},
	{"cut now", "confidential", map[string]string{"sec": "", "sid": missing}},
	{"undo", "confidential", map[string]string{"ada": missing, "amy": missing}},
	{"evidence", "confidential", map[string]string{"ada": missing, "amy": missing, "sec": "", "sid": missing, "aud": missing}},
	{"show", "none", map[string]string{"ada": missing, "amy": missing, "hana": missing, "sec": missing, "sid": missing, "aud": missing,
		"finn": missing, "eli": missing, "bo": missing, "dana": missing}},
}

// namedOnly are acts without a right of their own: whoever is named in a
// confidential run may, to everybody else it is not there.
var namedOnly = []string{"show", "retry", "hand over"}

func TestRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ordinary := w.start("ada", leaving("dana"))
	secret := leaving("amy")
	secret.CutNow, secret.Confidential, secret.Readers = true, true, []string{"eli@example.com"}
	runs := map[string]string{"": "", "ordinary": ordinary.ID, "confidential": w.start("sec", secret).ID, "none": "offboarding:nobody:1"}
	everybody := []string{"ada", "amy", "sec", "sid", "hana", "finn", "aud", "eli", "bo", "dana"}
	for _, row := range rights {
		for _, who := range everybody {
			want, ok := row.want[who]
			if !ok {
				want = no
			}
			w.try(row.act, who, runs[row.run], want)
		}
	}
	for _, name := range namedOnly {
		for _, who := range everybody {
			want := missing
			if who == "sec" || who == "eli" {
				want = ""
			}
			w.try(name, who, runs["confidential"], want)
		}
	}
	for _, who := range everybody {
		w.try("own tasks", who, "", "")
	}
}

// try does something and looks whether it was answered as it should be and
// whether a refusal, and nothing but a refusal, is an event.
func (w *world) try(name, who, run, want string) {
	w.t.Helper()
	before := len(w.refusals(who))
	err := acts[name](w.t.Context(), w, w.as(who), run)
	told := fmt.Sprintf("%s by %s", name, who)
	require.Equal(w.t, want, code(err), told)
	events := w.refusals(who)
	switch {
	case want == "" || want == missing && run == "offboarding:nobody:1":
		require.Len(w.t, events, before, told)
	case name == "audit of somebody" && want != no:
		require.Len(w.t, events, before, "a name that is not found is no refused attempt")
	default:
		require.Len(w.t, events, before+1, told)
		require.Equal(w.t, "cli", events[0].Facts["door"], told)
	}
}

func TestWhatIsNotThereAndWhatIsHiddenLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := leaving("amy")
	secret.CutNow, secret.Confidential, secret.Readers = true, true, []string{"eli@example.com"}
	run := w.start("sec", secret)
	approval, task := w.request(run, "eli", "eli")
	for _, who := range []string{"ada", "amy", "aud"} {
		a := w.as(who)
		_, hidden := w.RunDetail(t.Context(), a, run.ID)
		_, none := w.RunDetail(t.Context(), a, "offboarding:nobody:1")
		require.Equal(t, none.Error(), hidden.Error())
		_, _, hidden = w.Approval(t.Context(), a, approval)
		_, _, none = w.Approval(t.Context(), a, "nothing")
		require.Equal(t, none.Error(), hidden.Error())
		_, hidden = w.CompleteTask(t.Context(), a, task, "", false)
		_, none = w.CompleteTask(t.Context(), a, "nothing", "", false)
		require.Equal(t, none.Error(), hidden.Error())
	}
}

func TestARefusalNamesNoRunThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Retract(t.Context(), w.as("bo"), "dana@example.com", "")
	require.Equal(t, no, code(err))
	require.Empty(t, w.refusals("bo")[0].Run, "what somebody typed begins no chain")
}
