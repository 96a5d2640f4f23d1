-- Making, changing and dropping tables, and what PostgreSQL says when that does not work.

CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT);
INSERT INTO users (name) VALUES ('Alice');
INSERT INTO users (name) VALUES ('Bob');
SELECT * FROM users;
CREATE TABLE users (id int);
CREATE TABLE IF NOT EXISTS users (id int);
DROP TABLE nobody;
DROP TABLE IF EXISTS nobody;
DROP TABLE IF EXISTS nobody, nothing;
DROP TABLE users;
SELECT * FROM users;

-- Kinds of columns.
CREATE TABLE kinds (a smallint, b integer, c bigint, d text, e varchar(5), f boolean, g double precision, h bytea, i timestamptz, j jsonb, k varchar);
SELECT * FROM kinds;
CREATE TABLE aliases (a int2, b int4, c int8, d int, e character varying(7), f bool, g float8, h float(53), i timestamp with time zone, j decimal_thing);
CREATE TABLE aliases (a int2, b int4, c int8, d int, e character varying(7), f bool, g float8, h float(53), i timestamp with time zone);
SELECT * FROM aliases;
INSERT INTO kinds VALUES (1, 2, 3, 'four', 'five', true, 7.5, '\x08', '2026-01-02 03:04:05+00', '{"ten": 10}', 'eleven');
SELECT * FROM kinds;
INSERT INTO kinds DEFAULT VALUES;
SELECT * FROM kinds ORDER BY a;
CREATE TABLE bad (a nosuchtype);
CREATE TABLE bad (a varchar(0));
CREATE TABLE bad (a varchar(10485761));
CREATE TABLE bad (a int, a text);
CREATE TABLE bad (a int, b int, PRIMARY KEY (c));
CREATE TABLE bad (a int PRIMARY KEY, b int PRIMARY KEY);
CREATE TABLE bad (a int PRIMARY KEY, PRIMARY KEY (a));
CREATE TABLE bad (a int, PRIMARY KEY (a, a));
CREATE TABLE bad (a int UNIQUE, UNIQUE (b));
CREATE TABLE bad (a int NULL NOT NULL);
CREATE TABLE bad (a int DEFAULT 'x');
CREATE TABLE bad (a int DEFAULT b);
CREATE TABLE bad (a int DEFAULT 1 DEFAULT 2);
CREATE TABLE bad (a serial DEFAULT 3);
CREATE TABLE bad (a text GENERATED ALWAYS AS IDENTITY);
CREATE TABLE bad (a serial GENERATED ALWAYS AS IDENTITY);
CREATE TABLE nosuchschema.t (a int);
CREATE TABLE bad (a int,);
CREATE TABLE bad a int;
CREATE TABLE (a int);
CREATE TABLE pg_catalog.mine (a int);

