-- What is there to change? Opens every query of kinds/; a part that a query does not name is not computed.
-- `n` is the dice: a number of the round's own, from 1 to 1000.
WITH dice AS (SELECT $1::int AS n),
-- To the next number; at the edge of a type PostgreSQL takes one of them only.
step (step) AS (VALUES (1), (-1)),
member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
ns AS (SELECT oid, nspname::text AS schema, nspowner AS owner FROM pg_namespace
       WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
         AND (2615::oid, oid) NOT IN (SELECT classid, objid FROM member)),
rel AS (SELECT c.*, n.schema, c.relname::text AS object, format('%I.%I', n.schema, c.relname) AS rel
        FROM pg_class c JOIN ns n ON n.oid = c.relnamespace
        WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)),
tab AS (SELECT * FROM rel WHERE relkind IN ('r', 'p')),
-- Neither a partition nor partitioned nor inheriting, where a change is nobody else's business.
plain AS (SELECT * FROM tab t WHERE relkind = 'r' AND NOT relispartition AND reloftype = 0
          AND NOT EXISTS (SELECT FROM pg_inherits h WHERE t.oid IN (h.inhrelid, h.inhparent))),
col AS (SELECT p.*, a.attname, quote_ident(a.attname) AS col, a.attnum, a.atttypid, a.attnotnull, a.attidentity,
               a.attgenerated, a.attcollation, a.attstorage, a.attcompression, a.attlen, t.typcategory,
               t.typstorage, t.typcollation, format_type(a.atttypid, a.atttypmod) AS type,
               pg_get_expr(d.adbin, d.adrelid) AS expr
        FROM plain p JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = p.oid AND d.adnum = a.attnum),
con AS (SELECT t.schema, t.object, t.rel, t.oid AS tabid, k.oid, k.contype, k.conname, k.conkey, k.conindid, k.condeferrable,
               k.convalidated, k.connoinherit, quote_ident(k.conname) AS con, pg_get_constraintdef(k.oid) AS def,
               format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I ', t.rel, k.conname, k.conname) AS again
        FROM pg_constraint k JOIN tab t ON t.oid = k.conrelid
        WHERE k.contype <> 't' AND k.conparentid = 0 AND k.coninhcount = 0 AND NOT t.relispartition),
fk AS (SELECT c.*, format('FOREIGN KEY %s', (regexp_match(c.def, '^FOREIGN KEY (\(.*?\) REFERENCES .*?\(.*?\))'))[1]) AS base,
              coalesce((regexp_match(c.def, ' ON UPDATE (?:SET NULL|SET DEFAULT|NO ACTION|\w+)'))[1], '') AS u,
              coalesce((regexp_match(c.def, ' ON DELETE (?:SET NULL|SET DEFAULT|NO ACTION|\w+)'))[1], '') AS d,
              CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END AS f
       FROM con c WHERE c.contype = 'f'),
chk AS (SELECT c.*, pg_get_expr(k.conbin, k.conrelid) AS expr,
               CASE WHEN c.connoinherit THEN ' NO INHERIT' ELSE '' END
               || CASE WHEN NOT c.convalidated THEN ' NOT VALID' ELSE '' END AS tail
        FROM con c JOIN pg_constraint k ON k.oid = c.oid WHERE c.contype = 'c'),
idx AS (SELECT t.schema, t.object, t.rel, t.relkind, t.oid AS tabid, i.indexrelid, i.indkey, i.indnkeyatts, i.indnatts, i.indisunique,
               i.indisclustered, i.indimmediate, i.indpred, i.indexprs, ic.relname AS idxname, ic.relispartition AS attached,
               format('%I.%I', t.schema, ic.relname) AS idx,
               pg_get_indexdef(i.indexrelid) AS def, format('DROP INDEX %I.%I; ', t.schema, ic.relname) AS drop,
               am.amname
        FROM pg_index i JOIN rel t ON t.oid = i.indrelid JOIN pg_class ic ON ic.oid = i.indexrelid
        JOIN pg_am am ON am.oid = ic.relam
        WHERE t.relkind IN ('r', 'p', 'm') AND NOT ic.relispartition
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))),
fn AS (SELECT p.*, n.schema, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) AS object,
              p.oid::regprocedure::text AS fn, l.lanname, pg_get_functiondef(p.oid) AS def,
              pg_get_function_sqlbody(p.oid) AS sqlbody
       FROM (SELECT * FROM pg_proc WHERE prokind IN ('f', 'p')) p JOIN ns n ON n.oid = p.pronamespace
       JOIN pg_language l ON l.oid = p.prolang
       WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')),
trg AS (SELECT r.schema, r.object, r.rel, r.relkind, t.tgname, quote_ident(t.tgname) AS trg, t.tgenabled, t.tgconstraint,
               t.tgdeferrable, t.tgtype, t.tgnargs, t.tgoldtable, t.tgnewtable, t.tgqual, t.tgattr, t.tgfoid,
               pg_get_triggerdef(t.oid) AS def,
               format('DROP TRIGGER %I ON %s; ', t.tgname, r.rel) AS drop
        FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgparentid = 0),
pol AS (SELECT t.schema, t.object, t.rel, quote_ident(p.polname) AS pol, p.polpermissive, p.polcmd, p.polroles,
               pg_get_expr(p.polqual, p.polrelid) AS qual, pg_get_expr(p.polwithcheck, p.polrelid) AS wcheck
        FROM pg_policy p JOIN tab t ON t.oid = p.polrelid),
vw AS (SELECT *, rtrim(pg_get_viewdef(oid), ';') AS query FROM rel WHERE relkind = 'v'),
seq AS (SELECT r.*, s.*, d.refobjid AS ownedby, d.deptype FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid
                             AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')),
typ AS (SELECT t.*, n.schema, t.typname::text AS object, format('%I.%I', n.schema, t.typname) AS typ
        FROM pg_type t JOIN ns n ON n.oid = t.typnamespace
        WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
          AND (t.typtype IN ('e', 'd', 'r')
               OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')))
