CREATE SCHEMA diligent;

-- What has run, as the job itself wrote it.
CREATE TABLE diligent.seen (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job          text        NOT NULL,
    scheduled_at timestamptz NOT NULL,
    attempt      integer     NOT NULL,
    asked        boolean     NOT NULL,
    run          uuid        NOT NULL,
    began        timestamptz NOT NULL DEFAULT clock_timestamp()
);