-- Defaults.
CREATE TABLE defaults (id int PRIMARY KEY, n int DEFAULT 7, t text DEFAULT 'none', b bool DEFAULT true, f float8 DEFAULT 1.5, neg int DEFAULT -3, e int DEFAULT 2 + 3 * 4, u text DEFAULT upper('x'), nul int DEFAULT NULL, c bigint DEFAULT '12');
INSERT INTO defaults (id) VALUES (1);
SELECT * FROM defaults;
INSERT INTO defaults VALUES (2, DEFAULT, DEFAULT, false);
INSERT INTO defaults (id, n, t) VALUES (3, NULL, DEFAULT);
INSERT INTO defaults (id, n) VALUES (4, DEFAULT), (5, 50);
SELECT * FROM defaults ORDER BY id;
UPDATE defaults SET n = DEFAULT, t = DEFAULT WHERE id = 5;
SELECT id, n, t FROM defaults WHERE id = 5;
CREATE TABLE stamps (id int PRIMARY KEY, at timestamptz DEFAULT now(), made timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO stamps (id) VALUES (1);
SELECT id, at IS NOT NULL AS a, made IS NOT NULL AS m, at = made AS same FROM stamps;

-- NOT NULL.
CREATE TABLE strict (id int PRIMARY KEY, a text NOT NULL, b int NOT NULL DEFAULT 0);
INSERT INTO strict VALUES (1, 'x');
INSERT INTO strict VALUES (2, NULL);
INSERT INTO strict (id) VALUES (3);
INSERT INTO strict VALUES (4, 'x', NULL);
INSERT INTO strict VALUES (NULL, 'x', 1);
INSERT INTO strict (a) VALUES ('no id');
UPDATE strict SET a = NULL;
UPDATE strict SET a = NULL WHERE id = 99;
SELECT * FROM strict;

-- Primary keys: of the column, of the table, of several columns, named, of texts.
CREATE TABLE pk_table (a int, b text, PRIMARY KEY (a));
INSERT INTO pk_table VALUES (1, 'x');
INSERT INTO pk_table VALUES (1, 'y');
CREATE TABLE pk_two (a int, b text, c int, PRIMARY KEY (a, b));
INSERT INTO pk_two VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 3);
INSERT INTO pk_two VALUES (1, 'y', 9);
INSERT INTO pk_two VALUES (3, NULL, 9);
INSERT INTO pk_two (b, c) VALUES ('z', 9);
SELECT * FROM pk_two ORDER BY a, b;
CREATE TABLE pk_named (a int CONSTRAINT my_key PRIMARY KEY, b int);
INSERT INTO pk_named VALUES (1, 1);
INSERT INTO pk_named VALUES (1, 2);
CREATE TABLE pk_named2 (a int, b int, CONSTRAINT other_key PRIMARY KEY (b, a));
INSERT INTO pk_named2 VALUES (1, 2);
INSERT INTO pk_named2 VALUES (1, 2);
CREATE TABLE pk_text (k text PRIMARY KEY, v text);
INSERT INTO pk_text VALUES ('', 'empty'), ('a', 'letter'), ('A', 'capital'), ('ä', 'umlaut'), ('a b', 'blank');
INSERT INTO pk_text VALUES ('a', 'again');
INSERT INTO pk_text VALUES ('', 'again');
SELECT * FROM pk_text ORDER BY k;
CREATE TABLE no_key (a int, b text);
INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
SELECT * FROM no_key ORDER BY a;
DELETE FROM no_key WHERE a = 1;
SELECT count(*) FROM no_key;

-- UNIQUE: in the column, in the table, named, with NULLs.
CREATE TABLE uniq (id int PRIMARY KEY, email text UNIQUE, a int, b int, UNIQUE (a, b));
INSERT INTO uniq VALUES (1, 'a@x', 1, 1), (2, 'b@x', 1, 2), (3, NULL, NULL, 1), (4, NULL, NULL, 1);
INSERT INTO uniq VALUES (5, 'a@x', 5, 5);
INSERT INTO uniq VALUES (5, 'e@x', 1, 2);
INSERT INTO uniq VALUES (1, 'a@x', 9, 9);
UPDATE uniq SET email = 'a@x' WHERE id = 2;
UPDATE uniq SET email = 'a@x' WHERE id = 1;
UPDATE uniq SET b = 1 WHERE id = 2;
SELECT * FROM uniq ORDER BY id;
CREATE TABLE uniq_named (id int PRIMARY KEY, x text CONSTRAINT x_once UNIQUE);
INSERT INTO uniq_named VALUES (1, 'a');
INSERT INTO uniq_named VALUES (2, 'a');

