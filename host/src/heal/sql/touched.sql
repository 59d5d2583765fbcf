-- Which relations has this transaction touched in schemas where other plugins have something ($1), and how, in numbers
-- that grow with each touch? What it has touched it has locked until its end; rows are counted besides, since who has a
-- lock needs no other. What is touched in schemas that are the plugin's alone ($2) comes as one row without a name:
-- there it matters only whether anything was.
WITH held AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, l.mode, n.nspname = ANY ($2::pg_catalog.name[]) AS is_own
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
      AND (n.nspname = ANY ($1::pg_catalog.name[]) OR n.nspname = ANY ($2::pg_catalog.name[]))
)
SELECT h.nspname::text AS schema, h.relname::text AS name,
       pg_catalog.concat_ws(' ', pg_catalog.string_agg(h.mode, ' ' ORDER BY h.mode),
           pg_catalog.pg_stat_get_xact_numscans(h.oid),
           (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(i.indexrelid))
            FROM pg_catalog.pg_index i WHERE i.indrelid = h.oid),
           pg_catalog.pg_stat_get_xact_tuples_inserted(h.oid),
           pg_catalog.pg_stat_get_xact_tuples_updated(h.oid),
           pg_catalog.pg_stat_get_xact_tuples_deleted(h.oid)) AS how
FROM held h
WHERE NOT h.is_own AND h.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
GROUP BY h.oid, h.nspname, h.relname
UNION ALL
-- Indexes are among the relations here, and counted as such. A relation with two locks is counted twice, which does no harm.
SELECT '', '',
       pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(h.oid::pg_catalog.int8),
           pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(h.oid)),
           pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(h.oid)),
           pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(h.oid)),
           pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(h.oid)))
FROM held h
WHERE h.is_own
HAVING pg_catalog.count(*) > 0
