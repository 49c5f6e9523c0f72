-- Who a user of a chat system is. A pair is bound once and stays; it is freed
-- only by an administrator.
CREATE TABLE chat_identities (
    team text NOT NULL,
    chat_user text NOT NULL,
    person text NOT NULL,
    bound_at bigint NOT NULL,
    PRIMARY KEY (team, chat_user)
);
CREATE UNIQUE INDEX chat_identities_person ON chat_identities (team, person);

-- The members of the groups that the policy names, as the chat system last told.
CREATE TABLE chat_groups (
    name text NOT NULL,
    person text NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (name, person)
);

-- Clicks of people: kept before they are acknowledged, worked off afterwards.
-- The body is emptied when a click is done.
CREATE TABLE clicks (
    id text PRIMARY KEY,
    body bytea NOT NULL,
    received_at bigint NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    done_at bigint NOT NULL,
    outcome text NOT NULL
);
CREATE INDEX clicks_due ON clicks (due_at) WHERE done_at = 0;

CREATE TABLE absences (
    id text PRIMARY KEY,
    person text NOT NULL,
    substitute text NOT NULL,
    from_at bigint NOT NULL,
    until_at bigint NOT NULL,
    set_by text NOT NULL,
    set_at bigint NOT NULL
);
CREATE INDEX absences_until ON absences (until_at);

-- People whose own rights in Handover ended, or came back, and whose open
-- requests and tasks have to move.
CREATE TABLE departures (
    run text NOT NULL,
    person text NOT NULL,
    back boolean NOT NULL,
    at bigint NOT NULL,
    routed_at bigint NOT NULL,
    PRIMARY KEY (run, person, back)
);

-- What a message is about, so that it is edited when that changes. wanted
-- counts the changes, shown those that the message shows.
ALTER TABLE deliveries ADD COLUMN about text NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN live boolean NOT NULL DEFAULT false;
ALTER TABLE deliveries ADD COLUMN wanted bigint NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN shown bigint NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN unsure bigint NOT NULL DEFAULT 0;
CREATE INDEX deliveries_about ON deliveries (about);
CREATE INDEX deliveries_edits ON deliveries (due_at) WHERE live AND wanted > shown;
