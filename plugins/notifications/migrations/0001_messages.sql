-- What people are told, and whether it has been sent. One message for each event: an event that comes again makes none.
CREATE SCHEMA notifications;

CREATE TABLE notifications.message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event uuid NOT NULL UNIQUE,
    person text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    -- The status with which the receiver has refused it for good.
    refused smallint,
    CHECK (sent_at IS NULL OR refused IS NULL)
);

CREATE INDEX message_person_idx ON notifications.message (person, id DESC);
CREATE INDEX message_due_idx ON notifications.message (id) WHERE sent_at IS NULL AND refused IS NULL;
