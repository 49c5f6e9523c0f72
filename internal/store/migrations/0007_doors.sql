-- What a browser showed while it played a recorded recipe. The audit event of the
-- playing binds the pictures by their hashes; the pictures can be erased.
CREATE TABLE pictures (
    run text NOT NULL,
    app text NOT NULL,
    step text NOT NULL,
    play text NOT NULL,
    number bigint NOT NULL,
    what text NOT NULL,
    at bigint NOT NULL,
    sha256 text NOT NULL,
    png bytea NOT NULL,
    PRIMARY KEY (run, app, step, play, number)
);

-- Who is asked to confirm what an app cannot show finds it in their list.
ALTER TABLE tasks ADD COLUMN second text NOT NULL DEFAULT '';

-- How somebody had an app at the identity provider before a run took it away.
CREATE TABLE sign_ins (
    run text NOT NULL,
    app text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (run, app)
);
