-- What makes twins of these triggers, on the same relations? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       made.before || quote_ident(w.twin)
       || substr(pg_get_triggerdef(t.oid), length(made.before || quote_ident(t.tgname)) + 1) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = w.name::name AND NOT t.tgisinternal
CROSS JOIN LATERAL (SELECT CASE WHEN t.tgconstraint <> 0 THEN 'CREATE CONSTRAINT TRIGGER ' ELSE 'CREATE TRIGGER ' END)
           AS made (before)
