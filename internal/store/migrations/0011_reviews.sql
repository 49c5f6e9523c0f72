-- Access reviews. What ended is sealed: see seal.go, which adds the triggers.
CREATE TABLE reviews (
    id text PRIMARY KEY,
    app text NOT NULL,
    period text NOT NULL,
    state text NOT NULL,
    why text NOT NULL,
    requester text NOT NULL,
    settings text NOT NULL,
    population text NOT NULL,
    started_at bigint NOT NULL,
    opened_at bigint NOT NULL,
    due_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    policy_hash text NOT NULL,
    frozen text NOT NULL,
    digest text NOT NULL
);
CREATE UNIQUE INDEX reviews_one_open ON reviews (app, period) WHERE state NOT IN ('complete', 'ended_with_exceptions', 'retracted');
CREATE INDEX reviews_app ON reviews (app, started_at, id);
CREATE INDEX reviews_started ON reviews (started_at, id);

-- One account each. Opaque ids only: who it is stands in review_names, behind the
-- commitment name_id. given_ is with whom the line lay when it was written. ruled
-- tells that the silence rule made the newest decision.
CREATE TABLE review_lines (
    review text NOT NULL,
    no bigint NOT NULL,
    account text NOT NULL,
    person text NOT NULL,
    name_id text NOT NULL,
    role text NOT NULL,
    role_name text NOT NULL,
    seat text NOT NULL,
    active text NOT NULL,
    admin text NOT NULL,
    privileged boolean NOT NULL,
    invited boolean NOT NULL,
    seen text NOT NULL,
    seen_at bigint NOT NULL,
    hints text NOT NULL,
    suggest text NOT NULL,
    given_reviewer text NOT NULL,
    given_because text NOT NULL,
    given_second text NOT NULL,
    reviewer text NOT NULL,
    because text NOT NULL,
    second text NOT NULL,
    state text NOT NULL,
    verdict text NOT NULL,
    new_role text NOT NULL,
    run text NOT NULL,
    why text NOT NULL,
    settled_at bigint NOT NULL,
    ruled boolean NOT NULL,
    PRIMARY KEY (review, no)
);
CREATE INDEX review_lines_account ON review_lines (review, account);
CREATE INDEX review_lines_reviewer ON review_lines (review, reviewer, state);
CREATE INDEX review_lines_second ON review_lines (review, second, state);
CREATE INDEX review_lines_state ON review_lines (review, state, no);
CREATE INDEX review_lines_run ON review_lines (run) WHERE run <> '';

-- Who an account was. A row can be emptied: the line keeps the commitment.
CREATE TABLE review_names (
    review text NOT NULL,
    line bigint NOT NULL,
    person text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    salt text NOT NULL,
    PRIMARY KEY (review, line)
);
CREATE INDEX review_names_person ON review_names (person) WHERE person <> '';
CREATE INDEX review_names_email ON review_names (email) WHERE email <> '';

-- Append-only.
CREATE TABLE review_decisions (
    review text NOT NULL,
    line bigint NOT NULL,
    n bigint NOT NULL,
    verdict text NOT NULL,
    role text NOT NULL,
    reason_id text NOT NULL,
    by_person text NOT NULL,
    acting_for text NOT NULL,
    confirms boolean NOT NULL,
    at bigint NOT NULL,
    channel text NOT NULL,
    bulk boolean NOT NULL,
    seconds bigint NOT NULL,
    by_rule text NOT NULL,
    PRIMARY KEY (review, line, n)
);

CREATE TABLE review_assignments (
    review text NOT NULL,
    line bigint NOT NULL,
    n bigint NOT NULL,
    from_person text NOT NULL,
    to_person text NOT NULL,
    by_person text NOT NULL,
    reason_id text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (review, line, n)
);

-- Reasons of decisions and assignments with their salts. A row can be emptied.
CREATE TABLE review_texts (
    review text NOT NULL,
    line bigint NOT NULL,
    kind text NOT NULL,
    n bigint NOT NULL,
    salt text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (review, line, kind, n)
);

-- A list that somebody read off an app's screen. A row can lose name and email.
CREATE TABLE review_rows (
    review text NOT NULL,
    no bigint NOT NULL,
    account text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    active text NOT NULL,
    invited boolean NOT NULL,
    PRIMARY KEY (review, no)
);
CREATE INDEX review_rows_email ON review_rows (email) WHERE email <> '';

-- Emails of those who may be in an app for its bills alone. They are no part of
-- what is sealed, so that they can be erased.
CREATE TABLE review_money (
    review text NOT NULL,
    position bigint NOT NULL,
    email text NOT NULL,
    PRIMARY KEY (review, position)
);
CREATE INDEX review_money_email ON review_money (email);
