-- May this role create a database here, and of which major version is the server?
SELECT pg_is_in_recovery() AS standby, rolcreatedb OR rolsuper AS may, quote_ident(rolname) AS role,
       current_setting('server_version_num')::int / 10000 AS major
FROM pg_roles
WHERE rolname = current_user
