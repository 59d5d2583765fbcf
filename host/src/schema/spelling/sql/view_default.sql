-- What gives the columns of twins of these views their defaults? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'ALTER VIEW ' || quote_ident(w.twin_schema) || '.' || quote_ident(c.relname) || ' ALTER COLUMN '
       || quote_ident(a.attname) || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name::name AND c.relkind = 'v'
JOIN pg_attrdef d ON d.adrelid = c.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
