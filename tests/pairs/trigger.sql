-- pair: a trigger
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- after
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
COMMENT ON TRIGGER touch ON app.item IS 'touches';

-- pair: a trigger with its function
-- both
CREATE TABLE app.item (id int, v text);
-- after
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();

-- pair: when it fires
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- before
CREATE TRIGGER touch BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
-- after
CREATE TRIGGER touch AFTER UPDATE OF v OR DELETE ON app.item FOR EACH STATEMENT EXECUTE FUNCTION app.touch();

-- pair: a condition and arguments
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- before
CREATE TRIGGER touch BEFORE UPDATE ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch('a');
-- after
CREATE TRIGGER touch BEFORE UPDATE ON app.item FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION app.touch('b', E'c\\d''e');

-- pair: transition tables
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- after
CREATE TRIGGER touch AFTER UPDATE ON app.item REFERENCING OLD TABLE AS was NEW TABLE AS "Is" FOR EACH STATEMENT EXECUTE FUNCTION app.touch();

-- pair: a constraint trigger
-- both
CREATE TABLE app.other (id int);
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- before
CREATE CONSTRAINT TRIGGER touch AFTER INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
-- after
CREATE CONSTRAINT TRIGGER touch AFTER INSERT ON app.item FROM app.other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touch();

-- pair: how it is switched
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER b BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
-- before
ALTER TABLE app.item DISABLE TRIGGER a;
-- after
ALTER TABLE app.item ENABLE ALWAYS TRIGGER a, ENABLE REPLICA TRIGGER b;

-- pair: another function
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION app.two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- before
CREATE TRIGGER touch BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.one();
-- after
CREATE TRIGGER touch BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.two();

-- pair: the function goes and another comes
-- both
CREATE TABLE app.item (id int, v text);
-- before
CREATE FUNCTION app.one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.one();
-- after
CREATE FUNCTION app.two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.two();

-- pair: a trigger by another name
-- both
CREATE TABLE app.item (id int, v text);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- before
CREATE TRIGGER "this (one)" BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();
-- after
CREATE TRIGGER "that ""one""" BEFORE INSERT ON app.item FOR EACH ROW EXECUTE FUNCTION app.touch();

-- pair: a rule
-- both
CREATE TABLE app.log (id int);
CREATE TABLE app.item (id int, v text);
-- before
CREATE RULE r AS ON UPDATE TO app.item DO ALSO INSERT INTO app.log VALUES (new.id);
-- after
CREATE RULE r AS ON UPDATE TO app.item WHERE new.id > 5 DO INSTEAD (INSERT INTO app.log VALUES (old.id); DELETE FROM app.log WHERE id = 3);
COMMENT ON RULE r ON app.item IS 'a rule';

-- pair: how a rule is switched
-- both
CREATE TABLE app.item (id int, v text);
CREATE RULE r AS ON UPDATE TO app.item DO INSTEAD NOTHING;
-- after
ALTER TABLE app.item DISABLE RULE r;

-- pair: a rule of tables that come too
-- both
CREATE TABLE app.item (id int, v text);
-- after
CREATE TABLE app.log (id int);
CREATE RULE r AS ON INSERT TO app.item DO ALSO INSERT INTO app.log VALUES (new.id);

-- pair: a policy
-- both
CREATE TABLE app.item (id int, owner_name text);
-- after
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.item FOR UPDATE TO pair_reader, pair_writer USING (owner_name = current_user) WITH CHECK (id > 0);
COMMENT ON POLICY mine ON app.item IS 'only mine';

-- pair: another condition of a policy
-- both
CREATE TABLE app.item (id int, owner_name text);
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY;
-- before
CREATE POLICY mine ON app.item USING (owner_name = current_user);
-- after
CREATE POLICY mine ON app.item AS RESTRICTIVE FOR SELECT TO pair_reader USING (owner_name = session_user AND id > 0);

-- pair: the roles of a policy
-- both
CREATE TABLE app.item (id int);
-- before
CREATE POLICY p ON app.item TO pair_reader USING (true);
-- after
CREATE POLICY p ON app.item TO pair_writer, "Pair's ""role""" USING (true);

-- pair: a policy that asks another table
-- both
CREATE TABLE app.item (id int);
-- after
CREATE TABLE app.member (who text, item int);
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON app.item USING (EXISTS (SELECT FROM app.member m WHERE m.item = item.id AND m.who = current_user));

-- pair: a policy that calls a function
-- both
CREATE TABLE app.item (id int);
-- after
CREATE FUNCTION app.may_see(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE POLICY seen ON app.item USING (app.may_see(id));

-- pair: the function of a policy
-- both
CREATE TABLE app.item (id int);
-- before
CREATE FUNCTION app.may_see(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE POLICY seen ON app.item USING (app.may_see(id));
-- after
CREATE FUNCTION app.may_see(bigint) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE POLICY seen ON app.item USING (app.may_see(id));

-- pair: statistics
-- both
CREATE TABLE app.item (a int, b int, c text);
-- before
CREATE STATISTICS app.s (ndistinct) ON a, b FROM app.item;
-- after
CREATE STATISTICS app.s (dependencies, mcv) ON a, b FROM app.item;
ALTER STATISTICS app.s SET STATISTICS 500;
COMMENT ON STATISTICS app.s IS 'both';

-- pair: statistics of expressions
-- both
CREATE TABLE app.item (a int, b int, c text);
-- after
CREATE STATISTICS app.s ON (a + b), lower(c) FROM app.item;
CREATE STATISTICS app."One (expression)" ON (a % 10) FROM app.item;

-- pair: statistics in another schema
-- both
CREATE SCHEMA app_two;
CREATE TABLE app.item (a int, b int, c text);
-- after
CREATE STATISTICS app_two.s ON a, b FROM app.item;

-- pair: the owner of statistics
-- both
CREATE TABLE app.item (a int, b int, c text);
CREATE STATISTICS app.s ON a, b FROM app.item;
-- after
ALTER STATISTICS app.s OWNER TO pair_owner;
