-- Which settings of the database and of its roles change what statements mean? ($1 schemas, of no concern here)
-- A role is of concern if anything in this database is its own or granted to it. What a setting is called by
-- an extension or by the user is left out: its value may be a secret.
SELECT ''::name AS schema, NULL::name AS relation, 'database'::name AS name,
       ARRAY(SELECT CASE WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'all roles: '
                         WHEN s.setrole = 0 THEN ''
                         ELSE 'role ' || quote_ident(pg_get_userbyid(s.setrole))
                              || CASE WHEN s.setdatabase = 0 THEN ': ' ELSE ' here: ' END END || setting
             FROM pg_db_role_setting s
             CROSS JOIN unnest(s.setconfig) AS setting
             WHERE (s.setdatabase = d.oid
                    OR (s.setdatabase = 0
                        AND (s.setrole = 0
                             OR EXISTS (SELECT FROM pg_shdepend p
                                        WHERE p.refclassid = 'pg_authid'::regclass AND p.refobjid = s.setrole
                                          AND p.dbid = d.oid))))
               AND lower(split_part(setting, '=', 1)) IN (
                   'search_path', 'role', 'row_security', 'session_replication_role', 'event_triggers',
                   'default_transaction_isolation', 'default_transaction_read_only',
                   'default_transaction_deferrable', 'synchronous_commit',
                   'timezone', 'timezone_abbreviations', 'datestyle', 'intervalstyle', 'lc_messages', 'lc_monetary',
                   'lc_numeric', 'lc_time', 'client_encoding', 'default_text_search_config',
                   'default_tablespace', 'default_table_access_method', 'default_toast_compression',
                   'standard_conforming_strings', 'backslash_quote', 'array_nulls', 'transform_null_equals',
                   'quote_all_identifiers', 'bytea_output', 'extra_float_digits', 'xmlbinary', 'xmloption',
                   'check_function_bodies', 'lo_compat_privileges', 'createrole_self_grant',
                   'session_preload_libraries', 'local_preload_libraries', 'plpgsql.variable_conflict')) AS settings
FROM pg_database d
WHERE d.datname = current_database() AND $1::name[] IS NOT NULL
