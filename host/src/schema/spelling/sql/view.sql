-- What makes twins of these views? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE VIEW ' || quote_ident(w.twin_schema) || '.' || quote_ident(c.relname) || ' AS ' || pg_get_viewdef(c.oid) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name::name AND c.relkind = 'v'
