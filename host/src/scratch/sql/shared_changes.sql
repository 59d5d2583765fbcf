-- Has this transaction changed what all databases of the server share (roles, their settings and memberships,
-- databases, tablespaces, comments on these), and what are the rights on the databases? Who changes the former keeps
-- a lock on its catalog; who changes the latter does not.
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
               WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.database = 0
                 AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
                 AND l.relation IN ('pg_catalog.pg_authid'::regclass, 'pg_catalog.pg_auth_members'::regclass,
                                    'pg_catalog.pg_db_role_setting'::regclass, 'pg_catalog.pg_database'::regclass,
                                    'pg_catalog.pg_tablespace'::regclass, 'pg_catalog.pg_shdescription'::regclass,
                                    'pg_catalog.pg_shseclabel'::regclass, 'pg_catalog.pg_parameter_acl'::regclass,
                                    'pg_catalog.pg_replication_origin'::regclass))
       OR EXISTS (SELECT FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
                  WHERE d.datname = pg_catalog.current_database()) AS changed,
       (SELECT pg_catalog.string_agg(d.datname || ' ' || d.datacl::text, ',' ORDER BY d.oid)
        FROM pg_catalog.pg_database d WHERE d.datname NOT LIKE 'tenon\_scratch\_%') AS rights
