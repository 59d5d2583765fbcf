-- Which server is it?
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS number,
       pg_catalog.current_setting('server_version') AS version
