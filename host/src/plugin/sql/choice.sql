-- May whoever heals make login roles, are there such for this database, and is there a ledger and a log that this session may
-- read? ($1 who heals, if not this session's role; $2 what the names of the login roles end with)
SELECT m.name AS healer, coalesce(r.rolsuper OR r.rolcreaterole, false) AS may_make,
       EXISTS (SELECT FROM pg_roles l WHERE l.rolname LIKE 'tenon\_%\_' || $2) AS has_roles,
       to_regclass('tenon.migration') IS NOT NULL AS has_ledger,
       coalesce(has_table_privilege(to_regclass('tenon.audit'), 'SELECT'), false) AS reads_log
FROM (SELECT coalesce($1, current_user) AS name) m LEFT JOIN pg_roles r ON r.rolname = m.name
