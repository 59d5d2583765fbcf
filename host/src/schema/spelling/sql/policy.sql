-- What makes twins of these policies, on the same tables? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE POLICY ' || quote_ident(w.twin) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
       || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
                        WHEN 'd' THEN ' FOR DELETE' ELSE '' END
       || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = w.name::name
