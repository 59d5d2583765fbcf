-- kind: enum: value added at the front (N17)
SELECT schema, object, format('ALTER TYPE %s ADD VALUE %L BEFORE %L', typ, 'by hand', (SELECT enumlabel FROM pg_enum e WHERE e.enumtypid = typ.oid ORDER BY enumsortorder LIMIT 1)) AS sql FROM typ WHERE typtype = 'e'

-- kind: enum: value added at the end (N17)
SELECT schema, object, format('ALTER TYPE %s ADD VALUE %L', typ, 'by hand') AS sql FROM typ WHERE typtype = 'e'

-- kind: enum: value renamed (N17)
SELECT schema, object, format('ALTER TYPE %s RENAME VALUE %L TO %L', typ, enumlabel, 'by hand') AS sql FROM typ JOIN pg_enum e ON e.enumtypid = typ.oid

-- kind: enum: names of two values swapped (N17)
SELECT schema, object, format('ALTER TYPE %s RENAME VALUE %L TO %L; ALTER TYPE %1$s RENAME VALUE %4$L TO %2$L; ALTER TYPE %1$s RENAME VALUE %3$L TO %4$L', typ, a.enumlabel, 'by hand', b.enumlabel) AS sql
FROM typ JOIN pg_enum a ON a.enumtypid = typ.oid JOIN pg_enum b ON b.enumtypid = typ.oid AND a.enumsortorder < b.enumsortorder

-- kind: enum: added
SELECT schema, 'by_hand' AS object, format('CREATE TYPE %I.by_hand AS ENUM (%L)', schema, 'a') AS sql FROM ns

-- kind: type: dropped
SELECT schema, object, format('DROP TYPE %s CASCADE', typ) AS sql FROM typ WHERE typtype <> 'd'

-- kind: type: renamed
SELECT schema, object, format('ALTER TYPE %s RENAME TO by_hand', typ) AS sql FROM typ

-- kind: type: comment (N26)
SELECT schema, object, format('COMMENT ON TYPE %s IS %L', typ, 'by hand ' || n) AS sql FROM typ, dice

-- kind: domain: default (N24)
SELECT schema, object, format('ALTER DOMAIN %s SET DEFAULT coalesce(NULL::%s)', typ, format_type(typbasetype, typtypmod)) AS sql FROM typ WHERE typtype = 'd'

-- kind: domain: NOT NULL (N24)
SELECT schema, object, format('ALTER DOMAIN %s %s NOT NULL', typ, CASE WHEN typnotnull THEN 'DROP' ELSE 'SET' END) AS sql FROM typ WHERE typtype = 'd'

-- kind: domain: check added (N24)
SELECT schema, object, format('ALTER DOMAIN %s ADD CONSTRAINT by_hand CHECK (VALUE IS NOT NULL)', typ) AS sql FROM typ WHERE typtype = 'd'

-- kind: domain: check dropped (N24)
SELECT schema, object, format('ALTER DOMAIN %s DROP CONSTRAINT %I', typ, conname) AS sql FROM typ JOIN pg_constraint k ON k.contypid = typ.oid

-- kind: domain: check changed (N24)
SELECT schema, object, format('ALTER DOMAIN %s DROP CONSTRAINT %I; ALTER DOMAIN %1$s ADD CONSTRAINT %2$I CHECK (NOT (%s))', typ, conname, pg_get_expr(conbin, 0)) AS sql
FROM typ JOIN pg_constraint k ON k.contypid = typ.oid

-- kind: domain: check NOT VALID (N24)
SELECT schema, object, format('ALTER DOMAIN %s DROP CONSTRAINT %I; ALTER DOMAIN %1$s ADD CONSTRAINT %2$I %s NOT VALID', typ, conname, pg_get_constraintdef(k.oid)) AS sql
FROM typ JOIN pg_constraint k ON k.contypid = typ.oid

-- kind: domain: added (N24)
SELECT schema, 'by_hand' AS object, format('CREATE DOMAIN %I.by_hand AS integer', schema) AS sql FROM ns

-- kind: composite: attribute added (N24)
SELECT schema, object, format('ALTER TYPE %s ADD ATTRIBUTE by_hand integer CASCADE', typ) AS sql FROM typ WHERE typtype = 'c'

-- kind: composite: attribute dropped (N24)
SELECT schema, object, format('ALTER TYPE %s DROP ATTRIBUTE %I CASCADE', typ, attname) AS sql FROM typ JOIN pg_attribute a ON a.attrelid = typrelid AND NOT attisdropped WHERE typtype = 'c'

-- kind: composite: attribute's type (N24)
SELECT schema, object, format('ALTER TYPE %s ALTER ATTRIBUTE %I TYPE varchar(7) CASCADE', typ, attname) AS sql FROM typ JOIN pg_attribute a ON a.attrelid = typrelid AND NOT attisdropped WHERE typtype = 'c'

-- kind: composite: attribute renamed (N24)
SELECT schema, object, format('ALTER TYPE %s RENAME ATTRIBUTE %I TO by_hand CASCADE', typ, attname) AS sql FROM typ JOIN pg_attribute a ON a.attrelid = typrelid AND NOT attisdropped WHERE typtype = 'c'

