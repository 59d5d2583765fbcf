-- When do the triggers of these schemas' relations fire, and what do they call? ($1 schemas)
-- The catalog keeps the condition in a form that only pg_get_triggerdef can print, and that hides tgenabled. The
-- arguments behind it are matched with their quotes, so that no text in them is taken for its end. In tgargs a
-- zero byte ends each argument.
SELECT n.nspname AS schema, c.relname AS relation, t.tgname AS name,
       CASE WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END AS timing,
       array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
                          CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END],
                    NULL) AS events,
       CASE WHEN t.tgattr::text <> ''
            THEN ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::int2[]) AS num
                       JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = num
                       ORDER BY a.attname) END AS columns,
       CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END AS level,
       CASE WHEN t.tgqual IS NOT NULL
            THEN (regexp_match(pg_get_triggerdef(t.oid),
                               ' FOR EACH (?:ROW|STATEMENT) WHEN \((.*)\) EXECUTE FUNCTION '
                               '(?:[^"'']|"(?:[^"]|"")*")*\((?:''(?:[^'']|'''')*''(?:, )?)*\)$'))[1]
            END AS condition,
       quote_ident(fn.nspname) || '.' || quote_ident(f.proname) AS function,
       CASE WHEN t.tgnargs > 0
            THEN ARRAY(SELECT convert_from(substring(t.tgargs FROM place.start + 1 FOR place.zero - place.start),
                                           getdatabaseencoding())
                       FROM (SELECT at AS zero, coalesce(lag(at) OVER (ORDER BY at) + 1, 0) AS start
                             FROM generate_series(0, octet_length(t.tgargs) - 1) AS at
                             WHERE get_byte(t.tgargs, at) = 0) place
                       ORDER BY place.zero) END AS arguments,
       t.tgoldtable::text AS old_table,
       t.tgnewtable::text AS new_table,
       CASE WHEN t.tgconstraint <> 0 THEN 'CONSTRAINT TRIGGER' END AS constraint_type,
       quote_ident(rn.nspname) || '.' || quote_ident(r.relname) AS "references",
       CASE WHEN t.tgconstraint <> 0 THEN t.tgdeferrable END AS "deferrable",
       CASE WHEN t.tgconstraint <> 0 THEN t.tginitdeferred END AS initially_deferred,
       CASE t.tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                        ELSE 'ENABLE ALWAYS' END AS enabled
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc f ON f.oid = t.tgfoid
JOIN pg_namespace fn ON fn.oid = f.pronamespace
LEFT JOIN pg_class r ON r.oid = t.tgconstrrelid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT t.tgisinternal
