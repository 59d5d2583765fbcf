-- Which types are meant by these names? ($1 names)
SELECT DISTINCT name, to_regtype(name)::oid FROM unnest($1::text[]) AS name WHERE to_regtype(name) IS NOT NULL
