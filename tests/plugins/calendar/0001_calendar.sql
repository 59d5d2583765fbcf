CREATE SCHEMA calendar;
CREATE TABLE calendar.event (
    id int NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz DEFAULT '2026-02-03 04:05:06+00' NOT NULL,
    day date DEFAULT '2026-02-03' NOT NULL,
    every interval DEFAULT '1 mon -2 days +03:04:05' NOT NULL,
    mark bytea DEFAULT '\x00ff5c' NOT NULL,
    path text DEFAULT 'a\b' NOT NULL,
    ratio float8 DEFAULT 0.1 NOT NULL,
    small float4 DEFAULT 3.3333333 NOT NULL,
    "Odd name" int,
    CONSTRAINT event_day CHECK (day > '2000-01-31'::date),
    CONSTRAINT event_every CHECK (every < '90 days'::interval),
    CONSTRAINT event_ratio CHECK (ratio <> 1.1::float8),
    CONSTRAINT event_path CHECK (path <> 'c:\d')
) PARTITION BY RANGE (at);
CREATE TABLE calendar.event_2026 PARTITION OF calendar.event
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
CREATE TABLE calendar.event_2027 PARTITION OF calendar.event
    FOR VALUES FROM ('2027-01-01 00:00:00') TO ('2028-01-01 00:00:00');
CREATE INDEX event_recent ON calendar.event (day) WHERE until > '2026-06-01 12:00:00+00'::timestamptz;
CREATE VIEW calendar.soon AS
    SELECT id, at FROM calendar.event WHERE at < until + '90 days'::interval AND day <> '2026-03-04'::date;
CREATE MATERIALIZED VIEW calendar.quarter AS
    SELECT id, '90 days'::interval AS span, '1.5'::float8 AS factor, '\xdeadbeef'::bytea AS mark FROM calendar.event;
CREATE FUNCTION calendar.late(at timestamptz DEFAULT '2026-07-08 09:10:11+00', grace interval DEFAULT '1 day 02:03:04')
    RETURNS boolean LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT at > '2026-01-01 00:00:00+00'::timestamptz + grace; END;
INSERT INTO calendar.event (id, at) VALUES (1, '2026-05-06 07:08:09');
DO $$
BEGIN
    IF (SELECT extract(epoch FROM at) FROM calendar.event) <> 1778051289 THEN
        RAISE 'a time without a zone is not one of UTC';
    END IF;
    IF to_char('03/04/2026'::date, 'YYYYMMDD') <> '20260304' THEN
        RAISE 'a date is not read as month, day, year';
    END IF;
    IF '-1 2:03:04'::interval <> '-1 day +02:03:04'::interval THEN
        RAISE 'an interval is read otherwise';
    END IF;
    IF length('\n') <> 2 THEN
        RAISE 'a backslash in a literal is not one';
    END IF;
END
$$;
