-- Can these migrations be written down as applied? (arrays of $1 plugins, $2 filenames, $3 checksums, $4 checksums of their tokens, $5 seconds of the epoch at which they ended, $6 milliseconds; $7 heal)
INSERT INTO tenon.migration (plugin, filename, checksum, tokens, heal, applied_at, duration_ms)
SELECT plugin, filename, checksum, tokens, $7, to_timestamp(ended), took
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::bigint[]) AS applied (plugin, filename, checksum, tokens, ended, took)
