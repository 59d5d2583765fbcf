-- What belongs to this database and is in no dump of it? The columns of locales differ from major to major.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text AS owner,
       pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
       CASE WHEN d.datlocprovider OPERATOR(pg_catalog.=) 'i' THEN 'icu'
            WHEN d.datlocprovider OPERATOR(pg_catalog.=) 'b' THEN 'builtin' ELSE 'libc' END AS locale_provider,
       d.datcollate::pg_catalog.text AS collate, d.datctype::pg_catalog.text AS ctype,
       coalesce(j OPERATOR(pg_catalog.->>) 'datlocale', j OPERATOR(pg_catalog.->>) 'daticulocale') AS locale,
       j OPERATOR(pg_catalog.->>) 'daticurules' AS icu_rules,
       CASE WHEN t.spcname OPERATOR(pg_catalog.<>) 'pg_default' THEN t.spcname::pg_catalog.text END AS tablespace,
       d.datconnlimit AS connection_limit,
       d.datacl IS NOT NULL AS has_grants
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL pg_catalog.to_jsonb(d) AS j
JOIN pg_catalog.pg_tablespace t ON t.oid OPERATOR(pg_catalog.=) d.dattablespace
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
