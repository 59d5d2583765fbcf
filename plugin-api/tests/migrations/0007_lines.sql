-- A file for the tests of embed_migrations!.
-- tenon:requires identity/0002_public_id.sql
-- tenon:requires inventory/0001_items.sql
SELECT 1;
-- tenon:requires too/0009_late.sql
