-- kind: function: body (N13)
SELECT schema, object, replace(def, prosrc, prosrc || E'\n -- by hand') AS sql FROM fn WHERE sqlbody IS NULL AND prosrc <> '' AND lanname IN ('sql', 'plpgsql')

-- kind: function: one word of the body (N13)
SELECT schema, object, replace(def, prosrc, regexp_replace(prosrc, '\mRETURN\M', 'return')) AS sql FROM fn WHERE prosrc ~ '\mRETURN\M' AND sqlbody IS NULL

-- kind: function: BEGIN ATOMIC body (N13)
SELECT schema, object, replace(def, sqlbody, format('RETURN NULL::%s', format_type(prorettype, NULL))) AS sql
FROM fn WHERE sqlbody IS NOT NULL AND prokind = 'f' AND NOT proretset

-- kind: function: volatility (N13)
SELECT schema, object, format('ALTER FUNCTION %s %s', fn, CASE provolatile WHEN 'v' THEN 'STABLE' ELSE 'VOLATILE' END) AS sql FROM fn WHERE prokind = 'f'

-- kind: function: SECURITY DEFINER (N13)
SELECT schema, object, format('ALTER ROUTINE %s SECURITY %s', fn, CASE WHEN prosecdef THEN 'INVOKER' ELSE 'DEFINER' END) AS sql FROM fn

-- kind: function: SET search_path (N13)
SELECT schema, object, format('ALTER ROUTINE %s SET search_path = %I', fn, 'by_hand') AS sql FROM fn

-- kind: function: RESET of its settings (N13)
SELECT schema, object, format('ALTER ROUTINE %s RESET ALL', fn) AS sql FROM fn WHERE proconfig IS NOT NULL

-- kind: function: LEAKPROOF (N13)
SELECT schema, object, format('ALTER FUNCTION %s %s', fn, CASE WHEN proleakproof THEN 'NOT LEAKPROOF' ELSE 'LEAKPROOF' END) AS sql FROM fn WHERE prokind = 'f'

-- kind: function: PARALLEL (N13)
SELECT schema, object, format('ALTER FUNCTION %s PARALLEL %s', fn, CASE proparallel WHEN 's' THEN 'UNSAFE' ELSE 'SAFE' END) AS sql FROM fn WHERE prokind = 'f'

-- kind: function: COST (N13)
SELECT schema, object, format('ALTER FUNCTION %s COST %s', fn, 2000 + n) AS sql FROM fn, dice WHERE prokind = 'f'

-- kind: function: ROWS (N13)
SELECT schema, object, format('ALTER FUNCTION %s ROWS %s', fn, 2000 + n) AS sql FROM fn, dice WHERE proretset

-- kind: function: STRICT (N13)
SELECT schema, object, format('ALTER FUNCTION %s %s', fn, CASE WHEN proisstrict THEN 'CALLED ON NULL INPUT' ELSE 'STRICT' END) AS sql FROM fn WHERE prokind = 'f'

-- kind: function: SUPPORT (N13)
SELECT schema, object, format('ALTER FUNCTION %s SUPPORT generate_series_int4_support', fn) AS sql FROM fn WHERE prokind = 'f' AND lanname <> 'internal'

-- kind: function: default of an argument (N13)
SELECT schema, object, regexp_replace(def, ' DEFAULT (\d+)', ' DEFAULT 9\1') AS sql FROM fn WHERE def ~ ' DEFAULT \d+'

-- kind: function: default of an argument added (N13)
SELECT schema, object, regexp_replace(def, '(\w+ (integer|text|bigint))\)', '\1 DEFAULT NULL)') AS sql
FROM fn WHERE pg_get_function_arguments(oid) ~ '\w+ (integer|text|bigint)$' AND prokind = 'f'

-- kind: function: name of an argument (N13)
SELECT schema, object, format('DROP ROUTINE %s CASCADE; %s', fn, regexp_replace(def, '(\(|, )(\w+) (integer|text|bigint)', '\1by_hand \3')) AS sql
FROM fn WHERE def ~ '(\(|, )\w+ (integer|text|bigint)' AND sqlbody IS NULL

-- kind: function: result (N13)
SELECT schema, object, format('DROP ROUTINE %s CASCADE; %s', fn, regexp_replace(def, '(RETURNS (SETOF )?)(integer|text|boolean)', '\1bigint')) AS sql
FROM fn WHERE def ~ 'RETURNS (SETOF )?(integer|text|boolean)' AND sqlbody IS NULL

