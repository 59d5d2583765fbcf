-- What makes twins of these indexes, on the same relations and never unique? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE INDEX ' || quote_ident(w.twin)
       || substr(pg_get_indexdef(i.indexrelid),
                 length('CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || quote_ident(ic.relname)) + 1) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_class ic ON ic.relnamespace = n.oid AND ic.relname = w.name::name
JOIN pg_index i ON i.indexrelid = ic.oid AND i.indrelid = c.oid
