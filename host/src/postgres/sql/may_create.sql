-- May this role create a database here?
SELECT pg_is_in_recovery() AS standby, rolcreatedb OR rolsuper AS may, quote_ident(rolname) AS role
FROM pg_roles
WHERE rolname = current_user
