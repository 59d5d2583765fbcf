-- Drops all that a pair can have made
SELECT format('DROP %s CASCADE', what)
FROM (SELECT 0, 'SUBSCRIPTION ' || quote_ident(subname) FROM pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      UNION ALL SELECT 1, 'EVENT TRIGGER ' || quote_ident(evtname) FROM pg_event_trigger
      UNION ALL SELECT 2, 'PUBLICATION ' || quote_ident(pubname) FROM pg_publication
      UNION ALL SELECT 3, 'SERVER ' || quote_ident(srvname) FROM pg_foreign_server
      UNION ALL SELECT 4, 'EXTENSION ' || quote_ident(extname) FROM pg_extension WHERE extname <> 'plpgsql'
      UNION ALL SELECT 5, 'SCHEMA ' || quote_ident(nspname) FROM pg_namespace
                WHERE oid >= 16384 AND nspname !~ '^pg_'
      UNION ALL SELECT 6, format('CAST (%s AS %s)', format_type(castsource, NULL), format_type(casttarget, NULL))
                FROM pg_cast WHERE oid >= 16384 AND castsource < 16384 AND casttarget < 16384) AS made (rank, what)
ORDER BY rank
\gexec
SELECT 'DROP OWNED BY ' || quote_ident(rolname) FROM pg_roles WHERE rolname ILIKE 'pair%'
\gexec
