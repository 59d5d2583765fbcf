-- Which event triggers are there, and what do they call? ($1 schemas, of no concern here)
SELECT ''::name AS schema, NULL::name AS relation, t.evtname AS name,
       ARRAY[t.evtevent::text] AS events,
       CASE WHEN t.evttags IS NOT NULL
            THEN ARRAY(SELECT tag FROM unnest(t.evttags) AS tag ORDER BY tag COLLATE "C") END AS tags,
       quote_ident(n.nspname) || '.' || quote_ident(f.proname) AS function,
       CASE t.evtenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                         ELSE 'ENABLE ALWAYS' END AS enabled,
       pg_get_userbyid(t.evtowner)::text AS owner
FROM pg_event_trigger t
JOIN pg_proc f ON f.oid = t.evtfoid
JOIN pg_namespace n ON n.oid = f.pronamespace
WHERE $1::name[] IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'e')
