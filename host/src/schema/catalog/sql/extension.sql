-- Which extensions are installed, and what do they bring by name? ($1 schemas, of no concern here)
-- What stands in pg_catalog is never named with its schema.
SELECT ''::name AS schema, NULL::name AS relation, e.extname AS name,
       e.extversion AS version,
       n.nspname::text AS extension_schema,
       e.extrelocatable AS relocatable,
       CASE WHEN n.nspname <> 'pg_catalog'
            THEN ARRAY(SELECT DISTINCT named.name::text
                       FROM pg_depend d
                       CROSS JOIN LATERAL (
                           SELECT CASE d.classid
                                  WHEN 'pg_type'::regclass THEN (SELECT typname FROM pg_type WHERE oid = d.objid AND typnamespace = n.oid)
                                  WHEN 'pg_proc'::regclass THEN (SELECT proname FROM pg_proc WHERE oid = d.objid AND pronamespace = n.oid)
                                  WHEN 'pg_operator'::regclass THEN (SELECT oprname FROM pg_operator WHERE oid = d.objid AND oprnamespace = n.oid)
                                  WHEN 'pg_opclass'::regclass THEN (SELECT opcname FROM pg_opclass WHERE oid = d.objid AND opcnamespace = n.oid)
                                  WHEN 'pg_opfamily'::regclass THEN (SELECT opfname FROM pg_opfamily WHERE oid = d.objid AND opfnamespace = n.oid)
                                  WHEN 'pg_class'::regclass THEN (SELECT relname FROM pg_class WHERE oid = d.objid AND relnamespace = n.oid)
                                  WHEN 'pg_collation'::regclass THEN (SELECT collname FROM pg_collation WHERE oid = d.objid AND collnamespace = n.oid)
                                  WHEN 'pg_ts_config'::regclass THEN (SELECT cfgname FROM pg_ts_config WHERE oid = d.objid AND cfgnamespace = n.oid)
                                  WHEN 'pg_ts_dict'::regclass THEN (SELECT dictname FROM pg_ts_dict WHERE oid = d.objid AND dictnamespace = n.oid)
                                  END AS name OFFSET 0) AS named
                       WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND named.name IS NOT NULL) END AS contents
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE $1::name[] IS NOT NULL
