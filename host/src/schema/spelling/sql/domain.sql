-- What makes twins of these domains? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE DOMAIN ' || quote_ident(w.twin_schema) || '.' || quote_ident(t.typname) || ' AS '
       || format_type(t.typbasetype, t.typtypmod)
       || CASE WHEN t.typcollation <> b.typcollation
               THEN ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname) ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), '')
       || coalesce((SELECT string_agg(' CONSTRAINT ' || quote_ident(k.conname) || ' '
                                      || regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''), '')
                    FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '') AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name::name AND t.typtype = 'd'
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
