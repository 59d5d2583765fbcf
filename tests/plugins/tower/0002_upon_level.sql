-- All that stands on one column, each by a name that comes before what it stands on.
CREATE INDEX floor_scaled_idx ON tower.floor (tower.scaled(level));
CREATE VIEW tower.c_low WITH (security_barrier = true) AS
    SELECT floor.id, floor.level FROM tower.floor WHERE floor.level >= 0 AND floor.wing_id <= tower.newest();
CREATE VIEW tower.b_middle AS SELECT c_low.id, c_low.level AS height FROM tower.c_low;
CREATE VIEW tower.a_top AS SELECT b_middle.id FROM tower.b_middle WHERE b_middle.height > 0;
COMMENT ON VIEW tower.c_low IS 'the lowest';
COMMENT ON COLUMN tower.c_low.level IS 'how high';
CREATE TRIGGER c_low_noted INSTEAD OF INSERT ON tower.c_low FOR EACH ROW EXECUTE FUNCTION tower.noted();
CREATE MATERIALIZED VIEW tower.by_level AS SELECT floor.level, count(*) AS n FROM tower.floor GROUP BY floor.level;
CREATE UNIQUE INDEX by_level_key ON tower.by_level (level);
ALTER TABLE tower.floor ENABLE ROW LEVEL SECURITY;
CREATE POLICY floor_seen ON tower.floor FOR SELECT USING (level > 0);
CREATE TRIGGER floor_noted BEFORE UPDATE OF level ON tower.floor
    FOR EACH ROW WHEN (new.level > old.level) EXECUTE FUNCTION tower.noted();
CREATE RULE floor_kept AS ON DELETE TO tower.floor WHERE old.level = 0 DO INSTEAD NOTHING;
