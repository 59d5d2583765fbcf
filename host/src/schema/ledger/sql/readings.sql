-- What did the last heal verify of each plugin?
SELECT plugin, server_major, queries, descriptors, objects FROM tenon.reading ORDER BY plugin
