-- tenon:requires meter/0001_meter.sql
CREATE SCHEMA archive;

CREATE TABLE archive.reading_2025 PARTITION OF meter.reading FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX reading_2025_at ON archive.reading_2025 (at) WHERE value > 0;

CREATE TABLE archive.older (
    value integer,
    at date NOT NULL,
    device integer NOT NULL,
    id bigint NOT NULL,
    CONSTRAINT older_small CHECK (value < 1000),
    CONSTRAINT reading_value CHECK (value >= 0)
);
ALTER TABLE meter.reading ATTACH PARTITION archive.older FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
