-- What makes twins of these rules, on the same relations? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE RULE ' || quote_ident(w.twin)
       || substr(pg_get_ruledef(r.oid), length('CREATE RULE ' || quote_ident(r.rulename)) + 1) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = w.name::name
