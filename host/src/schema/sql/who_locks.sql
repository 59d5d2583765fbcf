-- Who keeps everybody else from tables of these schemas? ($1 schemas)
SELECT string_agg(held.who || ' holds ' || held.tables, '; ' ORDER BY held.who) AS holders
FROM (SELECT CASE WHEN l.pid IS NULL THEN 'a prepared transaction'
                  ELSE coalesce(nullif(a.application_name, ''), 'a session') || ' (process ' || l.pid::text
                       || coalesce(', role ' || quote_ident(a.usename::text), '')
                       || coalesce(', since ' || to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), '')
                       || ')' END AS who,
             string_agg(DISTINCT quote_ident(n.nspname) || '.' || quote_ident(c.relname), ', ') AS tables
      FROM pg_locks l
      JOIN pg_class c ON c.oid = l.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND (n.nspname = ANY ($1::name[]) OR n.nspname = 'pg_catalog')
      GROUP BY l.pid, a.application_name, a.usename, a.xact_start) AS held
