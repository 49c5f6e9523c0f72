-- What HR knows of people, and who answers for those whom HR does not know.
ALTER TABLE people ADD COLUMN department text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN title text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN location text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN kind text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN sponsor text NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN ends_at bigint NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN facts_at bigint NOT NULL DEFAULT 0;

-- What HR last said of an employment, by HR's own time.
ALTER TABLE employments ADD COLUMN state text NOT NULL DEFAULT '';
ALTER TABLE employments ADD COLUMN said_at bigint NOT NULL DEFAULT 0;
ALTER TABLE employments ADD COLUMN moment_local text NOT NULL DEFAULT '';
ALTER TABLE employments ADD COLUMN moment_zone text NOT NULL DEFAULT '';
ALTER TABLE employments ADD COLUMN kind text NOT NULL DEFAULT '';

-- Every event of HR, with what came of it. The body can be erased.
CREATE TABLE hr_events (
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    employment text NOT NULL,
    person text NOT NULL,
    occurred_at bigint NOT NULL,
    received_at bigint NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    done_at bigint NOT NULL,
    outcome text NOT NULL,
    why text NOT NULL,
    run text NOT NULL,
    batch text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX hr_events_due ON hr_events (due_at) WHERE done_at = 0;
CREATE INDEX hr_events_batch ON hr_events (batch) WHERE batch <> '';
CREATE INDEX hr_events_received ON hr_events (received_at);
CREATE INDEX hr_events_employment ON hr_events (employment);

-- Leavings that HR's word started, for the brake.
CREATE TABLE hr_starts (
    event text PRIMARY KEY,
    source text NOT NULL,
    department text NOT NULL,
    apps text NOT NULL,
    urgent boolean NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX hr_starts_at ON hr_starts (at);

-- What the brake holds, and one row that orders its decisions.
CREATE TABLE brake (
    one bigint PRIMARY KEY,
    revision bigint NOT NULL,
    batch text NOT NULL,
    batches bigint NOT NULL
);
INSERT INTO brake (one, revision, batch, batches) VALUES (1, 0, '', 0);
