-- Which relations has this transaction touched, and how, in numbers that grow with each touch? What it has touched
-- it has locked until its end; rows are counted besides, since who has a lock needs no other.
SELECT n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.concat_ws(' ', h.modes,
           pg_catalog.pg_stat_get_xact_numscans(c.oid),
           (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(i.indexrelid))
            FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
           pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
           pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
           pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)) AS how
FROM (SELECT l.relation, pg_catalog.string_agg(l.mode, ' ' ORDER BY l.mode) AS modes
      FROM pg_catalog.pg_locks l
      WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
      GROUP BY l.relation) h
JOIN pg_catalog.pg_class c ON c.oid = h.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
