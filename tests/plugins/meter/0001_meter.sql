CREATE EXTENSION IF NOT EXISTS citext VERSION '1.6';
CREATE SCHEMA meter;
CREATE TYPE meter.unit AS ENUM ('kwh', 'm3');
CREATE TYPE meter.span AS (low integer, high integer);

CREATE TABLE meter.device (
    id integer PRIMARY KEY,
    unit meter.unit NOT NULL,
    name text,
    CONSTRAINT device_unit CHECK (unit <> 'm3' OR name IS NOT NULL)
);

CREATE TABLE meter.reading (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device integer NOT NULL,
    at date NOT NULL,
    value integer DEFAULT 0,
    CONSTRAINT reading_pkey PRIMARY KEY (device, at),
    CONSTRAINT reading_value CHECK (value >= 0),
    CONSTRAINT reading_device FOREIGN KEY (device) REFERENCES meter.device (id) ON DELETE CASCADE
) PARTITION BY RANGE (at);
CREATE INDEX reading_value_idx ON meter.reading (value);
CREATE FUNCTION meter.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER reading_note BEFORE INSERT ON meter.reading FOR EACH ROW EXECUTE FUNCTION meter.note();

CREATE TABLE meter.spare (
    device integer,
    at date,
    note text,
    CONSTRAINT spare_reading FOREIGN KEY (device, at) REFERENCES meter.reading (device, at) ON DELETE SET NULL (at)
);
CREATE TABLE meter.range OF meter.span (low WITH OPTIONS NOT NULL DEFAULT 0, CONSTRAINT range_order CHECK (low < high));
CREATE FUNCTION meter.twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';

ALTER TABLE meter.device OWNER TO meter_keeper;
GRANT SELECT ON meter.device TO meter_reader, "owner";
GRANT INSERT, UPDATE ON meter.device TO meter_reader WITH GRANT OPTION;
ALTER TABLE meter.spare OWNER TO meter_keeper;
GRANT USAGE ON SCHEMA meter TO meter_keeper, meter_reader;
ALTER FUNCTION meter.twice(integer) OWNER TO meter_keeper;
REVOKE EXECUTE ON FUNCTION meter.twice(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION meter.twice(integer) TO meter_reader;
