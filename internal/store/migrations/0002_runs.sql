CREATE TABLE runs (
    id text PRIMARY KEY,
    kind text NOT NULL,
    person text NOT NULL,
    employment text NOT NULL,
    apps text NOT NULL,
    app_set text NOT NULL,
    all_apps boolean NOT NULL,
    authority text NOT NULL,
    requester text NOT NULL,
    state text NOT NULL,
    why text NOT NULL,
    confidential boolean NOT NULL,
    cut_now boolean NOT NULL,
    moment_local text NOT NULL,
    moment_zone text NOT NULL,
    started_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    policy_hash text NOT NULL,
    evidence_path text NOT NULL,
    input bytea NOT NULL
);

-- One leaving for an employment. A retracted or denied run, or one for some
-- apps only, never swallows the leaving that comes later.
CREATE UNIQUE INDEX runs_one_leaving ON runs (kind, employment)
    WHERE employment <> '' AND all_apps AND state NOT IN ('retracted', 'denied');
CREATE UNIQUE INDEX runs_one_for_apps ON runs (kind, employment, app_set)
    WHERE employment <> '' AND NOT all_apps AND state NOT IN ('closed', 'retracted', 'denied');
CREATE INDEX runs_person ON runs (person);
CREATE INDEX runs_started ON runs (started_at, id);

CREATE TABLE run_readers (
    run text NOT NULL,
    person text NOT NULL,
    PRIMARY KEY (run, person)
);

CREATE TABLE steps (
    run text NOT NULL,
    app text NOT NULL,
    step text NOT NULL,
    position bigint NOT NULL,
    title text NOT NULL,
    phase text NOT NULL,
    state text NOT NULL,
    channel text NOT NULL,
    why text NOT NULL,
    request_id text NOT NULL,
    done bigint NOT NULL,
    of_records bigint NOT NULL,
    started_at bigint NOT NULL,
    settled_at bigint NOT NULL,
    resume_at bigint NOT NULL,
    owner text NOT NULL,
    PRIMARY KEY (run, app, step)
);

CREATE TABLE snapshots (
    run text NOT NULL,
    app text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (run, app)
);

CREATE TABLE plans (
    run text NOT NULL,
    app text NOT NULL,
    digest text NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (run, app, digest)
);

CREATE TABLE approvals (
    id text PRIMARY KEY,
    run text NOT NULL,
    app text NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX approvals_run ON approvals (run);
CREATE INDEX approvals_opened ON approvals (opened_at, id);

-- Who may decide: approvers and backups of all stages.
CREATE TABLE approval_people (
    approval text NOT NULL,
    person text NOT NULL,
    PRIMARY KEY (approval, person)
);
CREATE INDEX approval_people_person ON approval_people (person);

CREATE TABLE tasks (
    id text PRIMARY KEY,
    run text NOT NULL,
    app text NOT NULL,
    owner text NOT NULL,
    backup text NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX tasks_run ON tasks (run);
CREATE INDEX tasks_app ON tasks (app, state);
CREATE INDEX tasks_opened ON tasks (opened_at, id);

CREATE TABLE claims (
    id text PRIMARY KEY,
    app text NOT NULL,
    account text NOT NULL,
    effect text NOT NULL,
    run text NOT NULL,
    step text NOT NULL,
    made_at bigint NOT NULL,
    settled_at bigint NOT NULL,
    released boolean NOT NULL
);
CREATE INDEX claims_app ON claims (app, settled_at);

CREATE TABLE seat_entries (
    id text PRIMARY KEY,
    app text NOT NULL,
    kind text NOT NULL,
    run text NOT NULL,
    person text NOT NULL,
    account text NOT NULL,
    reusable text NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX seat_entries_app ON seat_entries (app, at);
CREATE INDEX seat_entries_run ON seat_entries (run);

CREATE TABLE cut_offs (
    run text NOT NULL,
    app text NOT NULL,
    channel text NOT NULL,
    due bigint NOT NULL,
    verified_at bigint NOT NULL,
    limit_ns bigint NOT NULL,
    class text NOT NULL,
    PRIMARY KEY (run, app)
);

CREATE TABLE packs (
    run text NOT NULL,
    sha256 text NOT NULL,
    path text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (run, sha256)
);
