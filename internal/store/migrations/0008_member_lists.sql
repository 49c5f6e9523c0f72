-- Lists of the members of an app without an interface, as somebody read them off
-- its screen. A list is never changed; its rows lose their names and emails when
-- their person is erased.
CREATE TABLE member_lists (
    seq bigint NOT NULL,
    id text PRIMARY KEY,
    app text NOT NULL,
    read_at bigint NOT NULL,
    uploaded_at bigint NOT NULL,
    uploaded_by text NOT NULL,
    members bigint NOT NULL,
    pending bigint NOT NULL
);
CREATE UNIQUE INDEX member_lists_order ON member_lists (app, seq);

CREATE TABLE member_rows (
    list text NOT NULL,
    app text NOT NULL,
    seq bigint NOT NULL,
    line bigint NOT NULL,
    pending bigint NOT NULL,
    account text NOT NULL,
    person text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    sent_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (list, line)
);
CREATE INDEX member_rows_email ON member_rows (app, email, seq);
CREATE INDEX member_rows_person ON member_rows (person);
