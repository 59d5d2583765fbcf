-- What has to be run for this role to own the database and what the bootstrap superuser has made in it? Nothing, where
-- it owns the database. ($1 that role, $2 who may read the host's own tables)
-- What extensions brought stays as it is where an owner creates a trusted one: theirs who made the cluster. Event
-- triggers, foreign-data wrappers, subscriptions and publications of everything are for superusers alone.
WITH former AS (
    SELECT d.oid, quote_ident($1) AS owner, quote_ident($2) AS serving, d.datname
    FROM pg_database d JOIN pg_roles r ON r.rolname = $1
    WHERE d.datname = current_database() AND d.datdba <> r.oid
),
thing (place, classid, objid) AS (
    SELECT 1, 'pg_namespace'::regclass, oid FROM pg_namespace WHERE nspowner = 10 AND nspname !~ '^pg_'
    UNION ALL
    SELECT 2, 'pg_class'::regclass, c.oid FROM pg_class c
    WHERE c.relowner = 10
      AND (c.relkind IN ('r', 'p', 'f', 'v', 'm')
           OR c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                                                                      AND d.refclassid = 'pg_class'::regclass
                                                                      AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT 3, 'pg_type'::regclass, t.oid
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typowner = 10 AND t.typtype <> 'm' AND coalesce(c.relkind = 'c', true)
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
    UNION ALL SELECT 4, 'pg_proc'::regclass, oid FROM pg_proc WHERE proowner = 10
    UNION ALL SELECT 5, 'pg_collation'::regclass, oid FROM pg_collation WHERE collowner = 10
    UNION ALL SELECT 5, 'pg_conversion'::regclass, oid FROM pg_conversion WHERE conowner = 10
    UNION ALL SELECT 5, 'pg_operator'::regclass, oid FROM pg_operator WHERE oprowner = 10
    UNION ALL SELECT 5, 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfowner = 10
    UNION ALL SELECT 5, 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcowner = 10
    UNION ALL SELECT 5, 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictowner = 10
    UNION ALL SELECT 5, 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgowner = 10
    UNION ALL SELECT 5, 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxowner = 10
    UNION ALL SELECT 5, 'pg_foreign_server'::regclass, oid FROM pg_foreign_server WHERE srvowner = 10
    UNION ALL SELECT 5, 'pg_largeobject'::regclass, oid FROM pg_largeobject_metadata WHERE lomowner = 10
    UNION ALL
    SELECT 5, 'pg_publication'::regclass, p.oid FROM pg_publication p
    WHERE p.pubowner = 10 AND NOT p.puballtables AND NOT EXISTS (SELECT FROM pg_publication_namespace s WHERE s.pnpubid = p.oid)
),
made AS (
    SELECT t.*, i.type, i.identity
    FROM thing t, pg_identify_object(t.classid, t.objid, 0) i
    WHERE (t.objid >= 16384 OR t.classid = 'pg_largeobject'::regclass)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = t.classid AND d.objid = t.objid AND d.deptype = 'e')
),
-- No statement gives an extension to somebody else; made by the owner, a trusted one would be the owner's.
trusted AS (
    SELECT e.oid FROM pg_extension e
    JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion AND v.trusted
    WHERE e.extowner = 10 AND e.oid >= 16384
),
statement (place, sql) AS (
    SELECT m.place, 'ALTER ' || CASE m.type WHEN 'function' THEN 'ROUTINE' WHEN 'procedure' THEN 'ROUTINE' WHEN 'aggregate' THEN 'ROUTINE'
                                            WHEN 'statistics object' THEN 'STATISTICS' ELSE upper(m.type) END
                    || ' ' || m.identity || ' OWNER TO ' || f.owner
    FROM made m, former f
    UNION ALL
    SELECT 6, format('UPDATE pg_catalog.pg_extension SET extowner = %L::pg_catalog.regrole WHERE oid = %s', f.owner, t.oid)
    FROM trusted t, former f
    UNION ALL
    SELECT 7, format('INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype) '
                     'VALUES (%s, ''pg_catalog.pg_extension''::pg_catalog.regclass, %s, 0, '
                     '''pg_catalog.pg_authid''::pg_catalog.regclass, %L::pg_catalog.regrole, ''o'')', f.oid, t.oid, f.owner)
    FROM trusted t, former f
    UNION ALL
    SELECT 8, v.sql FROM former f, LATERAL (VALUES ('GRANT USAGE ON SCHEMA tenon TO ' || f.serving),
                                                   ('GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO ' || f.serving)) AS v (sql)
    WHERE to_regnamespace('tenon') IS NOT NULL
    UNION ALL
    SELECT 9, format('ALTER DATABASE %I OWNER TO %s', f.datname, f.owner) FROM former f
)
SELECT sql FROM statement ORDER BY place, sql
