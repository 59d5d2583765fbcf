     -- Temporary tables and TOAST are no part of a reading: only where they would cost more to leave out than to
     -- read are they here. The triggers that foreign keys are made of say something only where they are disabled.
     of_relation (catalog, oid, ctid, xmin) AS (
    SELECT 1, oid, ctid, xmin FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace
    UNION ALL SELECT 2, attrelid, ctid, xmin FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT 3, adrelid, ctid, xmin FROM pg_attrdef WHERE adrelid >= 16384
    UNION ALL SELECT 4, conrelid, ctid, xmin FROM pg_constraint WHERE conrelid >= 16384
    UNION ALL SELECT 5, indexrelid, ctid, xmin FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 6, seqrelid, ctid, xmin FROM pg_sequence
    UNION ALL SELECT 7, tgrelid, ctid, xmin FROM pg_trigger WHERE NOT (tgisinternal AND tgenabled = 'O')
    UNION ALL SELECT 8, polrelid, ctid, xmin FROM pg_policy
    UNION ALL SELECT 9, ev_class, ctid, xmin FROM pg_rewrite WHERE ev_class >= 16384
    -- A table also tells of children that stand outside of what is read.
    UNION ALL SELECT 10, inhrelid, ctid, xmin FROM pg_inherits
    UNION ALL SELECT 52, inhparent, ctid, xmin FROM pg_inherits
    UNION ALL SELECT 11, partrelid, ctid, xmin FROM pg_partitioned_table
    UNION ALL SELECT 12, ftrelid, ctid, xmin FROM pg_foreign_table
    UNION ALL SELECT 13, stxrelid, ctid, xmin FROM pg_statistic_ext
    UNION ALL SELECT 53, srrelid, ctid, xmin FROM pg_subscription_rel
    UNION ALL SELECT 14, objoid, ctid, xmin FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid >= 16384
    -- Which column a sequence belongs to.
    UNION ALL SELECT 15, s.seqrelid, d.ctid, d.xmin
              FROM pg_sequence s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
)
