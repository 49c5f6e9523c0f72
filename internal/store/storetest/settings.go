package storetest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"handover/internal/store"
)

var settingTests = map[string]func(t *testing.T, s *store.Store){
	"the first value that is kept stays": func(t *testing.T, s *store.Store) {
		kept := make([]string, 8)
		allFine(t, together(len(kept), func(i int) error {
			var err error
			kept[i], err = s.KeepSetting(t.Context(), "secret", "v"+strconv.Itoa(i))
			return err
		}))
		now, err := s.Setting(t.Context(), "secret")
		require.NoError(t, err)
		require.NotEmpty(t, now)
		for _, got := range kept {
			require.Equal(t, now, got, "whoever comes second gets the first one's")
		}
		other, err := s.KeepSetting(t.Context(), "other", "mine")
		require.NoError(t, err)
		require.Equal(t, "mine", other)
	},
}
