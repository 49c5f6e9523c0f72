package store

import "strings"

// sqliteSeal are the statements that seal the tables of a SQLite file. Whoever may
// write the file may also take triggers off: there the digest in the audit chain
// is what shows a change.
func sqliteSeal() []string {
	var all []string
	for _, r := range sealRefusals() {
		if r.replace != "" {
			r.insert += " OR " + r.replace
		}
		for _, t := range []struct{ op, refuse string }{{"INSERT", r.insert}, {"UPDATE", r.update}, {"DELETE", r.delete}} {
			name := "seal_" + r.table + "_" + strings.ToLower(t.op)
			all = append(all, "DROP TRIGGER IF EXISTS "+name,
				"CREATE TRIGGER "+name+" BEFORE "+t.op+" ON "+r.table+" WHEN "+t.refuse+" BEGIN SELECT RAISE(ABORT, '"+sealMessage+"'); END")
		}
	}
	return all
}
