-- kind: schema: added
SELECT '' AS schema, 'by_hand' AS object, 'CREATE SCHEMA by_hand' AS sql

-- kind: schema: renamed
SELECT '' AS schema, schema AS object, format('ALTER SCHEMA %I RENAME TO by_hand', schema) AS sql FROM ns

-- kind: schema: comment (N26)
SELECT '' AS schema, schema AS object, format('COMMENT ON SCHEMA %I IS %L', schema, 'by hand ' || n) AS sql FROM ns, dice

-- kind: statistics: added (N24)
SELECT a.schema, a.object, format('CREATE STATISTICS %I.by_hand ON %s, %s FROM %s', a.schema, a.col, b.col, a.rel) AS sql
FROM col a JOIN col b USING (oid) WHERE a.attnum < b.attnum AND a.type IN ('integer', 'bigint', 'text') AND b.type IN ('integer', 'bigint', 'text')

-- kind: statistics: kinds (N24)
SELECT t.schema, t.object, format('DROP STATISTICS %I.%I; CREATE STATISTICS %1$I.%2$I (mcv) ON %3$s FROM %4$s', t.schema, s.stxname, pg_get_statisticsobjdef_columns(s.oid), t.rel) AS sql
FROM pg_statistic_ext s JOIN tab t ON t.oid = s.stxrelid

-- kind: statistics: target (N24)
SELECT t.schema, t.object, format('ALTER STATISTICS %I.%I SET STATISTICS %s', t.schema, s.stxname, n) AS sql FROM pg_statistic_ext s JOIN tab t ON t.oid = s.stxrelid, dice

-- kind: statistics: comment (N26)
SELECT t.schema, t.object, format('COMMENT ON STATISTICS %I.%I IS %L', n.nspname, s.stxname, 'by hand') AS sql
FROM pg_statistic_ext s JOIN tab t ON t.oid = s.stxrelid JOIN pg_namespace n ON n.oid = s.stxnamespace

-- kind: statistics: dropped (N24)
SELECT t.schema, t.object, format('DROP STATISTICS %I.%I', t.schema, s.stxname) AS sql FROM pg_statistic_ext s JOIN tab t ON t.oid = s.stxrelid

-- kind: event trigger: added (N24)
SELECT '' AS schema, 'by_hand' AS object, format('CREATE FUNCTION %I.by_hand() RETURNS event_trigger LANGUAGE plpgsql AS %L; CREATE EVENT TRIGGER by_hand ON sql_drop EXECUTE FUNCTION %1$I.by_hand()', schema, 'BEGIN END') AS sql FROM ns

-- kind: event trigger: disabled (N24)
SELECT '' AS schema, evtname::text AS object, format('ALTER EVENT TRIGGER %I DISABLE', evtname) AS sql FROM pg_event_trigger

-- kind: event trigger: tags (N24)
SELECT '' AS schema, evtname::text AS object, format('DROP EVENT TRIGGER %I; CREATE EVENT TRIGGER %1$I ON %s WHEN TAG IN (%L) EXECUTE FUNCTION %s()', evtname, evtevent, 'ALTER TABLE', evtfoid::regproc) AS sql FROM pg_event_trigger

-- kind: event trigger: dropped (N24)
SELECT '' AS schema, evtname::text AS object, format('DROP EVENT TRIGGER %I', evtname) AS sql FROM pg_event_trigger

-- kind: event trigger: owner (N19)
SELECT '' AS schema, evtname::text AS object, format('UPDATE pg_event_trigger SET evtowner = %L::regrole WHERE oid = %s', 'mutate_owner', oid) AS sql FROM pg_event_trigger

-- kind: publication: table added (N24)
SELECT '' AS schema, pubname::text AS object, format('ALTER PUBLICATION %I ADD TABLE %s', pubname, rel) AS sql
FROM pg_publication p, tab WHERE relpersistence = 'p' AND NOT EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = tab.oid)

-- kind: publication: table dropped (N24)
SELECT '' AS schema, pubname::text AS object, format('ALTER PUBLICATION %I DROP TABLE %s', pubname, rel) AS sql FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN tab ON tab.oid = r.prrelid

-- kind: publication: row filter (N24)
SELECT '' AS schema, pubname::text AS object, format('ALTER PUBLICATION %I DROP TABLE %s; ALTER PUBLICATION %1$I ADD TABLE %2$s WHERE (NOT %3$s)', pubname, rel, pg_get_expr(prqual, prrelid)) AS sql FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN tab ON tab.oid = r.prrelid WHERE prqual IS NOT NULL

