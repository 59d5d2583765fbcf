-- What has this transaction changed outside of all schemas of plugins? Each with its kind and, where it is known, its name.
-- A row of a catalog is this transaction's if it is seen while the one that wrote it has not ended: such rows of others
-- nobody sees. Who changes roles keeps a lock until the end, and may not be able to read which they are.
WITH own AS (
    SELECT o.first, o.first & -4294967296 AS epoch,
           pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8 AS next
    FROM (SELECT pg_catalog.pg_current_xact_id_if_assigned()::text::int8) AS o (first)
    WHERE o.first IS NOT NULL
),
-- The catalogs keep the lower half of a transaction's number.
written (kind, name, class, oid, half) AS (
    SELECT 'event trigger', pg_catalog.quote_ident(e.evtname), 'pg_event_trigger'::pg_catalog.regclass::pg_catalog.oid, e.oid, e.xmin::text::int8
    FROM pg_catalog.pg_event_trigger e
    UNION ALL
    SELECT 'server', pg_catalog.quote_ident(s.srvname), 'pg_foreign_server'::pg_catalog.regclass::pg_catalog.oid, s.oid, s.xmin::text::int8
    FROM pg_catalog.pg_foreign_server s
    UNION ALL
    SELECT 'foreign-data wrapper', pg_catalog.quote_ident(f.fdwname), 'pg_foreign_data_wrapper'::pg_catalog.regclass::pg_catalog.oid, f.oid, f.xmin::text::int8
    FROM pg_catalog.pg_foreign_data_wrapper f
    UNION ALL
    SELECT 'language', pg_catalog.quote_ident(l.lanname), 'pg_language'::pg_catalog.regclass::pg_catalog.oid, l.oid, l.xmin::text::int8
    FROM pg_catalog.pg_language l
    UNION ALL
    SELECT 'language', pg_catalog.quote_ident(l.lanname), 'pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, p.xmin::text::int8
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND NOT l.lanpltrusted
    -- Aggregates have no language of their own, and the constructors of a range come with it.
    WHERE p.oid >= 16384::pg_catalog.oid AND p.prokind <> 'a'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_proc'::pg_catalog.regclass::pg_catalog.oid AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL
    SELECT 'database', pg_catalog.quote_ident(d.datname), 'pg_database'::pg_catalog.regclass::pg_catalog.oid, d.oid, d.xmin::text::int8
    FROM pg_catalog.pg_database d
    UNION ALL
    SELECT 'database', pg_catalog.quote_ident(d.datname), 'pg_database'::pg_catalog.regclass::pg_catalog.oid, d.oid, s.xmin::text::int8
    FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND s.setrole = 0::pg_catalog.oid
    UNION ALL
    SELECT 'tablespace', pg_catalog.quote_ident(t.spcname), 'pg_tablespace'::pg_catalog.regclass::pg_catalog.oid, t.oid, t.xmin::text::int8
    FROM pg_catalog.pg_tablespace t
    UNION ALL
    SELECT 'parameter', p.parname, 'pg_parameter_acl'::pg_catalog.regclass::pg_catalog.oid, p.oid, p.xmin::text::int8
    FROM pg_catalog.pg_parameter_acl p
    UNION ALL
    SELECT 'triggers of', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), 'pg_trigger'::pg_catalog.regclass::pg_catalog.oid, t.oid, t.xmin::text::int8
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE t.tgenabled IN ('D', 'R')
    UNION ALL
    SELECT 'schema', 'pg_catalog', b.class, b.oid, b.half
    FROM (SELECT 'pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, p.xmin::text::int8, p.pronamespace FROM pg_catalog.pg_proc p
          UNION ALL
          SELECT 'pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid, c.xmin::text::int8, c.relnamespace FROM pg_catalog.pg_class c
          UNION ALL
          SELECT 'pg_type'::pg_catalog.regclass::pg_catalog.oid, t.oid, t.xmin::text::int8, t.typnamespace FROM pg_catalog.pg_type t
          UNION ALL
          SELECT 'pg_operator'::pg_catalog.regclass::pg_catalog.oid, o.oid, o.xmin::text::int8, o.oprnamespace FROM pg_catalog.pg_operator o
         ) AS b (class, oid, half, namespace)
    WHERE b.namespace IN ('pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid, 'information_schema'::pg_catalog.regnamespace::pg_catalog.oid)
),
counted AS (
    SELECT w.kind, w.name, w.class, w.oid, own.first, own.next,
           own.epoch + w.half + CASE WHEN own.epoch + w.half < own.first - 2147483648 THEN 4294967296 ELSE 0 END AS number
    FROM written w CROSS JOIN own
),
mine AS (
    SELECT c.kind, c.name, c.class, c.oid
    FROM counted c
    -- What began after this statement did nobody sees but who did it.
    WHERE c.number >= c.first
      AND CASE WHEN c.number = c.first OR c.number >= c.next THEN true
               ELSE pg_catalog.pg_xact_status(c.number::text::pg_catalog.xid8) = 'in progress' END
)
-- What an extension brings is told as the extension.
SELECT DISTINCT CASE WHEN e.extname IS NULL THEN m.kind ELSE 'extension' END AS kind,
       CASE WHEN e.extname IS NULL THEN m.name ELSE pg_catalog.quote_ident(e.extname) END AS name
FROM mine m
LEFT JOIN pg_catalog.pg_depend d ON d.classid = m.class AND d.objid = m.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
-- An extension may bring functions in C, which are its own to bring.
WHERE NOT (e.extname IS NOT NULL AND m.kind = 'language' AND m.class = 'pg_proc'::pg_catalog.regclass::pg_catalog.oid)
UNION
SELECT 'role', NULL
FROM pg_catalog.pg_locks l
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.mode = 'RowExclusiveLock'
  AND l.relation IN ('pg_authid'::pg_catalog.regclass::pg_catalog.oid, 'pg_auth_members'::pg_catalog.regclass::pg_catalog.oid)
ORDER BY kind, name
