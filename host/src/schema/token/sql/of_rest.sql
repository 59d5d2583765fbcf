     here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
     -- The roles that anything here belongs or is granted to.
     role AS MATERIALIZED (
    SELECT r.oid, concat_ws(' ', r.rolname, r.rolsuper, r.rolcreaterole, r.rolreplication) AS may FROM pg_roles r
    WHERE r.oid < 16384
       OR r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
       OR r.oid IN (SELECT d.refobjid FROM pg_shdepend d, here
                    WHERE d.dbid = here.oid AND d.refclassid = 'pg_authid'::regclass)
),
     -- A row type and the types of arrays say nothing that their relation or element does not.
     of_rest (catalog, ctid, xmin) AS (
    SELECT 16, ctid, xmin FROM pg_type WHERE oid >= 16384 AND typrelid = 0 AND NOT (typcategory = 'A' AND typelem <> 0)
    UNION ALL SELECT 16, t.ctid, t.xmin FROM pg_class c JOIN pg_type t ON t.oid = c.reltype WHERE c.relkind = 'c' AND c.oid >= 16384
    UNION ALL SELECT 17, ctid, xmin FROM pg_constraint WHERE conrelid = 0 AND oid >= 16384
    UNION ALL SELECT 18, ctid, xmin FROM pg_description
              WHERE objoid >= 16384 AND classoid <> 'pg_class'::regclass OR classoid = 'pg_namespace'::regclass
    UNION ALL SELECT 19, ctid, xmin FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype IN ('e', 'x')
    UNION ALL SELECT 20, ctid, xmin FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL SELECT 21, ctid, xmin FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 22, ctid, xmin FROM pg_aggregate WHERE aggfnoid::oid >= 16384
    UNION ALL SELECT 23, ctid, xmin FROM pg_enum
    UNION ALL SELECT 24, ctid, xmin FROM pg_range WHERE rngtypid >= 16384
    UNION ALL SELECT 25, ctid, xmin FROM pg_collation WHERE oid >= 16384
    UNION ALL SELECT 26, ctid, xmin FROM pg_conversion WHERE oid >= 16384
    UNION ALL SELECT 27, ctid, xmin FROM pg_operator WHERE oid >= 16384
    UNION ALL SELECT 28, ctid, xmin FROM pg_opclass WHERE oid >= 16384
    UNION ALL SELECT 29, ctid, xmin FROM pg_opfamily WHERE oid >= 16384
    UNION ALL SELECT 30, ctid, xmin FROM pg_amop WHERE oid >= 16384
    UNION ALL SELECT 31, ctid, xmin FROM pg_amproc WHERE oid >= 16384
    UNION ALL SELECT 32, ctid, xmin FROM pg_cast WHERE oid >= 16384
    UNION ALL SELECT 33, ctid, xmin FROM pg_transform
    UNION ALL SELECT 34, ctid, xmin FROM pg_ts_dict WHERE oid >= 16384
    UNION ALL SELECT 35, ctid, xmin FROM pg_ts_config WHERE oid >= 16384
    UNION ALL SELECT 36, ctid, xmin FROM pg_ts_config_map WHERE mapcfg >= 16384
    UNION ALL SELECT 37, ctid, xmin FROM pg_ts_parser WHERE oid >= 16384
    UNION ALL SELECT 38, ctid, xmin FROM pg_ts_template WHERE oid >= 16384
    UNION ALL SELECT 39, ctid, xmin FROM pg_default_acl
    UNION ALL SELECT 40, ctid, xmin FROM pg_extension
    UNION ALL SELECT 41, ctid, xmin FROM pg_foreign_data_wrapper
    UNION ALL SELECT 42, ctid, xmin FROM pg_foreign_server
    UNION ALL SELECT 43, ctid, xmin FROM pg_event_trigger
    UNION ALL SELECT 44, ctid, xmin FROM pg_publication
    UNION ALL SELECT 45, ctid, xmin FROM pg_publication_rel
    UNION ALL SELECT 46, ctid, xmin FROM pg_publication_namespace
    UNION ALL SELECT 47, ctid, xmin FROM pg_language WHERE oid >= 16384
    UNION ALL SELECT 48, ctid, xmin FROM pg_am WHERE oid >= 16384
    UNION ALL SELECT 49, ctid, xmin FROM pg_seclabel
    UNION ALL SELECT 50, ctid, xmin FROM pg_tablespace
    UNION ALL SELECT 51, pg_db_role_setting.ctid, pg_db_role_setting.xmin FROM pg_db_role_setting, here
              WHERE setdatabase = here.oid OR (setdatabase = 0 AND (setrole = 0 OR setrole IN (SELECT oid FROM role)))
    -- Relations of extensions are in no reading, and the rights on them are told with the database.
    UNION ALL SELECT 52, c.ctid, c.xmin FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
    UNION ALL SELECT 53, a.ctid, a.xmin FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
                AND a.attacl IS NOT NULL
    UNION ALL SELECT 54, ctid, xmin FROM pg_init_privs WHERE privtype = 'e'
),
     -- Roles and databases are shared, and their names stand in grants and owners; what roles may is told beside. Of subscriptions and user mappings
     -- not everybody may read all, and xmin nobody but a superuser.
     shared (names) AS (
    SELECT 'r' || (SELECT bit_xor(hashtextextended(may, oid::bigint)) FROM role)::text
           || ' m' || coalesce((SELECT bit_xor(hashtextextended(m.roleid::text, m.member::bigint))
                                FROM pg_auth_members m WHERE m.member IN (SELECT oid FROM role)), 0)::text
           || ' d' || (SELECT oid FROM here)::text
           || ' s' || coalesce((SELECT bit_xor(hashtextextended(concat_ws(' ', s.subname::text, s.subowner::text, s.subenabled::text, s.subslotname::text,
                                                                          s.subsynccommit, s.subpublications::text,
                                    CASE WHEN has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')
                                         THEN (SELECT word FROM ts_stat(
                                             'SELECT pg_catalog.array_to_tsvector(ARRAY[pg_catalog.md5(subconninfo)])
                                              FROM pg_catalog.pg_subscription WHERE oid OPERATOR(pg_catalog.=) ' || s.oid::text)) END),
                                                                s.oid::bigint))
                                FROM pg_subscription s, here WHERE s.subdbid = here.oid), 0)::text
           || ' u' || coalesce((SELECT bit_xor(hashtextextended(concat_ws(' ', u.usename::text, u.srvname::text, u.umoptions::text), u.umid::bigint))
                                FROM pg_user_mappings u), 0)::text
           -- What two-phase commits have left behind is no row of any catalog.
           || ' p' || coalesce((SELECT bit_xor(hashtext(p.gid)) FROM pg_prepared_xacts p, pg_database d
                                WHERE d.oid = (SELECT oid FROM here) AND p.database = d.datname
                                  AND p.prepared < statement_timestamp() - interval '1 minute'), 0)::text
)
