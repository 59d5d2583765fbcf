-- Has somebody set that this role only reads in this database? For whom, and what lifts it?
-- What is stored counts, of that the most special, since a session may be older than it; then what the server or the
-- options of the address say, as long as the session has set nothing itself ($1 what they say then).
SELECT pg_catalog.current_database()::pg_catalog.text AS database, f.set_for, f.undo
FROM (SELECT said.is_on, said.set_for, said.undo
      FROM (SELECT pg_catalog.split_part(c.entry, '=', 2)::pg_catalog.bool AS is_on,
                   CASE WHEN s.setrole <> 0::pg_catalog.oid AND s.setdatabase <> 0::pg_catalog.oid THEN me.role || ' in ' || me.db
                        WHEN s.setrole <> 0::pg_catalog.oid THEN me.role
                        WHEN s.setdatabase <> 0::pg_catalog.oid THEN me.db
                        ELSE 'all roles' END AS set_for,
                   CASE WHEN s.setrole <> 0::pg_catalog.oid AND s.setdatabase <> 0::pg_catalog.oid
                        THEN 'ALTER ROLE ' || me.role_name || ' IN DATABASE ' || me.db_name
                        WHEN s.setrole <> 0::pg_catalog.oid THEN 'ALTER ROLE ' || me.role_name
                        WHEN s.setdatabase <> 0::pg_catalog.oid THEN 'ALTER DATABASE ' || me.db_name
                        ELSE 'ALTER ROLE ALL' END || ' RESET default_transaction_read_only' AS undo,
                   CASE WHEN s.setrole <> 0::pg_catalog.oid THEN 2 ELSE 0 END
                   + CASE WHEN s.setdatabase <> 0::pg_catalog.oid THEN 1 ELSE 0 END AS rank
            FROM (SELECT r.oid AS role_oid, d.oid AS db_oid,
                         pg_catalog.quote_ident(r.rolname::pg_catalog.text) AS role_name,
                         pg_catalog.quote_ident(d.datname::pg_catalog.text) AS db_name,
                         'role ' || pg_catalog.quote_ident(r.rolname::pg_catalog.text) AS role,
                         'database ' || pg_catalog.quote_ident(d.datname::pg_catalog.text) AS db
                  FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
                  WHERE r.rolname = SESSION_USER AND d.datname = pg_catalog.current_database()) AS me
            JOIN pg_catalog.pg_db_role_setting s
              ON s.setrole IN (0::pg_catalog.oid, me.role_oid) AND s.setdatabase IN (0::pg_catalog.oid, me.db_oid)
            CROSS JOIN pg_catalog.unnest(s.setconfig) AS c (entry)
            WHERE pg_catalog.split_part(c.entry, '=', 1) = 'default_transaction_read_only'
            UNION ALL
            SELECT coalesce($1::pg_catalog.bool,
                            s.reset_val::pg_catalog.bool
                            AND s.source <> ALL (ARRAY['database', 'user', 'database user', 'global', 'session'])),
                   'the server, by its configuration or by the options of the address',
                   'ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()', -1
            FROM pg_catalog.pg_settings s
            WHERE s.name = 'default_transaction_read_only') AS said
      ORDER BY said.rank DESC LIMIT 1) AS f
WHERE f.is_on
