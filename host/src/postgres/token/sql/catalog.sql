-- Has anything that a reading of these schemas rests on changed? ($1 schemas)
-- Every row version of the catalogs has its xmin: a change of a row, an added and a removed one each move the
-- count or the sum. What has no namespace is counted where no initdb made it (OIDs from 16384 on). Statistics
-- and sizes are updated in place and move nothing.
WITH ns AS MATERIALIZED (SELECT oid, xmin FROM pg_namespace WHERE nspname = ANY ($1::name[])),
     rel AS MATERIALIZED (SELECT c.oid, c.xmin FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ns)),
     typ AS MATERIALIZED (SELECT t.oid, t.xmin FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM ns)),
     version (catalog, xmin) AS (
    SELECT 1, xmin FROM ns
    UNION ALL SELECT 2, xmin FROM rel
    UNION ALL SELECT 3, xmin FROM typ
    UNION ALL SELECT 4, xmin FROM pg_attribute WHERE attrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 5, xmin FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 6, xmin FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ns)
    UNION ALL SELECT 7, xmin FROM pg_index WHERE indrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 8, xmin FROM pg_sequence WHERE seqrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 9, xmin FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 10, xmin FROM pg_policy
    UNION ALL SELECT 11, xmin FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM rel)
    UNION ALL SELECT 12, xmin FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ns)
    UNION ALL SELECT 13, xmin FROM pg_inherits WHERE inhrelid IN (SELECT oid FROM rel)
    UNION ALL SELECT 14, xmin FROM pg_partitioned_table
    UNION ALL SELECT 15, xmin FROM pg_enum WHERE enumtypid IN (SELECT oid FROM typ)
    UNION ALL SELECT 16, xmin FROM pg_range WHERE rngtypid >= 16384
    UNION ALL SELECT 17, xmin FROM pg_statistic_ext
    UNION ALL SELECT 18, xmin FROM pg_description WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass
    UNION ALL SELECT 19, xmin FROM pg_collation WHERE oid >= 16384
    UNION ALL SELECT 20, xmin FROM pg_operator WHERE oid >= 16384
    UNION ALL SELECT 21, xmin FROM pg_opclass WHERE oid >= 16384
    UNION ALL SELECT 22, xmin FROM pg_opfamily WHERE oid >= 16384
    UNION ALL SELECT 23, xmin FROM pg_amop WHERE oid >= 16384
    UNION ALL SELECT 24, xmin FROM pg_amproc WHERE oid >= 16384
    UNION ALL SELECT 25, xmin FROM pg_cast WHERE oid >= 16384
    UNION ALL SELECT 26, xmin FROM pg_ts_dict WHERE oid >= 16384
    UNION ALL SELECT 27, xmin FROM pg_ts_config WHERE oid >= 16384
    UNION ALL SELECT 28, xmin FROM pg_ts_config_map WHERE mapcfg >= 16384
    UNION ALL SELECT 29, xmin FROM pg_default_acl
    UNION ALL SELECT 30, xmin FROM pg_extension
    UNION ALL SELECT 31, xmin FROM pg_foreign_server
    UNION ALL SELECT 32, xmin FROM pg_foreign_table
    UNION ALL SELECT 33, xmin FROM pg_event_trigger
    UNION ALL SELECT 34, xmin FROM pg_publication
    UNION ALL SELECT 35, xmin FROM pg_publication_rel
    UNION ALL SELECT 36, xmin FROM pg_publication_namespace
    UNION ALL SELECT 37, xmin FROM pg_aggregate WHERE aggfnoid >= 16384
    -- Which column a sequence belongs to, and which extension an object.
    UNION ALL SELECT 38, xmin FROM pg_depend WHERE deptype = 'e' OR (deptype IN ('a', 'i') AND refobjsubid > 0
                                                                     AND classid = 'pg_class'::regclass)
    -- What is of a kind that is not compared, and announced.
    UNION ALL SELECT 39, xmin FROM pg_conversion WHERE oid >= 16384
    UNION ALL SELECT 40, xmin FROM pg_ts_parser WHERE oid >= 16384
    UNION ALL SELECT 41, xmin FROM pg_ts_template WHERE oid >= 16384
    UNION ALL SELECT 42, xmin FROM pg_transform WHERE oid >= 16384
    UNION ALL SELECT 43, xmin FROM pg_seclabel
    UNION ALL SELECT 44, xmin FROM pg_db_role_setting
              WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT coalesce(string_agg(part, ' ' ORDER BY catalog), '')
       -- Roles and databases are shared and their names stand in grants and owners.
       || ' r' || (SELECT sum(hashtext(rolname)::bigint) FROM pg_roles)
       || ' d' || (SELECT oid FROM pg_database WHERE datname = current_database()) 
       -- Of subscriptions only some columns may be read by everybody, and xmin is none of them.
       || ' s' || (SELECT coalesce(sum(hashtext(subname)::bigint), 0) FROM pg_subscription
                   WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS token
FROM (SELECT catalog, catalog || ':' || count(*) || ',' || sum(xmin::text::bigint) AS part
      FROM version GROUP BY catalog) AS parts