-- kind: function: language (N13)
SELECT schema, object, format('CREATE OR REPLACE FUNCTION %s RETURNS %s LANGUAGE %s AS %L',
           n.nspname || '.' || quote_ident(proname) || '(' || pg_get_function_arguments(fn.oid) || ')', pg_get_function_result(fn.oid),
           CASE lanname WHEN 'sql' THEN 'plpgsql' ELSE 'sql' END, prosrc) AS sql
FROM fn JOIN pg_namespace n ON n.oid = pronamespace WHERE prokind = 'f' AND lanname IN ('sql', 'plpgsql')

-- kind: function: added
SELECT schema, 'by_hand()' AS object, format('CREATE FUNCTION %I.by_hand() RETURNS integer LANGUAGE sql AS %L', schema, 'SELECT 1') AS sql FROM fn

-- kind: function: overload added
SELECT schema, proname || '(xml, xml)' AS object, format('CREATE FUNCTION %I.%I(xml, xml) RETURNS integer LANGUAGE sql AS %L', schema, proname, 'SELECT 1') AS sql FROM fn

-- kind: function: dropped
SELECT schema, object, format('DROP ROUTINE %s CASCADE', fn) AS sql FROM fn

-- kind: function: renamed
SELECT schema, object, format('ALTER ROUTINE %s RENAME TO by_hand_%s', fn, n) AS sql FROM fn, dice

-- kind: function: comment (N26)
SELECT schema, object, format('COMMENT ON ROUTINE %s IS %L', fn, 'by hand ' || n) AS sql FROM fn, dice

-- kind: aggregate: dropped
SELECT n.schema, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) AS object, format('DROP AGGREGATE %s', p.oid::regprocedure) AS sql
FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace WHERE p.prokind = 'a' AND NOT EXISTS (SELECT FROM member m WHERE m.objid = p.oid)

-- kind: aggregate: state function
SELECT n.schema, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) AS object,
       format('CREATE OR REPLACE AGGREGATE %s (SFUNC = int4mul, STYPE = integer, INITCOND = %L, PARALLEL = SAFE)', p.oid::regprocedure, '0') AS sql
FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid AND a.aggtransfn::oid = 'int4pl'::regproc

-- kind: aggregate: initial value
SELECT n.schema, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) AS object,
       format('CREATE OR REPLACE AGGREGATE %s (SFUNC = %s, STYPE = %s, INITCOND = %L)', p.oid::regprocedure, a.aggtransfn, format_type(a.aggtranstype, NULL), '7') AS sql
FROM pg_proc p JOIN ns n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid AND a.aggkind = 'n'
WHERE NOT EXISTS (SELECT FROM member m WHERE m.objid = p.oid)

-- kind: trigger: DISABLE (N11)
SELECT schema, object, format('ALTER TABLE %s %s TRIGGER %s', rel, CASE tgenabled WHEN 'D' THEN 'ENABLE' ELSE 'DISABLE' END, trg) AS sql FROM trg WHERE relkind <> 'v'

-- kind: trigger: ENABLE REPLICA (N11)
SELECT schema, object, format('ALTER TABLE %s ENABLE REPLICA TRIGGER %s', rel, trg) AS sql FROM trg WHERE tgenabled <> 'R' AND relkind <> 'v'

-- kind: trigger: ENABLE ALWAYS (N11)
SELECT schema, object, format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', rel, trg) AS sql FROM trg WHERE tgenabled <> 'A' AND relkind <> 'v'

-- kind: trigger: BEFORE, AFTER (N12)
SELECT schema, object, drop || CASE WHEN def LIKE '% BEFORE %' THEN replace(def, ' BEFORE ', ' AFTER ') ELSE replace(def, ' AFTER ', ' BEFORE ') END AS sql
FROM trg WHERE tgconstraint = 0 AND tgoldtable IS NULL AND tgnewtable IS NULL AND relkind <> 'v'

-- kind: trigger: event (N12)
SELECT schema, object, drop || regexp_replace(def, ' (BEFORE|AFTER) .*? ON ', ' \1 DELETE ON ') AS sql
FROM trg WHERE tgqual IS NULL AND tgoldtable IS NULL AND tgnewtable IS NULL AND tgtype & 28 <> 8 AND relkind <> 'v'

-- kind: trigger: one event more (N12)
SELECT schema, object, drop || regexp_replace(def, ' (BEFORE|AFTER) ', ' \1 DELETE OR ') AS sql
FROM trg WHERE tgqual IS NULL AND tgoldtable IS NULL AND tgnewtable IS NULL AND tgtype & 8 = 0 AND relkind <> 'v'

