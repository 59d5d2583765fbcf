-- What administrators do besides healing, and what all hosts of a database remember together.
-- The audit log has one event for each action, under an id of its own.
ALTER TABLE tenon.audit DROP CONSTRAINT IF EXISTS audit_event_check;

ALTER TABLE tenon.audit ADD CONSTRAINT audit_event_check
    CHECK (event IN ('started', 'transaction', 'retried', 'succeeded', 'failed', 'cancelled', 'action'));

-- What all hosts remember of findings: when each was seen, and its acknowledgement, which is JSON.
CREATE TABLE tenon.finding (
    id           text        PRIMARY KEY,
    first_seen   timestamptz NOT NULL,
    last_seen    timestamptz NOT NULL,
    acknowledged text
);

-- The words of administrators that libraries are in quarantine, by the sha256 of the file. One that was
-- released stays, with the time.
CREATE TABLE tenon.quarantine (
    sha256   text PRIMARY KEY,
    body     text NOT NULL,
    released timestamptz
);

-- The history of the verdict: a row for each change that a host saw.
CREATE TABLE tenon.verdict (
    at      timestamptz NOT NULL,
    host    text        NOT NULL,
    former  text,
    verdict text        NOT NULL,
    counts  text        NOT NULL,
    PRIMARY KEY (at, host)
);
