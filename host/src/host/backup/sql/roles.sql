-- Which roles does a dump of this database name? Owners, and whoever is granted something; not those of PostgreSQL.
-- Of the bootstrap superuser pg_shdepend knows nothing: each catalog that has owners is looked through.
WITH owner (classid, objid, role) AS (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, n.nspowner FROM pg_catalog.pg_namespace n
    WHERE n.nspname OPERATOR(pg_catalog.<>) 'tenon_cluster'
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid, relowner FROM pg_catalog.pg_class
    UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.proowner FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    WHERE n.nspname OPERATOR(pg_catalog.<>) 'tenon_cluster'
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typowner FROM pg_catalog.pg_type
    UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, oid, collowner FROM pg_catalog.pg_collation
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, conowner FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprowner FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, opfowner FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, opcowner FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, lanowner FROM pg_catalog.pg_language
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, dictowner FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgowner FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid, stxowner FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, fdwowner FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, srvowner FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, pubowner FROM pg_catalog.pg_publication
    UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, evtowner FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, oid, subowner FROM pg_catalog.pg_subscription
    UNION ALL SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, oid, lomowner FROM pg_catalog.pg_largeobject_metadata
),
named (role) AS (
    SELECT o.role FROM owner o
    -- What initdb has made has numbers below these, but for large objects, whose numbers anybody chooses.
    WHERE (o.objid OPERATOR(pg_catalog.>=) '16384'::pg_catalog.oid
           OR o.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_largeobject'::pg_catalog.regclass)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid
                        AND d.deptype OPERATOR(pg_catalog.=) 'e')
    UNION ALL
    -- The schema public may belong to anybody.
    SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'public'
    UNION ALL
    SELECT d.refobjid
    FROM pg_catalog.pg_shdepend d
    JOIN pg_catalog.pg_database b ON b.oid OPERATOR(pg_catalog.=) d.dbid
    WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
)
SELECT DISTINCT r.rolname::pg_catalog.text
FROM pg_catalog.pg_roles r
WHERE NOT pg_catalog.starts_with(r.rolname, 'pg_') AND r.oid OPERATOR(pg_catalog.=) ANY (SELECT n.role FROM named n)
ORDER BY 1
