-- How each account of an app stood at its last complete reading. The email is what
-- the app showed, so that people who come to HR later are found; it goes when the
-- person is erased.
CREATE TABLE seen_accounts (
    app text NOT NULL,
    account text NOT NULL,
    person text NOT NULL,
    email text NOT NULL,
    active text NOT NULL,
    admin text NOT NULL,
    role text NOT NULL,
    invited bigint NOT NULL,
    gone bigint NOT NULL,
    first_seen bigint NOT NULL,
    last_seen bigint NOT NULL,
    unexplained text NOT NULL,
    counted_at bigint NOT NULL,
    PRIMARY KEY (app, account)
);
CREATE INDEX seen_accounts_read ON seen_accounts (app, gone, last_seen, account);
CREATE INDEX seen_accounts_person ON seen_accounts (person);
CREATE INDEX account_links_account ON account_links (app, account);

-- Each reading of an app, complete or not.
CREATE TABLE readings (
    app text NOT NULL,
    began_at bigint NOT NULL,
    complete bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (app, began_at)
);

-- What HR, the identity provider and an app do not agree on.
CREATE TABLE findings (
    id text PRIMARY KEY,
    app text NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    state text NOT NULL,
    person text NOT NULL,
    account text NOT NULL,
    owner text NOT NULL,
    why text NOT NULL,
    counts text NOT NULL,
    first_seen bigint NOT NULL,
    last_seen bigint NOT NULL,
    read_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    run text NOT NULL,
    until_at bigint NOT NULL
);
CREATE INDEX findings_app ON findings (app, kind, state, read_at);
CREATE INDEX findings_state ON findings (state, app, kind, id);

-- The register of exceptions. Nothing in it is changed after it was decided.
CREATE TABLE finding_exceptions (
    id text PRIMARY KEY,
    finding text NOT NULL,
    app text NOT NULL,
    until_at bigint NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at bigint NOT NULL,
    decided_by text NOT NULL,
    decided_at bigint NOT NULL,
    agreed bigint NOT NULL
);
CREATE INDEX finding_exceptions_finding ON finding_exceptions (finding, asked_at);

-- Whoever had an email once is found by it.
CREATE INDEX person_proofs_email ON person_proofs (email);