-- kind: composite: attribute's collation (N24)
SELECT schema, object, format('ALTER TYPE %s ALTER ATTRIBUTE %I TYPE text COLLATE "POSIX" CASCADE', typ, attname) AS sql FROM typ JOIN pg_attribute a ON a.attrelid = typrelid AND NOT attisdropped WHERE typtype = 'c' AND atttypid = 'text'::regtype

-- kind: composite: added
SELECT schema, 'by_hand' AS object, format('CREATE TYPE %I.by_hand AS (a integer)', schema) AS sql FROM ns

-- kind: range: added
SELECT schema, 'by_hand' AS object, format('CREATE TYPE %I.by_hand AS RANGE (SUBTYPE = float8)', schema) AS sql FROM ns

-- kind: range: subtype difference
SELECT schema, object, format('DROP TYPE %s CASCADE; CREATE TYPE %1$s AS RANGE (SUBTYPE = %s)', typ, format_type(rngsubtype, NULL)) AS sql FROM typ JOIN pg_range r ON r.rngtypid = typ.oid WHERE rngsubdiff <> 0

-- kind: sequence: INCREMENT (N20)
SELECT schema, object, format('ALTER SEQUENCE %s INCREMENT %s', rel, 2000 + n) AS sql FROM seq, dice WHERE seqmax > 4000
UNION ALL SELECT schema, object, format('ALTER SEQUENCE %s INCREMENT %s', rel, seqincrement::numeric + step) FROM seq, step

-- kind: sequence: CYCLE (N20)
SELECT schema, object, format('ALTER SEQUENCE %s %s', rel, CASE WHEN seqcycle THEN 'NO CYCLE' ELSE 'CYCLE' END) AS sql FROM seq

-- kind: sequence: MAXVALUE (N20)
SELECT schema, object, format('ALTER SEQUENCE %s MAXVALUE %s', rel, seqmax::numeric + step) AS sql FROM seq, step

-- kind: sequence: MINVALUE (N20)
SELECT schema, object, format('ALTER SEQUENCE %s MINVALUE %s', rel, seqmin::numeric + step) AS sql FROM seq, step

-- kind: sequence: START (N20)
SELECT schema, object, format('ALTER SEQUENCE %s START %s', rel, seqstart::numeric + step) AS sql FROM seq, step

-- kind: sequence: CACHE (N20)
SELECT schema, object, format('ALTER SEQUENCE %s CACHE %s', rel, CASE WHEN seqcache::numeric + n > 9223372036854775807 THEN seqcache - n ELSE seqcache + n END) AS sql FROM seq, dice

-- kind: sequence: AS (N20)
SELECT schema, object, format('ALTER SEQUENCE %s AS %s', rel, CASE seqtypid WHEN 'bigint'::regtype THEN 'integer' ELSE 'bigint' END) AS sql FROM seq WHERE deptype IS DISTINCT FROM 'i'

-- kind: sequence: OWNED BY NONE (N20)
SELECT schema, object, format('ALTER SEQUENCE %s OWNED BY NONE', rel) AS sql FROM seq WHERE deptype = 'a'

-- kind: sequence: OWNED BY (N20)
SELECT s.schema, s.object, format('ALTER SEQUENCE %s OWNED BY %s.%s', s.rel, col.rel, col.col) AS sql FROM seq s JOIN col ON col.schema = s.schema AND col.relowner = s.relowner WHERE s.ownedby IS NULL

-- kind: sequence: UNLOGGED (N23)
SELECT schema, object, format('ALTER SEQUENCE %s SET UNLOGGED', rel) AS sql FROM seq WHERE relpersistence = 'p' AND ownedby IS NULL

-- kind: sequence: dropped
SELECT schema, object, format('DROP SEQUENCE %s CASCADE', rel) AS sql FROM seq WHERE deptype IS DISTINCT FROM 'i'

-- kind: sequence: added
SELECT schema, 'by_hand' AS object, format('CREATE SEQUENCE %I.by_hand', schema) AS sql FROM ns

-- kind: sequence: comment (N26)
SELECT schema, object, format('COMMENT ON SEQUENCE %s IS %L', rel, 'by hand ' || n) AS sql FROM seq, dice

-- kind: composite: comment on an attribute (N26)
SELECT schema, object, format('COMMENT ON COLUMN %s.%I IS %L', typ, attname, 'by hand ' || n) AS sql FROM typ JOIN pg_attribute a ON a.attrelid = typrelid AND NOT attisdropped, dice WHERE typtype = 'c'

-- kind: domain: comment on a check (N26)
SELECT schema, object, format('COMMENT ON CONSTRAINT %I ON DOMAIN %s IS %L', conname, typ, 'by hand ' || n) AS sql FROM typ JOIN pg_constraint k ON k.contypid = typ.oid, dice

-- kind: domain: check renamed (N24)
SELECT schema, object, format('ALTER DOMAIN %s RENAME CONSTRAINT %I TO by_hand', typ, conname) AS sql FROM typ JOIN pg_constraint k ON k.contypid = typ.oid
