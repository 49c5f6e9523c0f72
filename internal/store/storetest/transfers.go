package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"handover/domain"
	"handover/internal/store"
)

var key = domain.TransferKey{Run: "r", App: "apollo", Kind: domain.Contacts}

func items(from, to int, heir domain.AccountID) []domain.TransferItem {
	var all []domain.TransferItem
	for i := from; i < to; i++ {
		all = append(all, domain.TransferItem{Record: domain.Record{ID: name(i), Owner: "a0", Open: true, Before: map[string]string{"stage": "x"}}, To: heir, State: domain.ItemCollected})
	}
	return all
}

func ids(items []domain.TransferItem) []string {
	var all []string
	for _, item := range items {
		all = append(all, item.Record.ID)
	}
	return all
}

func outcome(items []domain.TransferItem, state domain.ItemState) map[string]domain.ItemState {
	all := map[string]domain.ItemState{}
	for _, item := range items {
		all[item.Record.ID] = state
	}
	return all
}

// begin opens the transfer with some items collected.
func begin(t *testing.T, s *store.Store, n int) domain.Transfer {
	t.Helper()
	tr, err := s.OpenTransfer(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, domain.Transfer{Key: key, Phase: domain.TransferCollecting, Total: -1}, tr)
	tr.Phase, tr.Total, tr.Seen, tr.RequestID = domain.TransferWriting, n, n, "req"
	tr, err = s.SaveCollected(t.Context(), tr, items(0, n, "heir"), false)
	require.NoError(t, err)
	require.Equal(t, n, tr.Collected)
	return tr
}

