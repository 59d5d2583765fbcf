-- kind: grants: on a table (N19)
SELECT schema, object, format('GRANT SELECT ON %s TO mutate_owner', rel) AS sql FROM tab WHERE pg_get_userbyid(relowner) <> 'mutate_owner'

-- kind: grants: to everybody (N19)
SELECT schema, object, format('GRANT UPDATE ON %s TO PUBLIC', rel) AS sql FROM tab

-- kind: grants: on a column (N19)
SELECT schema, object, format('GRANT UPDATE (%s) ON %s TO mutate_owner', col, rel) AS sql FROM col WHERE pg_get_userbyid(relowner) <> 'mutate_owner'

-- kind: grants: on a column, revoked (N19)
SELECT col.schema, col.object, format('REVOKE ALL (%s) ON %s FROM %I', col.col, col.rel, pg_get_userbyid(x.grantee)) AS sql
FROM col JOIN pg_attribute a ON a.attrelid = col.oid AND a.attnum = col.attnum, aclexplode(a.attacl) x

-- kind: grants: on a column of a view (N19)
SELECT schema, object, format('GRANT UPDATE (%I) ON %s TO mutate_owner', attname, rel) AS sql
FROM vw JOIN pg_attribute a ON a.attrelid = vw.oid AND attnum > 0 WHERE pg_get_userbyid(relowner) <> 'mutate_owner'

-- kind: grants: on a column of a view, revoked (N19)
SELECT schema, object, format('REVOKE ALL (%I) ON %s FROM %I', attname, rel, pg_get_userbyid(x.grantee)) AS sql
FROM vw JOIN pg_attribute a ON a.attrelid = vw.oid AND attnum > 0, aclexplode(a.attacl) x

-- kind: grants: on a view (N19)
SELECT schema, object, format('GRANT SELECT ON %s TO PUBLIC', rel) AS sql FROM rel WHERE relkind IN ('v', 'm')

-- kind: grants: revoked (N19)
SELECT schema, object, format('REVOKE %s ON %s FROM %I', x.privilege_type, rel, pg_get_userbyid(x.grantee)) AS sql
FROM rel, aclexplode(relacl) x WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND x.grantee NOT IN (0, relowner)

-- kind: grants: revoked from the owner (N19)
SELECT schema, object, format('REVOKE UPDATE ON %s FROM %I', rel, pg_get_userbyid(relowner)) AS sql FROM tab

-- kind: grants: WITH GRANT OPTION (N19)
SELECT schema, object, format('%s ON %s %s %I %s',
           CASE WHEN x.is_grantable THEN 'REVOKE GRANT OPTION FOR ' || x.privilege_type ELSE 'GRANT ' || x.privilege_type END,
           rel, CASE WHEN x.is_grantable THEN 'FROM' ELSE 'TO' END, pg_get_userbyid(x.grantee),
           CASE WHEN x.is_grantable THEN '' ELSE 'WITH GRANT OPTION' END) AS sql
FROM tab, aclexplode(relacl) x WHERE x.grantee NOT IN (0, relowner)

-- kind: grants: on a sequence (N19)
SELECT schema, object, format('GRANT USAGE ON SEQUENCE %s TO PUBLIC', rel) AS sql FROM seq

-- kind: grants: EXECUTE from everybody (N19)
SELECT schema, object, format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', fn) AS sql FROM fn WHERE proacl IS NULL

-- kind: grants: EXECUTE to everybody (N19)
SELECT schema, object, format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', fn) AS sql FROM fn WHERE proacl IS NOT NULL

-- kind: grants: on a type (N19)
SELECT schema, object, format('REVOKE USAGE ON TYPE %s FROM PUBLIC', typ) AS sql FROM typ WHERE typacl IS NULL

-- kind: grants: on a schema (N19)
SELECT '' AS schema, schema AS object, format('GRANT CREATE ON SCHEMA %I TO mutate_owner', schema) AS sql FROM ns

-- kind: grants: on a foreign server (N19)
SELECT '' AS schema, srvname::text AS object, format('GRANT USAGE ON FOREIGN SERVER %I TO mutate_owner', srvname) AS sql FROM pg_foreign_server

-- kind: grants: default privileges (N19)
SELECT schema, 'FUNCTIONS by harness' AS object, format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO mutate_reader', schema) AS sql FROM ns

-- kind: grants: default privileges in every schema (N19)
SELECT '' AS schema, 'TABLES by harness' AS object, 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO mutate_reader' AS sql

-- kind: grants: default privileges revoked (N19)
SELECT n.schema, 'TABLES by harness' AS object, format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE SELECT ON TABLES FROM %I', n.schema, pg_get_userbyid(x.grantee)) AS sql
FROM pg_default_acl a JOIN ns n ON n.oid = a.defaclnamespace, aclexplode(a.defaclacl) x WHERE a.defaclobjtype = 'r'

-- kind: owner: of a view (N19)
SELECT schema, object, format('ALTER VIEW %s OWNER TO mutate_owner', rel) AS sql FROM vw WHERE pg_get_userbyid(relowner) <> 'mutate_owner'

-- kind: owner: of a sequence (N19)
SELECT schema, object, format('ALTER SEQUENCE %s OWNER TO mutate_owner', rel) AS sql FROM seq WHERE pg_get_userbyid(relowner) <> 'mutate_owner' AND ownedby IS NULL

-- kind: owner: of a function (N19)
SELECT schema, object, format('ALTER ROUTINE %s OWNER TO mutate_owner', fn) AS sql FROM fn WHERE pg_get_userbyid(proowner) <> 'mutate_owner'

-- kind: owner: of a type (N19)
SELECT schema, object, format('ALTER TYPE %s OWNER TO mutate_owner', typ) AS sql FROM typ WHERE pg_get_userbyid(typowner) <> 'mutate_owner'

-- kind: owner: of a schema (N19)
SELECT '' AS schema, schema AS object, format('ALTER SCHEMA %I OWNER TO mutate_owner', schema) AS sql FROM ns WHERE pg_get_userbyid(owner) <> 'mutate_owner'

-- kind: owner: of statistics (N19)
SELECT t.schema, t.object, format('ALTER STATISTICS %I.%I OWNER TO mutate_owner', t.schema, s.stxname) AS sql FROM pg_statistic_ext s JOIN tab t ON t.oid = s.stxrelid