-- kind: publication: list of columns (N24)
SELECT '' AS schema, pubname::text AS object, format('ALTER PUBLICATION %I DROP TABLE %s; ALTER PUBLICATION %1$I ADD TABLE %2$s', pubname, rel) AS sql FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN tab ON tab.oid = r.prrelid WHERE prattrs IS NOT NULL

-- kind: publication: operations (N24)
SELECT '' AS schema, pubname::text AS object, format('ALTER PUBLICATION %I SET (publish = %L)', pubname, 'delete') AS sql FROM pg_publication

-- kind: publication: schema added (N24)
SELECT '' AS schema, 'by_hand' AS object, format('CREATE PUBLICATION by_hand FOR TABLES IN SCHEMA %I', schema) AS sql FROM ns

-- kind: publication: dropped (N24)
SELECT '' AS schema, pubname::text AS object, format('DROP PUBLICATION %I', pubname) AS sql FROM pg_publication

-- kind: cast: added (N24)
SELECT schema, typ || ' AS text' AS object, format('CREATE CAST (%s AS text) WITH INOUT AS IMPLICIT', typ) AS sql FROM typ WHERE typtype = 'e'

-- kind: cast: context (N24)
SELECT t.schema, format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) AS object,
       format('DROP CAST (%s AS %s); CREATE CAST (%1$s AS %2$s) WITH FUNCTION %3$s AS IMPLICIT', format_type(castsource, NULL), format_type(casttarget, NULL), castfunc::regprocedure) AS sql
FROM pg_cast c JOIN typ t ON t.oid = castsource WHERE castcontext = 'a' AND castfunc <> 0

-- kind: cast: dropped (N24)
SELECT t.schema, format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) AS object, format('DROP CAST (%s AS %s)', format_type(castsource, NULL), format_type(casttarget, NULL)) AS sql
FROM pg_cast c JOIN typ t ON t.oid = castsource WHERE castfunc <> 0 AND t.typtype <> 'r'

-- kind: operator: added (N24)
SELECT schema, '@@@(text, text)' AS object, format('CREATE OPERATOR %I.@@@ (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)', schema) AS sql FROM ns

-- kind: operator: selectivity (N24)
SELECT n.schema, format('%s(%s, %s)', oprname, format_type(oprleft, NULL), format_type(oprright, NULL)) AS object, format('ALTER OPERATOR %s SET (RESTRICT = neqsel)', o.oid::regoperator) AS sql
FROM pg_operator o JOIN ns n ON n.oid = o.oprnamespace WHERE oprleft <> 0 AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)

-- kind: operator: owner (N19)
SELECT n.schema, format('%s(%s, %s)', oprname, format_type(oprleft, NULL), format_type(oprright, NULL)) AS object, format('ALTER OPERATOR %s OWNER TO mutate_owner', o.oid::regoperator) AS sql
FROM pg_operator o JOIN ns n ON n.oid = o.oprnamespace WHERE oprleft <> 0 AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)

-- kind: operator class: dropped (N24)
SELECT n.schema, opcname || ' USING hash' AS object, format('DROP OPERATOR CLASS %I.%I USING hash CASCADE', n.schema, opcname) AS sql
FROM pg_opclass c JOIN ns n ON n.oid = c.opcnamespace JOIN pg_am am ON am.oid = c.opcmethod AND am.amname = 'hash' WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_opclass'::regclass AND m.objid = c.oid)

-- kind: operator family: member added (N24)
SELECT n.schema, opfname || ' USING hash' AS object, format('ALTER OPERATOR FAMILY %I.%I USING hash ADD FUNCTION 1 (name, name) hashname(name)', n.schema, opfname) AS sql
FROM pg_opfamily f JOIN ns n ON n.oid = f.opfnamespace JOIN pg_am am ON am.oid = f.opfmethod AND am.amname = 'hash' WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_opfamily'::regclass AND m.objid = f.oid)

-- kind: text search configuration: mapping (N24)
SELECT n.schema, cfgname::text AS object, format('ALTER TEXT SEARCH CONFIGURATION %I.%I DROP MAPPING FOR asciiword', n.schema, cfgname) AS sql FROM pg_ts_config c JOIN ns n ON n.oid = c.cfgnamespace

