-- Commands for Temporal: written in the transaction that decided them,
-- delivered until they are answered.
CREATE TABLE outbox (
    id text PRIMARY KEY,
    kind text NOT NULL,
    run text NOT NULL,
    name text NOT NULL,
    payload bytea NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    done_at bigint NOT NULL,
    result bytea NOT NULL,
    last_error text NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE done_at = 0;
CREATE INDEX outbox_run ON outbox (run);

CREATE TABLE notices (
    id text PRIMARY KEY,
    run text NOT NULL,
    app text NOT NULL,
    about text NOT NULL,
    at bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX notices_run ON notices (run);
CREATE INDEX notices_about ON notices (about);

-- One row for each recipient, so that a crash between two of them repeats
-- neither. The empty person stands for the channel of operations.
CREATE TABLE deliveries (
    notice text NOT NULL,
    person text NOT NULL,
    at bigint NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    sent_at bigint NOT NULL,
    message_ref text NOT NULL,
    last_error text NOT NULL,
    PRIMARY KEY (notice, person)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE sent_at = 0;
CREATE INDEX deliveries_person ON deliveries (person, at);

CREATE TABLE transfers (
    id text PRIMARY KEY,
    run text NOT NULL,
    app text NOT NULL,
    kind text NOT NULL,
    undo boolean NOT NULL,
    from_account text NOT NULL,
    phase text NOT NULL,
    page_cursor text NOT NULL,
    total bigint NOT NULL,
    seen bigint NOT NULL,
    collected bigint NOT NULL,
    sent bigint NOT NULL,
    moved bigint NOT NULL,
    foreign_count bigint NOT NULL,
    round bigint NOT NULL,
    empty bigint NOT NULL,
    empty_at bigint NOT NULL,
    canary boolean NOT NULL,
    request_id text NOT NULL
);
CREATE INDEX transfers_run ON transfers (run);

CREATE TABLE transfer_items (
    transfer text NOT NULL,
    id text NOT NULL,
    to_account text NOT NULL,
    state text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (transfer, id)
);
CREATE INDEX transfer_items_state ON transfer_items (transfer, state, to_account, id);

-- The rate windows of one endpoint of one app.
CREATE TABLE rate_windows (
    app text NOT NULL,
    endpoint text NOT NULL,
    revision bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (app, endpoint)
);