-- kind: trigger: UPDATE OF (N12)
SELECT t.schema, t.object, drop || regexp_replace(def, ' UPDATE ', format(' UPDATE OF %s ', col)) AS sql
FROM trg t JOIN col USING (schema, object) WHERE def LIKE '% UPDATE ON %' OR def LIKE '% UPDATE OR %'

-- kind: trigger: columns of UPDATE OF dropped (N12)
SELECT schema, object, drop || regexp_replace(def, ' UPDATE OF .*? ON ', ' UPDATE ON ') AS sql FROM trg WHERE def LIKE '% UPDATE OF %'

-- kind: trigger: ROW, STATEMENT (N12)
SELECT schema, object, drop || CASE WHEN def LIKE '%FOR EACH ROW%' THEN replace(def, 'FOR EACH ROW', 'FOR EACH STATEMENT') ELSE replace(def, 'FOR EACH STATEMENT', 'FOR EACH ROW') END AS sql
FROM trg WHERE tgqual IS NULL AND tgconstraint = 0 AND relkind <> 'v'

-- kind: trigger: WHEN dropped (N12)
SELECT schema, object, drop || regexp_replace(def, ' WHEN \(.*\) EXECUTE', ' EXECUTE') AS sql FROM trg WHERE tgqual IS NOT NULL

-- kind: trigger: WHEN changed (N12)
SELECT schema, object, drop || regexp_replace(def, ' WHEN \((.*)\) EXECUTE', ' WHEN (NOT (\1)) EXECUTE') AS sql FROM trg WHERE tgqual IS NOT NULL

-- kind: trigger: WHEN added (N12)
SELECT schema, object, drop || replace(def, ' EXECUTE FUNCTION', ' WHEN (pg_trigger_depth() < 2) EXECUTE FUNCTION') AS sql FROM trg WHERE tgqual IS NULL AND relkind <> 'v'

-- kind: trigger: function (N12)
SELECT schema, object, drop || regexp_replace(def, ' EXECUTE FUNCTION .*$', ' EXECUTE FUNCTION suppress_redundant_updates_trigger()') AS sql FROM trg

-- kind: trigger: argument behind the escape of a zero byte
SELECT schema, object, drop || replace(def, '000b', '000c') AS sql FROM trg WHERE def LIKE '%000b%'

-- kind: trigger: argument with letters beyond ASCII
SELECT schema, object, drop || replace(def, 'é', 'è') AS sql FROM trg WHERE def LIKE '%é%'

-- kind: trigger: one empty argument more
SELECT schema, object, drop || replace(def, $$, '')$$, $$, '', '')$$) AS sql FROM trg WHERE def LIKE $$%, '')$$

-- kind: trigger: arguments (N12)
SELECT schema, object, drop || regexp_replace(def, '\((''.*'')?\)$', '(''by hand'')') AS sql FROM trg

-- kind: trigger: transition table (N12)
SELECT schema, object, drop || replace(def, format('NEW TABLE AS %I', tgnewtable), 'NEW TABLE AS by_hand') AS sql FROM trg WHERE tgnewtable IS NOT NULL

-- kind: trigger: constraint trigger's deferral (N12)
SELECT schema, object, drop || replace(def, ' DEFERRABLE INITIALLY DEFERRED', '') AS sql FROM trg WHERE def LIKE '%DEFERRABLE INITIALLY DEFERRED%'

-- kind: trigger: added
SELECT schema, object, format('CREATE TRIGGER by_hand BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', rel) AS sql FROM tab

-- kind: trigger: dropped
SELECT schema, object, drop AS sql FROM trg

-- kind: trigger: renamed
SELECT schema, object, format('ALTER TRIGGER %s ON %s RENAME TO by_hand', trg, rel) AS sql FROM trg

-- kind: trigger: comment (N26)
SELECT schema, object, format('COMMENT ON TRIGGER %s ON %s IS %L', trg, rel, 'by hand ' || n) AS sql FROM trg, dice

-- kind: function: depends on an extension
SELECT schema, object, format('ALTER ROUTINE %s DEPENDS ON EXTENSION %I', fn, extname) AS sql FROM fn, pg_extension

-- kind: trigger: depends on an extension
SELECT schema, object, format('ALTER TRIGGER %s ON %s DEPENDS ON EXTENSION %I', trg, rel, extname) AS sql FROM trg, pg_extension
