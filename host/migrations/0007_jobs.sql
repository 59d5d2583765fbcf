-- The jobs of plugins, which all hosts of a database run together: a row each. The times are the server's: no clock of
-- a host counts. What a schedule means the hosts know, and so when a job is due next.
CREATE TABLE tenon.job (
    plugin   text        NOT NULL,
    name     text        NOT NULL,
    schedule text        NOT NULL,
    paused   boolean     NOT NULL DEFAULT false,
    -- The next time of the schedule, and when somebody asked for a run besides.
    next_at  timestamptz,
    asked_at timestamptz,
    -- The time for which there is a run that has not succeeded yet, how many attempts there were, and when it is tried
    -- again.
    tick_at  timestamptz,
    attempt  integer     NOT NULL DEFAULT 0,
    retry_at timestamptz,
    -- The attempt that is under way, and the word that only its host knows.
    run      uuid,
    lease    uuid,
    PRIMARY KEY (plugin, name)
);

-- Every attempt, the latest of each job. The state is running, succeeded, failed, or lost: its host has died, or lost
-- the database.
CREATE TABLE tenon.job_run (
    id           uuid        PRIMARY KEY,
    plugin       text        NOT NULL,
    name         text        NOT NULL,
    cause        text        NOT NULL,
    scheduled_at timestamptz NOT NULL,
    attempt      integer     NOT NULL,
    host         text        NOT NULL,
    state        text        NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    code         text,
    message      text
);

CREATE INDEX job_run_latest ON tenon.job_run (plugin, name, started_at);

-- How long a host keeps an attempt if it says no more. A table of its own, so that renewing it does not disturb the
-- transaction in which the attempt ends.
CREATE TABLE tenon.job_lease (
    run   uuid        PRIMARY KEY,
    until timestamptz NOT NULL
);

-- Ends an attempt in the transaction of what the job did: both are kept, or neither. Whoever calls it has to know the
-- word of the lease, which no plugin does.
CREATE FUNCTION tenon.job_done(done_run uuid, done_lease uuid) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
BEGIN
    UPDATE tenon.job SET run = NULL, lease = NULL, tick_at = NULL, retry_at = NULL, attempt = 0
    WHERE run = done_run AND lease = done_lease;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the run is not this host''s any more' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE tenon.job_run SET state = 'succeeded', ended_at = clock_timestamp() WHERE id = done_run;
END
$$;
