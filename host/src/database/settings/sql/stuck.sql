-- Which settings have another value than they are to have, and may not be set by this role? ($1 names, $2 values)
-- Those of the server alone nobody can set for a session.
SELECT s.name, s.setting AS found, w.value AS wanted, s.context, s.source, quote_ident(current_user::text) AS role
FROM unnest($1::text[], $2::text[]) AS w (name, value)
JOIN pg_settings s ON s.name = w.name
WHERE s.setting <> w.value
  AND NOT (s.context = 'user' OR s.context = 'superuser' AND has_parameter_privilege(s.name, 'SET'))
ORDER BY s.name
