-- Portable SQL only (see sql_test.go). Times are microseconds since 1970 in
-- UTC, 0 means never. JSON is text. No column is null.

-- Names and emails stand in people and person_proofs only, so that a person
-- can be erased: everything else holds the opaque id.
CREATE TABLE people (
    id text PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    manager text NOT NULL,
    roles text NOT NULL,
    erased_at bigint NOT NULL
);
CREATE UNIQUE INDEX people_email ON people (email) WHERE email <> '';
CREATE INDEX people_manager ON people (manager);

-- What a person was called, each time it changed, behind a salted commitment.
CREATE TABLE person_proofs (
    person text NOT NULL,
    version bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    salt text NOT NULL,
    commitment text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (person, version)
);

CREATE TABLE employments (
    id text PRIMARY KEY,
    hr_key text NOT NULL,
    person text NOT NULL,
    starts bigint NOT NULL,
    ends bigint NOT NULL,
    runs bigint NOT NULL
);
CREATE UNIQUE INDEX employments_hr_key ON employments (hr_key);
CREATE INDEX employments_person ON employments (person);

CREATE TABLE tokens (
    id text PRIMARY KEY,
    person text NOT NULL,
    name text NOT NULL,
    hash text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL
);
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX tokens_person ON tokens (person);

-- One row for each app: it orders the claims on its accounts.
CREATE TABLE apps (
    app text PRIMARY KEY,
    revision bigint NOT NULL,
    paused_at bigint NOT NULL
);

CREATE TABLE account_links (
    app text NOT NULL,
    person text NOT NULL,
    account text NOT NULL,
    PRIMARY KEY (app, person)
);

CREATE TABLE settings (
    name text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE policies (
    hash text PRIMARY KEY,
    body text NOT NULL,
    first_at bigint NOT NULL
);
