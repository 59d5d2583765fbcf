-- What stands on these things, of other relations and routines? ($1 schemas, $2 names, $3 columns or '', $4 types of routines or NULL,
-- $5 whether a column is only converted)
-- Of what is converted a constraint, an index and a default are made anew by the server.
WITH asked AS (
    SELECT a.schema, a.name, a.col, a.types, a.converted, a.number
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[]) WITH ORDINALITY
         AS a (schema, name, col, types, converted, number)
), disturbed AS (
    SELECT 'pg_class'::regclass AS class, c.oid, coalesce(at.attnum, 0)::int4 AS part, a.converted, c.oid AS relation, a.number
    FROM asked a
    JOIN pg_namespace n ON n.nspname = a.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.name
    LEFT JOIN pg_attribute at ON at.attrelid = c.oid AND at.attname = a.col AND NOT at.attisdropped
    WHERE (a.col = '' OR at.attnum IS NOT NULL) AND a.types IS NULL
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, false, 0, a.number
    FROM asked a JOIN pg_namespace n ON n.nspname = a.schema JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = a.name
    WHERE oidvectortypes(p.proargtypes) = a.types
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, false, t.typrelid, a.number
    FROM asked a JOIN pg_namespace n ON n.nspname = a.schema JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = a.name
    WHERE a.col = '' AND a.types IS NULL
), dependent AS (
    SELECT DISTINCT d.classid, d.objid, disturbed.relation, disturbed.number,
           CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid
                WHEN d.classid = 'pg_rewrite'::regclass THEN (SELECT r.ev_class FROM pg_rewrite r WHERE r.oid = d.objid)
                WHEN d.classid = 'pg_policy'::regclass THEN (SELECT p.polrelid FROM pg_policy p WHERE p.oid = d.objid)
                WHEN d.classid = 'pg_trigger'::regclass THEN (SELECT t.tgrelid FROM pg_trigger t WHERE t.oid = d.objid)
                WHEN d.classid = 'pg_constraint'::regclass THEN (SELECT k.conrelid FROM pg_constraint k WHERE k.oid = d.objid)
                WHEN d.classid = 'pg_attrdef'::regclass THEN (SELECT f.adrelid FROM pg_attrdef f WHERE f.oid = d.objid)
           END AS on_relation
    FROM disturbed
    JOIN pg_depend d ON d.refclassid = disturbed.class AND d.refobjid = disturbed.oid
                    AND (disturbed.part = 0 OR d.refobjsubid = disturbed.part) AND d.deptype = 'n'
    WHERE NOT disturbed.converted
       OR d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass)
)
SELECT DISTINCT dependent.number, n.nspname::text AS schema, coalesce(c.relname, p.proname)::text AS name,
       CASE WHEN dependent.classid = 'pg_rewrite'::regclass AND c.relkind IN ('v', 'm')
            THEN pg_describe_object('pg_class'::regclass, c.oid, 0)
            ELSE pg_describe_object(dependent.classid, dependent.objid, 0) END AS told
FROM dependent
LEFT JOIN pg_class c ON c.oid = dependent.on_relation
LEFT JOIN pg_proc p ON dependent.classid = 'pg_proc'::regclass AND p.oid = dependent.objid
JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, p.pronamespace)
WHERE dependent.on_relation IS DISTINCT FROM dependent.relation
ORDER BY told
