-- Invitations: one for a person and an app in a run, however often it is sent.
CREATE TABLE invites (
    id text PRIMARY KEY,
    run text NOT NULL,
    app text NOT NULL,
    person text NOT NULL,
    state text NOT NULL,
    link bigint NOT NULL,
    sent_at bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX invites_app ON invites (app, state);
CREATE INDEX invites_person ON invites (person);

-- Access that a run gave, and the leaving that ends what was given for a time.
CREATE TABLE grants (
    run text NOT NULL,
    app text NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    at bigint NOT NULL,
    until bigint NOT NULL,
    ended text NOT NULL,
    PRIMARY KEY (run, app)
);
CREATE INDEX grants_until ON grants (until) WHERE until <> 0 AND ended = '';
CREATE INDEX grants_person ON grants (person, app);
