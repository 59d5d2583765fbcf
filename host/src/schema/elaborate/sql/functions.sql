-- Which functions are meant by these names with their argument types? ($1 names)
SELECT DISTINCT name, to_regprocedure(name)::oid FROM unnest($1::text[]) AS name WHERE to_regprocedure(name) IS NOT NULL
