-- Is there a constraint whose check can be put off?
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE condeferrable)