-- CREATE INDEX.
CREATE INDEX ON uniq (a);
CREATE INDEX uniq_by_b ON uniq (b);
CREATE INDEX uniq_by_b ON uniq (b);
CREATE INDEX IF NOT EXISTS uniq_by_b ON uniq (b);
CREATE INDEX bad_index ON uniq (nosuch);
CREATE INDEX bad_index ON nosuch (a);
CREATE UNIQUE INDEX pk_two_c ON pk_two (c);
INSERT INTO pk_two VALUES (7, 'z', 1);
INSERT INTO pk_two VALUES (7, 'z', 7);
CREATE UNIQUE INDEX too_late ON no_key (b);
INSERT INTO no_key VALUES (2, 'y'), (3, 'y');
CREATE UNIQUE INDEX too_late2 ON no_key (b);
SELECT * FROM uniq WHERE b = 1 ORDER BY id;
SELECT * FROM uniq WHERE a = 1 AND b = 2;
DROP INDEX uniq_by_b;
DROP INDEX uniq_by_b;
DROP INDEX IF EXISTS uniq_by_b;
SELECT * FROM uniq WHERE b = 1 ORDER BY id;
DROP INDEX uniq_email_key;
DROP TABLE uniq_by_c;
CREATE INDEX uniq_by_c ON uniq (a);
DROP TABLE uniq_by_c;
DROP INDEX uniq;

-- ALTER TABLE ADD COLUMN.
CREATE TABLE grows (id int PRIMARY KEY, a text);
INSERT INTO grows VALUES (1, 'one'), (2, 'two');
ALTER TABLE grows ADD COLUMN b int;
SELECT * FROM grows ORDER BY id;
ALTER TABLE grows ADD c text DEFAULT 'new';
SELECT * FROM grows ORDER BY id;
ALTER TABLE grows ADD COLUMN d int NOT NULL DEFAULT 4;
INSERT INTO grows VALUES (3, 'three', 3, 'c');
INSERT INTO grows (id) VALUES (4);
UPDATE grows SET b = 22 WHERE id = 2;
SELECT * FROM grows ORDER BY id;
ALTER TABLE grows ADD COLUMN d int;
ALTER TABLE grows ADD COLUMN IF NOT EXISTS d int;
ALTER TABLE grows ADD COLUMN e int NOT NULL;
ALTER TABLE grows ADD COLUMN e nosuchtype;
ALTER TABLE nosuch ADD COLUMN e int;
ALTER TABLE IF EXISTS nosuch ADD COLUMN e int;
SELECT b, c, d FROM grows WHERE c = 'new' AND d = 4 ORDER BY id;
ALTER TABLE grows ADD COLUMN f bool DEFAULT true, ADD COLUMN g float8;
SELECT f, g FROM grows WHERE id = 1;

-- Names: folded, quoted, long.
CREATE TABLE MixedCase (Id int PRIMARY KEY, "Camel" text);
INSERT INTO mixedcase (ID, "Camel") VALUES (1, 'x');
SELECT id, "Camel" FROM MIXEDCASE;
SELECT camel FROM mixedcase;
CREATE TABLE "Quoted Table" ("select" int PRIMARY KEY, "a""b" text);
INSERT INTO "Quoted Table" VALUES (1, 'q');
SELECT * FROM "Quoted Table";
SELECT "select", "a""b" FROM "Quoted Table" WHERE "select" = 1;
INSERT INTO "Quoted Table" VALUES (1, 'q');
SELECT * FROM QuotedTable;
CREATE TABLE public.qualified (a int PRIMARY KEY);
SELECT * FROM public.qualified;
SELECT public.qualified.a, qualified.a FROM public.qualified;
SELECT a AS a_name_that_is_very_long_indeed_and_longer_than_sixty_three_characters_all_in_all FROM qualified;

-- Several tables at once, and in a transaction.
CREATE TABLE one (a int); CREATE TABLE two (a int);
DROP TABLE one, two;
DROP TABLE one, two;
BEGIN;
CREATE TABLE temporary_thought (a int PRIMARY KEY);
INSERT INTO temporary_thought VALUES (1);
SELECT * FROM temporary_thought;
ROLLBACK;
SELECT * FROM temporary_thought;
BEGIN; CREATE TABLE stays (a int); INSERT INTO stays VALUES (5); COMMIT;
SELECT * FROM stays;
BEGIN;
DROP TABLE stays;
SELECT * FROM stays;
ROLLBACK;
SELECT * FROM stays;
DROP TABLE stays CASCADE;
CREATE TABLE IF NOT EXISTS stays (b text);
INSERT INTO stays VALUES ('another one');
SELECT * FROM stays;
DROP TABLE stays RESTRICT;
