-- Which extended statistics are gathered on these schemas' relations? ($1 schemas)
-- Nearly all stand in the schema of their relation; the name of one that does not says where it stands.
SELECT n.nspname AS schema, c.relname AS relation,
       CASE WHEN s.stxnamespace = c.relnamespace THEN s.stxname::text
            ELSE quote_ident(sn.nspname) || '.' || s.stxname::text END AS name,
       ARRAY(SELECT CASE kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END
             FROM unnest(s.stxkind) AS kind WHERE kind <> 'e' ORDER BY 1) AS members,
       pg_get_statisticsobjdef_columns(s.oid) AS definition,
       CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::text END AS statistics_target,
       pg_get_userbyid(s.stxowner)::text AS owner
FROM pg_statistic_ext s
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_namespace sn ON sn.oid = s.stxnamespace
WHERE n.nspname = ANY ($1::name[])