-- kind: text search configuration: order of dictionaries (N24)
SELECT n.schema, cfgname::text AS object, format('ALTER TEXT SEARCH CONFIGURATION %I.%I ALTER MAPPING FOR asciiword WITH pg_catalog.english_stem, %1$I.%3$I', n.schema, cfgname, dictname) AS sql
FROM pg_ts_config c JOIN ns n ON n.oid = c.cfgnamespace JOIN pg_ts_dict d ON d.dictnamespace = n.oid

-- kind: text search configuration: added (N24)
SELECT schema, 'by_hand' AS object, format('CREATE TEXT SEARCH CONFIGURATION %I.by_hand (COPY = pg_catalog.simple)', schema) AS sql FROM ns

-- kind: text search dictionary: options (N24)
SELECT n.schema, dictname::text AS object, format('ALTER TEXT SEARCH DICTIONARY %I.%I (Accept = false)', n.schema, dictname) AS sql FROM pg_ts_dict d JOIN ns n ON n.oid = d.dictnamespace

-- kind: foreign server: options (N24)
SELECT '' AS schema, srvname::text AS object, format('ALTER SERVER %I OPTIONS (ADD by_hand %L)', srvname, n) AS sql FROM pg_foreign_server, dice

-- kind: foreign server: version (N24)
SELECT '' AS schema, srvname::text AS object, format('ALTER SERVER %I VERSION %L', srvname, 'by hand') AS sql FROM pg_foreign_server

-- kind: foreign table: options (N24)
SELECT schema, object, format('ALTER FOREIGN TABLE %s OPTIONS (ADD by_hand %L)', rel, n) AS sql FROM rel, dice WHERE relkind = 'f'

-- kind: foreign table: options of a column (N24)
SELECT schema, object, format('ALTER FOREIGN TABLE %s ALTER %I OPTIONS (ADD by_hand %L)', rel, attname, n) AS sql FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum > 0, dice WHERE relkind = 'f'

-- kind: foreign table: NOT NULL (N1)
SELECT schema, object, format('ALTER FOREIGN TABLE %s ALTER %I %s NOT NULL', rel, attname, CASE WHEN attnotnull THEN 'DROP' ELSE 'SET' END) AS sql FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum > 0 WHERE relkind = 'f'

-- kind: foreign table: check
SELECT schema, object, format('ALTER FOREIGN TABLE %s ADD CONSTRAINT by_hand CHECK (true)', rel) AS sql FROM rel WHERE relkind = 'f'

-- kind: foreign table: dropped
SELECT schema, object, format('DROP FOREIGN TABLE %s', rel) AS sql FROM rel WHERE relkind = 'f'

-- kind: collation: added (N24)
SELECT schema, 'by_hand' AS object, format('CREATE COLLATION %I.by_hand FROM "C"', schema) AS sql FROM ns

-- kind: collation: locale (N24)
SELECT n.schema, collname::text AS object, format('DROP COLLATION %I.%I; CREATE COLLATION %1$I.%2$I (provider = icu, locale = %L)', n.schema, collname, 'de') AS sql FROM pg_collation c JOIN ns n ON n.oid = c.collnamespace

-- kind: collation: determinism (N24)
SELECT n.schema, collname::text AS object, format('DROP COLLATION %I.%I; CREATE COLLATION %1$I.%2$I (provider = icu, locale = %L, deterministic = true)', n.schema, collname, colliculocale) AS sql FROM pg_collation c JOIN ns n ON n.oid = c.collnamespace WHERE NOT collisdeterministic

-- kind: extension: added
SELECT '' AS schema, 'pgrowlocks' AS object, format('CREATE EXTENSION pgrowlocks SCHEMA %I', schema) AS sql FROM ns

-- kind: extension: dropped
SELECT '' AS schema, extname::text AS object, format('DROP EXTENSION %I CASCADE', extname) AS sql FROM pg_extension WHERE extname <> 'plpgsql'

-- kind: extension: moved to another schema
SELECT '' AS schema, extname::text AS object, format('CREATE SCHEMA by_hand; ALTER EXTENSION %I SET SCHEMA by_hand', extname) AS sql FROM pg_extension WHERE extrelocatable

-- kind: extension: version
SELECT '' AS schema, extname::text AS object, format('UPDATE pg_extension SET extversion = %L WHERE oid = %s', '0.' || n, oid) AS sql FROM pg_extension, dice WHERE extname <> 'plpgsql'

