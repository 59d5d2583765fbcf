-- What makes twins of these CHECK and EXCLUDE constraints, on the same tables? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
-- Those of a table with descendants would come to them too, if that can be helped.
SELECT w.number,
       'ALTER TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' ADD CONSTRAINT ' || quote_ident(w.twin)
       || CASE WHEN k.contype = 'x' THEN ' ' || pg_get_constraintdef(k.oid)
               ELSE ' CHECK (' || pg_get_expr(k.conbin, k.conrelid) || ')'
                    || CASE WHEN c.relkind = 'p' THEN '' ELSE ' NO INHERIT' END || ' NOT VALID' END AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = w.name::name AND k.contype IN ('c', 'x')
