-- What makes twins of these tables, with the same columns, defaults and partition keys? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE TABLE ' || quote_ident(w.twin_schema) || '.' || quote_ident(c.relname) || ' ('
       || (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                             || CASE WHEN a.attcollation <> t.typcollation
                                     THEN ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname) ELSE '' END
                             || CASE WHEN d.adbin IS NULL THEN ''
                                     WHEN a.attgenerated = '' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                                     ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid)
                                          || CASE a.attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END END,
                             ', ' ORDER BY a.attnum)
           FROM pg_attribute a
           JOIN pg_type t ON t.oid = a.atttypid
           LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           LEFT JOIN pg_collation co ON co.oid = a.attcollation
           LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
       || ')' || CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name::name AND c.relkind IN ('r', 'p', 'f')
