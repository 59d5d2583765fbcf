-- What makes twins of these extended statistics, on the same relations? ($1 schemas, $2 relations, $3 names, $4 and $5 schemas and names of the twins)
SELECT w.number,
       'CREATE STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(w.twin) || ' ON '
       || pg_get_statisticsobjdef_columns(s.oid) || ' FROM ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS sql
FROM unnest($1::name[], $2::name[], $3::text[], $4::name[], $5::name[])
     WITH ORDINALITY AS w (schema, relation, name, twin_schema, twin, number)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation
JOIN pg_statistic_ext s ON s.stxrelid = c.oid
JOIN pg_namespace sn ON sn.oid = s.stxnamespace
WHERE CASE WHEN s.stxnamespace = c.relnamespace THEN s.stxname::text
           ELSE quote_ident(sn.nspname) || '.' || s.stxname END = w.name
