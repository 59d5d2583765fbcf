CREATE SCHEMA trespasses;
  DELETE FROM shelf.book;
DO $$ BEGIN UPDATE tenon.audit SET body = '{}'; END $$;
ALTER TYPE shelf.state ADD VALUE 'lost';
UPDATE shelf.book SET state = 'lost';
CREATE INDEX CONCURRENTLY ON trespasses.t (a);
SET CONSTRAINTS ALL DEFERRED;
