-- A chain for each run, and one with the empty name for events outside runs.
-- The row orders everything that is written about a run.
CREATE TABLE chains (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);

-- Append-only. body is the event as JSON without the reason's text: what is
-- hashed is read back from it.
CREATE TABLE events (
    chain text NOT NULL,
    seq bigint NOT NULL,
    prev text NOT NULL,
    hash text NOT NULL,
    event_key text NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    acting_for text NOT NULL,
    subject text NOT NULL,
    app text NOT NULL,
    at bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE UNIQUE INDEX events_key ON events (chain, event_key);

-- Free texts of people with their salts. A row can be erased: the event keeps
-- the commitment.
CREATE TABLE texts (
    chain text NOT NULL,
    seq bigint NOT NULL,
    subject text NOT NULL,
    salt text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX texts_subject ON texts (subject);

-- The global chain: the entries of all chains in the order they were written.
CREATE TABLE global_entries (
    seq bigint PRIMARY KEY,
    prev text NOT NULL,
    hash text NOT NULL,
    chain text NOT NULL,
    entry bigint NOT NULL,
    entry_hash text NOT NULL
);
CREATE UNIQUE INDEX global_entries_chain ON global_entries (chain, entry);

CREATE TABLE global_head (
    one bigint PRIMARY KEY,
    seq bigint NOT NULL,
    hash text NOT NULL
);
INSERT INTO global_head (one, seq, hash) VALUES (1, 0, '');
