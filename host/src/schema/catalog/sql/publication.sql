-- What do the publications publish? ($1 schemas, of no concern here)
SELECT ''::name AS schema, NULL::name AS relation, p.pubname AS name,
       p.puballtables AS all_tables,
       array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'INSERT' END, CASE WHEN p.pubupdate THEN 'UPDATE' END,
                          CASE WHEN p.pubdelete THEN 'DELETE' END, CASE WHEN p.pubtruncate THEN 'TRUNCATE' END],
                    NULL) AS events,
       p.pubviaroot AS via_root,
       ARRAY(SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                    || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                                         FROM unnest(r.prattrs::int2[]) AS num
                                         JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = num) || ')', '')
                    || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), '')
             FROM pg_publication_rel r
             JOIN pg_class c ON c.oid = r.prrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE r.prpubid = p.oid
             ORDER BY 1) AS tables,
       ARRAY(SELECT n.nspname::text FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
             WHERE s.pnpubid = p.oid ORDER BY 1) AS schemas,
       pg_get_userbyid(p.pubowner)::text AS owner
FROM pg_publication p
WHERE $1::name[] IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_publication'::regclass AND d.objid = p.oid AND d.deptype = 'e')