var transferTests = map[string]func(t *testing.T, s *store.Store){
	"opening again finds it where it stands": func(t *testing.T, s *store.Store) {
		tr := begin(t, s, 3)
		tr.Cursor, tr.Round, tr.Empty, tr.EmptyAt, tr.Canary = "page-2", 1, 1, noon.Truncate(time.Microsecond), true
		require.NoError(t, s.SaveTransfer(t.Context(), tr))
		got, err := s.OpenTransfer(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, tr, got)
		undo := key
		undo.Undo, undo.From = true, "heir"
		other, err := s.OpenTransfer(t.Context(), undo)
		require.NoError(t, err)
		require.Zero(t, other.Collected)
		all, err := s.Transfers(t.Context(), "r")
		require.NoError(t, err)
		require.Len(t, all, 2)
	},
	"a page twice counts once": func(t *testing.T, s *store.Store) {
		tr := begin(t, s, 5)
		page := append(items(3, 8, "heir"), items(7, 8, "heir")...) // the last one twice on one page
		tr, err := s.SaveCollected(t.Context(), tr, page, false)
		require.NoError(t, err)
		require.Equal(t, 8, tr.Collected)
	},
	"a chunk has one new owner and is not given twice": func(t *testing.T, s *store.Store) {
		tr := begin(t, s, 4)
		_, err := s.SaveCollected(t.Context(), tr, items(4, 7, "other"), false)
		require.NoError(t, err)
		var all []string
		for {
			chunk, err := s.TakeChunk(t.Context(), key, 3)
			require.NoError(t, err)
			if len(chunk) == 0 {
				break
			}
			for _, item := range chunk {
				require.Equal(t, chunk[0].To, item.To)
				require.Equal(t, domain.ItemSent, item.State)
				require.Equal(t, "x", item.Record.Before["stage"])
			}
			require.IsIncreasing(t, ids(chunk))
			all = append(all, ids(chunk)...)
		}
		require.ElementsMatch(t, ids(items(0, 7, "")), all)
		tr, err = s.OpenTransfer(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, 7, tr.Sent)
	},
	"two movers at once take different chunks": func(t *testing.T, s *store.Store) {
		begin(t, s, 200)
		chunks := make([][]domain.TransferItem, 4)
		allFine(t, together(4, func(i int) error {
			var err error
			chunks[i], err = s.TakeChunk(t.Context(), key, 50)
			return err
		}))
		seen := map[string]bool{}
		for _, chunk := range chunks {
			for _, id := range ids(chunk) {
				require.False(t, seen[id])
				seen[id] = true
			}
		}
		require.Len(t, seen, 200)
	},
	"outcomes are counted, also when they come twice": func(t *testing.T, s *store.Store) {
		begin(t, s, 10)
		chunk, err := s.TakeChunk(t.Context(), key, 10)
		require.NoError(t, err)
		said := outcome(chunk[:6], domain.ItemMoved)
		said[chunk[6].Record.ID], said[chunk[7].Record.ID], said["no item"] = domain.ItemForeign, domain.ItemCollected, domain.ItemMoved
		for range 2 {
			tr, err := s.SettleChunk(t.Context(), key, said, "req-2")
			require.NoError(t, err)
			require.Equal(t, []int{10, 6, 1, 2}, []int{tr.Collected, tr.MovedN, tr.Foreign, tr.Sent})
			require.Equal(t, "req-2", tr.RequestID)
		}
		next, err := s.TakeChunk(t.Context(), key, 10)
		require.NoError(t, err)
		require.Equal(t, []string{chunk[7].Record.ID}, ids(next))
	},
	"what was sent when the process died is not sent again unless a listing shows it": func(t *testing.T, s *store.Store) {
		begin(t, s, 10)
		chunk, err := s.TakeChunk(t.Context(), key, 10)
		require.NoError(t, err)
		_, err = s.SettleChunk(t.Context(), key, outcome(chunk[:4], domain.ItemMoved), "")
		require.NoError(t, err)
		next, err := s.TakeChunk(t.Context(), key, 10) // the process died here
		require.NoError(t, err)
		require.Empty(t, next)

		tr, err := s.OpenTransfer(t.Context(), key)
		require.NoError(t, err)
		tr.Phase, tr.Seen, tr.Sent = domain.TransferClosing, 2, 2 // the mover counts what its listing shows
		tr, err = s.SaveCollected(t.Context(), tr, append(items(0, 1, "heir"), items(4, 5, "heir")...), true)
		require.NoError(t, err)
		require.Equal(t, 2, tr.Sent, "while the listing goes on, it is the mover's")
		tr.Phase, tr.Cursor = domain.TransferWriting, ""
		tr, err = s.SaveCollected(t.Context(), tr, items(10, 11, "heir"), true)
		require.NoError(t, err)
		require.Equal(t, []int{11, 3, 0, 5}, []int{tr.Collected, tr.MovedN, tr.Foreign, tr.Sent})
		next, err = s.TakeChunk(t.Context(), key, 10)
		require.NoError(t, err)
		require.Equal(t, []string{name(0), name(4), name(10)}, ids(next))
	},
	"items are paged and looked up": func(t *testing.T, s *store.Store) {
		begin(t, s, 450)
		var all []string
		for after := ""; ; {
			page, err := s.Items(t.Context(), key, after, 100)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			all, after = append(all, ids(page)...), page[len(page)-1].Record.ID
		}
		require.Equal(t, ids(items(0, 450, "")), all)
		states, err := s.HasItems(t.Context(), key, append(all, "no item"))
		require.NoError(t, err)
		require.Len(t, states, 450)
		states, err = s.HasItems(t.Context(), domain.TransferKey{Run: "other"}, all[:1])
		require.NoError(t, err)
		require.Empty(t, states)
	},
	"fifty thousand at once": func(t *testing.T, s *store.Store) {
		tr, err := s.OpenTransfer(t.Context(), key)
		require.NoError(t, err)
		all := items(0, 50000, "heir")
		tr, err = s.SaveCollected(t.Context(), tr, all, false)
		require.NoError(t, err)
		require.Equal(t, 50000, tr.Collected)
	},
	"a transfer nobody opened is not found": func(t *testing.T, s *store.Store) {
		require.ErrorIs(t, s.SaveTransfer(t.Context(), domain.Transfer{Key: key}), domain.ErrNotFound)
	},
}
