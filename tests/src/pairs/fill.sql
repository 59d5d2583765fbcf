-- Puts rows into every table that has none, with values by type, and moves every sequence on.
CREATE FUNCTION pg_temp.value_of(wanted oid, number int) RETURNS text LANGUAGE plpgsql AS $value$
DECLARE
    t pg_type;
BEGIN
    SELECT * INTO t FROM pg_type WHERE oid = wanted;
    CASE
        WHEN t.typtype = 'd' THEN RETURN pg_temp.value_of(t.typbasetype, number);
        WHEN t.typtype = 'e' THEN
            RETURN (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = wanted ORDER BY enumsortorder LIMIT 1);
        WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN
            RETURN format('ARRAY[%s]::%s', pg_temp.value_of(t.typelem, number), format_type(wanted, NULL));
        WHEN t.typtype = 'c' THEN
            RETURN format('ROW(%s)::%s',
                (SELECT string_agg(pg_temp.value_of(atttypid, number), ', ' ORDER BY attnum)
                 FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped),
                format_type(wanted, NULL));
        WHEN t.typtype = 'r' THEN
            RETURN format('%s(%s, %s)', wanted::regtype,
                pg_temp.value_of((SELECT rngsubtype FROM pg_range WHERE rngtypid = wanted), number * 10),
                pg_temp.value_of((SELECT rngsubtype FROM pg_range WHERE rngtypid = wanted), number * 10 + 5));
        WHEN t.typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money', 'oid') THEN RETURN format('%s', number);
        WHEN t.typname IN ('text', 'varchar', 'bpchar', 'name', 'citext') THEN RETURN quote_literal(number::text);
        WHEN t.typname = 'char' THEN RETURN quote_literal(number % 10);
        WHEN t.typname = 'bool' THEN RETURN 'true';
        WHEN t.typname = 'date' THEN RETURN format('date ''2024-01-01'' + %s', number);
        WHEN t.typname IN ('timestamp', 'timestamptz') THEN
            RETURN format('(timestamptz ''2024-01-01 00:00+00'' + %s * interval ''1 day'')::%s', number, t.typname);
        WHEN t.typname IN ('time', 'timetz') THEN RETURN format('''0%s:00''', number % 10);
        WHEN t.typname = 'interval' THEN RETURN format('interval ''%s days''', number);
        WHEN t.typname = 'uuid' THEN RETURN format('md5(''%s'')::uuid', number);
        WHEN t.typname IN ('json', 'jsonb') THEN RETURN quote_literal(format('{"n": %s}', number));
        WHEN t.typname = 'bytea' THEN RETURN format('''\x0%s''', number % 10);
        WHEN t.typname IN ('inet', 'cidr') THEN RETURN format('''10.0.0.%s''', number);
        WHEN t.typname = 'bit' THEN RETURN 'B''1''';
        WHEN t.typname = 'varbit' THEN RETURN 'B''101''';
        WHEN t.typname = 'tsvector' THEN RETURN quote_literal('word' || number);
        WHEN t.typname = 'xml' THEN RETURN '''<a/>''';
        WHEN t.typname = 'point' THEN RETURN format('point(%s, %s)', number, number);
        ELSE RETURN 'NULL';
    END CASE;
END $value$;

-- A part of a partitioned table may stand on a server that is not there.
CREATE FUNCTION pg_temp.has_rows(of_table oid) RETURNS boolean LANGUAGE plpgsql AS $rows$
DECLARE
    part record;
    has boolean;
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'r' AND (c.oid = of_table OR c.oid IN (SELECT relid FROM pg_partition_tree(of_table)))
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s)', part.name) INTO has;
        IF has THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $rows$;

DO $fill$
DECLARE
    of_table record;
    names text;
    given text;
    is_filled boolean;
    moves boolean := true;
BEGIN
    -- Neither triggers nor rules have a say.
    PERFORM set_config('session_replication_role', 'replica', true);
    WHILE moves LOOP
        moves := false;
        FOR of_table IN
            SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY c.oid
        LOOP
            is_filled := pg_temp.has_rows(of_table.oid);
            CONTINUE WHEN is_filled;
            FOR number IN 1..3 LOOP
                SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                       string_agg(coalesce(
                           (SELECT format('(SELECT %I FROM %s ORDER BY %s LIMIT 1 OFFSET %s)', r.attname, k.confrelid::regclass,
                                          (SELECT string_agg(quote_ident(f.attname), ', ' ORDER BY f.attnum) FROM pg_attribute f
                                           WHERE f.attrelid = k.confrelid AND f.attnum = ANY (k.confkey)), number - 1)
                            FROM pg_constraint k, unnest(k.conkey, k.confkey) AS key (here, there)
                            JOIN pg_attribute r ON r.attnum = key.there
                            WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND key.here = a.attnum AND r.attrelid = k.confrelid
                            ORDER BY k.oid LIMIT 1),
                           pg_temp.value_of(a.atttypid, number)), ', ' ORDER BY a.attnum)
                INTO names, given
                FROM pg_attribute a
                WHERE a.attrelid = of_table.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
                BEGIN
                    IF names IS NULL THEN
                        EXECUTE format('INSERT INTO %s DEFAULT VALUES', of_table.name);
                    ELSE
                        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', of_table.name, names, given);
                    END IF;
                    moves := true;
                EXCEPTION WHEN OTHERS THEN
                    -- It is told if none fits.
                    RAISE DEBUG '%: %', of_table.name, SQLERRM;
                END;
            END LOOP;
        END LOOP;
    END LOOP;
    PERFORM nextval(c.oid), nextval(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND n.nspname !~ '^pg_';
    PERFORM set_config('session_replication_role', 'origin', true);
END $fill$;
