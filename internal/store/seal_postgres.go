package store

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgresSeal are the statements that seal the tables of a schema. The functions
// look for tables in that schema alone: a temporary table with the name of one of
// ours must not be asked instead.
func postgresSeal(schema string) []string {
	path := pgx.Identifier{schema}.Sanitize()
	var all []string
	for _, r := range sealRefusals() {
		name, table := path+".seal_"+r.table, path+"."+r.table
		all = append(all,
			"CREATE OR REPLACE FUNCTION "+name+"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, "+path+", pg_temp AS $seal$\nBEGIN\n"+
				branch("INSERT", r.insert, "NEW")+branch("UPDATE", r.update, "NEW")+branch("DELETE", r.delete, "OLD")+
				"RAISE EXCEPTION '"+sealMessage+"';\nEND $seal$",
			"DROP TRIGGER IF EXISTS seal_rows ON "+table,
			"CREATE TRIGGER seal_rows BEFORE DELETE OR UPDATE OR INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION "+name+"()",
			"DROP TRIGGER IF EXISTS seal_table ON "+table,
			"CREATE TRIGGER seal_table BEFORE TRUNCATE ON "+table+" FOR EACH STATEMENT EXECUTE FUNCTION "+name+"()")
	}
	return all
}

func branch(op, refuse, row string) string {
	var b strings.Builder
	b.WriteString("IF TG_OP = '" + op + "' THEN\n")
	b.WriteString("IF " + refuse + " THEN RAISE EXCEPTION '" + sealMessage + "'; END IF;\n")
	b.WriteString("RETURN " + row + ";\nEND IF;\n")
	return b.String()
}