-- kind: extension: comment (N26)
SELECT '' AS schema, 'database' AS object, format('COMMENT ON EXTENSION %I IS %L', extname, 'by hand ' || n) AS sql FROM pg_extension, dice WHERE oid >= 16384

-- kind: extension: rights on a function of it (N19)
SELECT '' AS schema, 'database' AS object, format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure) AS sql
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid WHERE prokind = 'f' AND p.oid >= 16384

-- kind: extension: rights on a type of it (N19)
SELECT '' AS schema, 'database' AS object, format('GRANT USAGE ON TYPE %s TO mutate_reader', t.oid::regtype) AS sql
FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid WHERE typcategory <> 'A' AND t.oid >= 16384

-- kind: cast: added between PostgreSQL's own types (N24)
SELECT '' AS schema, 'database' AS object, 'CREATE CAST (money AS text) WITH INOUT AS IMPLICIT' AS sql

-- kind: cast: added between PostgreSQL's own types, by a function (N24)
SELECT schema, 'box AS integer' AS object, format('CREATE FUNCTION %I.by_hand(box) RETURNS integer LANGUAGE sql AS ''SELECT 1''; CREATE CAST (box AS integer) WITH FUNCTION %1$I.by_hand(box) AS ASSIGNMENT', schema) AS sql FROM ns

-- kind: user mapping: added
SELECT '' AS schema, 'database' AS object, format('CREATE USER MAPPING FOR PUBLIC SERVER %I OPTIONS (password %L)', srvname, 'swordfish') AS sql FROM pg_foreign_server

-- kind: user mapping: password
SELECT '' AS schema, 'database' AS object, format('ALTER USER MAPPING FOR %I SERVER %I OPTIONS (SET password %L)', usename, srvname, 'other' || n) AS sql
FROM pg_user_mappings, dice WHERE array_to_string(umoptions, ' ') LIKE '%password=%'

-- kind: user mapping: dropped
SELECT '' AS schema, 'database' AS object, format('DROP USER MAPPING FOR %I SERVER %I', usename, srvname) AS sql FROM pg_user_mappings

-- kind: foreign server: password
SELECT '' AS schema, srvname::text AS object, format('ALTER SERVER %I OPTIONS (SET password %L)', srvname, 'other' || n) AS sql
FROM pg_foreign_server, dice WHERE array_to_string(srvoptions, ' ') LIKE '%password=%'

-- kind: foreign server: host beside a password
SELECT '' AS schema, srvname::text AS object, format('ALTER SERVER %I OPTIONS (SET host %L)', srvname, 'other' || n) AS sql
FROM pg_foreign_server, dice WHERE array_to_string(srvoptions, ' ') LIKE '%host=%password=%'

-- kind: subscription: added
SELECT '' AS schema, 'database' AS object, 'CREATE SUBSCRIPTION by_hand CONNECTION ''host=nowhere password=swordfish'' PUBLICATION p WITH (connect = false, slot_name = NONE)' AS sql

-- kind: settings: of the role that owns everything (N28)
SELECT '' AS schema, 'database' AS object, format('ALTER ROLE %I SET lc_monetary = %L', rolname, 'C') AS sql FROM pg_roles WHERE oid = 10

-- kind: not compared, announced: base type (N24)
SELECT schema, 'by_hand' AS object, format('CREATE TYPE %I.by_hand', schema) AS sql FROM ns

-- kind: not compared, announced: conversion (N24)
SELECT schema, 'by_hand' AS object, format('CREATE CONVERSION %I.by_hand FOR %L TO %L FROM utf8_to_iso8859_1', schema, 'UTF8', 'LATIN1') AS sql FROM ns

-- kind: not compared, announced: text search template (N24)
SELECT schema, 'by_hand' AS object, format('CREATE TEXT SEARCH TEMPLATE %I.by_hand (INIT = dsimple_init, LEXIZE = dsimple_lexize)', schema) AS sql FROM ns

-- kind: cast: comment (N26)
SELECT t.schema, format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) AS object, format('COMMENT ON CAST (%s AS %s) IS %L', format_type(castsource, NULL), format_type(casttarget, NULL), 'by hand') AS sql
FROM pg_cast c JOIN typ t ON t.oid = castsource WHERE castfunc <> 0 AND t.typtype <> 'r'
