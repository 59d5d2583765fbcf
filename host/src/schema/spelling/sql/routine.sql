-- What makes twins of these functions and procedures, which are named with the types of their arguments? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
-- A body names the arguments with the routine, whose name is therefore kept.
SELECT w.number,
       made.before || quote_ident(w.twin_schema)
       || substr(pg_get_functiondef(p.oid), length(made.before || quote_ident(n.nspname)) + 1) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_proc p ON p.pronamespace = n.oid AND p.prokind IN ('f', 'w', 'p')
              AND p.proname || '(' || oidvectortypes(p.proargtypes) || ')' = w.name
CROSS JOIN LATERAL (SELECT CASE p.prokind WHEN 'p' THEN 'CREATE OR REPLACE PROCEDURE ' ELSE 'CREATE OR REPLACE FUNCTION ' END)
           AS made (before)
