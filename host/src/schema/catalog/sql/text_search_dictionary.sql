-- How do the text search dictionaries of these schemas work? ($1 schemas)
-- Numbers stand among the options without quotes. Whether the names stand in quotes depends on the session that made it.
SELECT n.nspname AS schema, NULL::name AS relation, t.dictname AS name,
       quote_ident(tn.nspname) || '.' || quote_ident(tt.tmplname) AS template,
       CASE WHEN t.dictinitoption IS NOT NULL
            THEN ARRAY(SELECT quote_ident(CASE WHEN starts_with(found[1], '"')
                                               THEN replace(substr(found[1], 2, length(found[1]) - 2), '""', '"')
                                               ELSE found[1] END) || ' = ' || found[2]
                       FROM regexp_matches(t.dictinitoption,
                                           '("(?:[^"]|"")+"|[^ ",'']+) = (E?''(?:[^'']|'''')*''|[^ ",'']+)',
                                           'g') AS found)
            END AS options,
       pg_get_userbyid(t.dictowner)::text AS owner
FROM pg_ts_dict t
JOIN pg_namespace n ON n.oid = t.dictnamespace
JOIN pg_ts_template tt ON tt.oid = t.dicttemplate
JOIN pg_namespace tn ON tn.oid = tt.tmplnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_ts_dict'::regclass AND d.objid = t.oid AND d.deptype = 'e')
