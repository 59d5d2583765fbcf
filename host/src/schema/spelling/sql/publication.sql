-- What makes twins of these publications, with the same tables? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE PUBLICATION ' || quote_ident(w.twin) || ' FOR TABLE '
       || string_agg('ONLY ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                     || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                                          FROM unnest(r.prattrs::int2[]) AS num
                                          JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = num) || ')', '')
                     || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', ''), ', ') AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_publication p ON p.pubname = w.name::name
JOIN pg_publication_rel r ON r.prpubid = p.oid
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY w.number, w.twin
