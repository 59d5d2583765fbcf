-- Is anything of the system's, or temporary, called so? ($1 a quoted name)
SELECT pg_catalog.to_regclass($1) IS NOT NULL OR pg_catalog.to_regtype($1) IS NOT NULL
       OR EXISTS (SELECT FROM pg_catalog.pg_proc p
                  WHERE p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
                    AND pg_catalog.quote_ident(p.proname) OPERATOR(pg_catalog.=) $1)
