-- What do extensions bring, where is it, and what else has one of its names?
WITH named (classid, oid, schema, name) AS (
    SELECT 'pg_type'::regclass::oid, oid, typnamespace, typname FROM pg_type
    UNION ALL SELECT 'pg_proc'::regclass::oid, oid, pronamespace, proname FROM pg_proc
    UNION ALL SELECT 'pg_operator'::regclass::oid, oid, oprnamespace, oprname FROM pg_operator
    UNION ALL SELECT 'pg_opclass'::regclass::oid, oid, opcnamespace, opcname FROM pg_opclass
    UNION ALL SELECT 'pg_class'::regclass::oid, oid, relnamespace, relname FROM pg_class WHERE relkind NOT IN ('i', 'I', 't')
    UNION ALL SELECT 'pg_ts_config'::regclass::oid, oid, cfgnamespace, cfgname FROM pg_ts_config
    UNION ALL SELECT 'pg_ts_dict'::regclass::oid, oid, dictnamespace, dictname FROM pg_ts_dict
),
brought AS MATERIALIZED (
    SELECT m.classid, m.oid, m.schema, m.name
    FROM pg_depend d
    JOIN pg_extension e ON e.oid = d.refobjid AND e.extnamespace <> 'pg_catalog'::regnamespace
    JOIN named m ON m.classid = d.classid AND m.oid = d.objid AND m.schema = e.extnamespace
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
)
SELECT DISTINCT n.nspname AS schema, b.name::text AS name, true AS is_of_extension
FROM brought b JOIN pg_namespace n ON n.oid = b.schema
UNION ALL
SELECT DISTINCT n.nspname, m.name::text, false
FROM named m
JOIN brought b ON b.name = m.name
JOIN pg_namespace n ON n.oid = m.schema AND n.nspname <> 'pg_catalog'
WHERE NOT EXISTS (SELECT FROM brought own WHERE own.classid = m.classid AND own.oid = m.oid)
