package store

import "context"

// KeepSetting keeps a value unless one is kept already, and answers with the one
// that is: whoever comes second, in the same moment too, gets the first one's.
func (s *Store) KeepSetting(ctx context.Context, name, value string) (string, error) {
	_, err := s.writer.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, text(value))
	if err != nil {
		return "", fault("store.keep_setting", err)
	}
	kept, err := readSetting(ctx, s.writer, name)
	return kept, fault("store.keep_setting", err)
}
