-- Which database is this session in, on which cluster, and as whom?
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, d.oid AS database, current_user::text AS role
FROM pg_database d
WHERE d.datname = current_database()
