-- Which of these names stand in SQL without quotes.
SELECT name
  FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name
 WHERE pg_catalog.quote_ident(name) OPERATOR(pg_catalog.=) name
