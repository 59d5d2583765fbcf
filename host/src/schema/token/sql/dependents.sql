-- On which relations does something depend on these, directly or by way of others? ($1 relations)
-- A NULL stands for what is no part of a relation: a function, a type, a publication. Of types, row types and
-- those of arrays lead on to what depends on them and say nothing themselves.
WITH RECURSIVE dependent (classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, relation FROM unnest($1::oid[]) AS relation
    UNION
    SELECT d.classid, d.objid FROM dependent JOIN pg_depend d ON d.refclassid = dependent.classid AND d.refobjid = dependent.objid
)
SELECT coalesce(i.indrelid, d.objid) AS relation
FROM dependent d LEFT JOIN pg_index i ON i.indexrelid = d.objid
WHERE d.classid = 'pg_class'::regclass
UNION SELECT r.ev_class FROM dependent d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
UNION SELECT a.adrelid FROM dependent d JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
UNION SELECT NULLIF(k.conrelid, 0) FROM dependent d JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
UNION SELECT t.tgrelid FROM dependent d JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
UNION SELECT p.polrelid FROM dependent d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
UNION SELECT s.stxrelid FROM dependent d JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
UNION
SELECT NULL
FROM dependent d
LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
LEFT JOIN pg_class c ON c.oid = CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid ELSE t.typrelid END
WHERE c.relkind = 'c'
   OR CASE WHEN d.classid = 'pg_type'::regclass THEN t.typrelid = 0 AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
           ELSE d.classid NOT IN ('pg_class'::regclass, 'pg_rewrite'::regclass, 'pg_attrdef'::regclass,
                                  'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
                                  'pg_statistic_ext'::regclass) END
