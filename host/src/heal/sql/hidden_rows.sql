-- Of which of these relations does row security hide rows from this role? ($1 relations as schema.name)
SELECT w.name, quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text) AS relation,
       quote_ident(current_user::text) AS role
FROM unnest($1::text[]) AS w (name)
JOIN pg_class c ON c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname::text || '.' || c.relname::text = w.name
WHERE row_security_active(c.oid)
ORDER BY w.name
