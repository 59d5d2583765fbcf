-- Who keeps this session waiting, for which lock, since when, and with which? ($1 its process) No row where it does
-- not wait.
WITH waiting AS MATERIALIZED (
    SELECT l.* FROM pg_catalog.pg_stat_activity a
    JOIN pg_catalog.pg_locks l ON l.pid = a.pid AND NOT l.granted
    WHERE a.pid = $1::pg_catalog.int4 AND a.wait_event_type = 'Lock'
),
blocking AS MATERIALIZED (
    SELECT DISTINCT b.pid FROM waiting w CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS b (pid)
),
-- Of what is waited for, what others hold, or wait for before this one.
theirs AS (
    SELECT h.pid, h.granted, h.mode, h.virtualtransaction
    FROM waiting w
    JOIN pg_catalog.pg_locks h
      ON h.locktype = w.locktype AND h.database IS NOT DISTINCT FROM w.database
         AND h.relation IS NOT DISTINCT FROM w.relation AND h.page IS NOT DISTINCT FROM w.page
         AND h.tuple IS NOT DISTINCT FROM w.tuple AND h.virtualxid IS NOT DISTINCT FROM w.virtualxid
         AND h.transactionid::pg_catalog.text IS NOT DISTINCT FROM w.transactionid::pg_catalog.text
         AND h.classid IS NOT DISTINCT FROM w.classid AND h.objid IS NOT DISTINCT FROM w.objid
         AND h.objsubid IS NOT DISTINCT FROM w.objsubid
         AND h.pid IS DISTINCT FROM w.pid
    JOIN blocking b ON b.pid = coalesce(h.pid, 0)
)
SELECT pg_catalog.upper(pg_catalog.regexp_replace(
           pg_catalog."left"(w.mode, -4), '([a-z])([A-Z])', '\1 \2', 'g')) AS mode,
       CASE w.locktype
            WHEN 'relation' THEN coalesce(
                (SELECT pg_catalog.quote_ident(n.nspname::pg_catalog.text) || '.'
                        || pg_catalog.quote_ident(c.relname::pg_catalog.text)
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.oid = w.relation), 'relation ' || w.relation::pg_catalog.text)
            WHEN 'transactionid' THEN 'a row that another transaction has changed'
            WHEN 'tuple' THEN 'a row of ' || coalesce(
                (SELECT pg_catalog.quote_ident(n.nspname::pg_catalog.text) || '.'
                        || pg_catalog.quote_ident(c.relname::pg_catalog.text)
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.oid = w.relation), 'relation ' || w.relation::pg_catalog.text)
            WHEN 'advisory' THEN 'an advisory lock'
            WHEN 'virtualxid' THEN 'the end of another transaction'
            ELSE w.locktype
       END AS object,
       (extract(epoch FROM w.waitstart) * 1000000)::pg_catalog.int8 AS since,
       (SELECT pg_catalog.string_agg(who.told, '; ' ORDER BY who.told)
        FROM (SELECT CASE WHEN t.pid IS NULL
                          THEN 'a prepared transaction' || coalesce(
                               (SELECT ' (' || p.gid || ', role ' || pg_catalog.quote_ident(p.owner::pg_catalog.text) || ')'
                                FROM pg_catalog.pg_prepared_xacts p
                                JOIN pg_catalog.pg_locks own
                                  ON own.transactionid::pg_catalog.text = p.transaction::pg_catalog.text AND own.pid IS NULL
                                WHERE own.virtualtransaction = t.virtualtransaction), '')
                          ELSE coalesce(nullif(a.application_name, ''), 'a session') || ' (process '
                               || t.pid::pg_catalog.text
                               || coalesce(', role ' || pg_catalog.quote_ident(a.usename::pg_catalog.text), '')
                               || coalesce(', since ' || pg_catalog.to_char(
                                      a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), '') || ')'
                     END
                     || CASE WHEN t.granted THEN ' holds ' ELSE ' waits before it for ' END
                     || pg_catalog.string_agg(DISTINCT pg_catalog.upper(pg_catalog.regexp_replace(
                            pg_catalog."left"(t.mode, -4), '([a-z])([A-Z])', '\1 \2', 'g')), ', ') AS told
              FROM theirs t LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = t.pid
              GROUP BY t.pid, t.granted, t.virtualtransaction, a.application_name, a.usename, a.xact_start) AS who) AS who
FROM waiting w
LIMIT 1
