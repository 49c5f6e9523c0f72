package activities_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/activities"
	"handover/domain"
	"handover/internal/store"
)

// entrant is somebody who joins: a step at a time, each until it answers.
type entrant struct {
	*joinWorld
	email string
	stage int
	seat  domain.SeatNeed
	asked bool // a person looks whether the invite is out
	in    activities.InviteInput
}

// Many join one app at once. Whatever dies, and in whatever order they go on: nobody
// is invited twice, the free seats go to as many as there are, and for each of the
// others one is bought.
func TestManyJoinAndManyDie(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for seed := range uint64(12) {
		require.True(t, t.Run(fmt.Sprint(seed), func(t *testing.T) { manyJoin(t, s, seed) }))
	}
}

func manyJoin(t *testing.T, s *store.Store, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	w := newJoinWorldIn(t, s)
	w.club.lists = seed%2 == 0
	n, free := 2+r.IntN(4), r.IntN(4)
	name := domain.AppID(fmt.Sprintf("club-%d", seed)) // the store is shared
	w.full(3)
	var all []*entrant
	for i := range n {
		e := &entrant{email: fmt.Sprintf("joiner%d-%d@example.com", seed, i)}
		e.joinWorld = w.also(e.email)
		e.in = e.invite(1)
		e.in.App, e.in.Invite = name, e.run.ID+":"+string(name)
		all = append(all, e)
	}
	deaths := 0
	for turn := 0; turn < 400; turn++ {
		e := all[r.IntN(n)]
		w.clock.advance(time.Duration(r.IntN(2)) * time.Second)
		if r.IntN(3) == 0 {
			w.comes(all[r.IntN(n)])
		}
		if r.IntN(10) == 0 { // an answer is lost
			w.club.lost = domain.NewFault(domain.FaultUnavailable, "invite.send", name, "no answer", nil)
		}
		e.Ledger = s
		if r.IntN(2) == 0 {
			e.Ledger = mortalLedger{s, &killer{at: 1 + r.IntN(2), after: r.IntN(2) == 0}}
		}
		e.Crash = func(string) {
			if r.IntN(4) == 0 {
				panic(died{})
			}
		}
		if !survives(func() { e.next(3+free, name) }) {
			deaths++
		}
		w.club.lost = nil
	}
	got := 0
	for _, e := range all {
		require.Equal(t, 4, e.stage, "everybody came to the end")
		require.LessOrEqual(t, w.club.invited[e.email], 1)
		if e.seat == domain.SeatFree {
			got++
		}
		require.True(t, w.club.invited[e.email] == 1 || e.asked, "nobody was forgotten")
	}
	require.Equal(t, min(n, free), got, "%d joined, %d seats were free", n, free)
	entries, err := s.SeatEntries(t.Context(), name)
	require.NoError(t, err)
	require.Zero(t, domain.OpenPromises(entries))
	require.Len(t, entries, 2*n, "promised and taken, each once")
	require.NotZero(t, deaths)
}

// comes has somebody accept who was invited, by whomever.
func (w *joinWorld) comes(e *entrant) {
	w.club.mu.Lock()
	defer w.club.mu.Unlock()
	if w.club.invited[e.email] > 0 || e.asked {
		w.club.put(e.email, seller, nil)
	}
}

// next does the next step of a joining. What fails is tried again later.
func (e *entrant) next(bought int, name domain.AppID) {
	ctx := e.t.Context()
	ref := e.ref(domain.StepFindSeat)
	ref.App = name
	switch e.stage {
	case 0:
		r, err := e.FindSeat(ctx, activities.FindSeatInput{StepRef: ref, Contract: contract(bought), Promise: true})
		if err == nil {
			e.seat, e.stage = r.Need, 1
		}
	case 1:
		r, err := e.SendInvite(ctx, e.in)
		if err == nil {
			e.asked, e.stage = r.Outcome == activities.OutcomeUnsupported, 2
		}
	case 2:
		r, err := e.SettleJoin(ctx, e.in)
		if err == nil && r.State == domain.MemberActive {
			e.stage = 3
		}
	case 3:
		_, err := e.GrantAccess(ctx, activities.GrantInput{StepRef: ref, Role: seller, Was: domain.No, Seat: e.seat})
		if err == nil {
			e.stage = 4
		}
	}
}
