-- Which migrations were applied, in the order in which they were?
SELECT plugin, filename, checksum, tokens FROM tenon.migration ORDER BY applied_at, plugin, filename
