-- Does the log take events of the kind "action", or is the migration pending that lets it? Asked of the catalog itself
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k
               JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'tenon' AND c.relname = 'audit' AND k.contype = 'c'
                 AND pg_catalog.strpos(pg_catalog.pg_get_constraintdef(k.oid), '''action''') > 0)
