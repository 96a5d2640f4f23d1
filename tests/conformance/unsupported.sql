-- What PostgreSQL can do and Wallaby says clearly that it cannot: never a wrong answer, never a crash.

CREATE TABLE base (id int PRIMARY KEY, a text, n int);
INSERT INTO base VALUES (1, 'x', 1), (2, 'y', 2);

-- Types of columns.
-- refused
CREATE TABLE x (a numeric);
-- refused
CREATE TABLE x (a numeric(10, 2));
-- refused
CREATE TABLE x (a decimal);
-- refused
CREATE TABLE x (a money);
-- refused
CREATE TABLE x (a time);
-- refused
CREATE TABLE x (a interval);
-- refused
CREATE TABLE x (a uuid);
-- refused
CREATE TABLE x (a json);
-- refused
CREATE TABLE x (a xml);
-- refused
CREATE TABLE x (a int[]);
-- refused
CREATE TABLE x (a text ARRAY);
-- refused
CREATE TABLE x (a bit(3));
-- refused
CREATE TABLE x (a inet);
-- refused
CREATE TABLE x (a point);
-- refused
CREATE TABLE x (a int4range);
-- refused
CREATE TABLE x (a tsvector);

-- Tables.
-- refused
CREATE TABLE x (a int REFERENCES base);
-- refused
CREATE TABLE x (a int, FOREIGN KEY (a) REFERENCES base (id));
-- refused
CREATE TABLE x (a int CHECK (a > 0));
-- refused
CREATE TABLE x (a int, CHECK (a > 0));
-- refused
CREATE TABLE x (a int, EXCLUDE USING btree (a WITH =));
-- refused
CREATE TABLE x (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE x (a text COLLATE "C");
DROP TABLE x;
-- refused
CREATE TABLE x (LIKE base);
-- refused
CREATE TABLE x () INHERITS (base);
-- refused
CREATE TABLE x (a int) PARTITION BY RANGE (a);
-- refused
CREATE TEMP TABLE x (a int);
-- refused
CREATE UNLOGGED TABLE x (a int);
-- refused
CREATE TABLE x AS SELECT 1 AS a;
-- refused
SELECT 1 AS a INTO x;
-- refused
CREATE TABLE x (a int UNIQUE DEFERRABLE);
CREATE TABLE x (a int) WITH (fillfactor = 70);
DROP TABLE x;

-- Changes of tables.
-- refused
ALTER TABLE base RENAME TO other;
-- refused
ALTER TABLE base RENAME COLUMN a TO b;
-- refused
ALTER TABLE base ALTER COLUMN n TYPE bigint;
-- refused
ALTER TABLE base ALTER COLUMN n SET NOT NULL;
-- refused
ALTER TABLE base ALTER COLUMN n SET DEFAULT 5;
-- refused
ALTER TABLE base ADD CONSTRAINT positive CHECK (n > 0);
-- refused
ALTER TABLE base ADD FOREIGN KEY (n) REFERENCES base (id);
-- refused
ALTER TABLE base DROP CONSTRAINT base_pkey;
-- refused
ALTER TABLE base ENABLE ROW LEVEL SECURITY;

-- Other objects.
-- refused
CREATE VIEW v AS SELECT * FROM base;
-- refused
CREATE MATERIALIZED VIEW v AS SELECT * FROM base;
-- refused
CREATE SCHEMA s;
-- refused
CREATE DATABASE d;
-- refused
CREATE TYPE color AS ENUM ('red', 'green');
-- refused
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
-- refused
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- refused
CREATE TRIGGER t BEFORE INSERT ON base FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- refused
CREATE RULE r AS ON DELETE TO base DO INSTEAD NOTHING;
-- refused
CREATE PUBLICATION p FOR TABLE base;
-- refused
CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int);
-- refused
DO 'BEGIN NULL; END';
-- refused
CREATE POLICY p ON base;
-- refused
CREATE STATISTICS st ON a, n FROM base;

-- Indexes.
-- refused
CREATE INDEX ON base (lower(a));
-- refused
CREATE INDEX ON base (n) WHERE n > 1;
-- refused
CREATE INDEX ON base USING hash (n);
-- refused
CREATE INDEX ON base (n DESC);
-- refused
CREATE INDEX ON base (n) INCLUDE (a);
-- refused
CREATE INDEX CONCURRENTLY ON base (n);

-- Queries.
-- refused
SELECT row_number() OVER (ORDER BY id) FROM base;
-- refused
SELECT sum(n) OVER () FROM base;
-- refused
WITH RECURSIVE q (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM q WHERE i < 3) SELECT * FROM q;
-- refused
SELECT * FROM base TABLESAMPLE system (50);
-- refused
SELECT * FROM base b, LATERAL (SELECT b.id) s;
-- refused
SELECT n, count(*) FROM base GROUP BY ROLLUP (n);
-- refused
SELECT n, count(*) FROM base GROUP BY GROUPING SETS ((n), ());
-- refused
SELECT id FROM base ORDER BY id FETCH FIRST 1 ROW WITH TIES;
-- refused
SELECT base FROM base;
-- refused
SELECT ROW(1, 2);
SELECT ARRAY[1, 2];
-- refused
SELECT array_agg(id) FROM base;
-- refused
SELECT ('{1,2}'::int[])[1];
SELECT a COLLATE "C" FROM base ORDER BY id;
SELECT '2026-03-04 05:06:07+00'::timestamptz AT TIME ZONE 'UTC';
SELECT '{"a": 1}'::jsonb -> 'a';
-- refused
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM base;
-- refused
SELECT to_tsvector('english', 'a fat cat');

-- Changes.
-- refused
MERGE INTO base USING base b ON base.id = b.id WHEN MATCHED THEN DELETE;
-- refused
UPDATE base SET n = b.n FROM base b WHERE b.id = base.id;
-- refused
DELETE FROM base USING base b WHERE b.id = base.id;
-- refused
UPDATE base SET (a, n) = (SELECT 'x', 1);
-- refused
WITH d AS (DELETE FROM base RETURNING *) SELECT * FROM d;

-- Sessions.
-- refused
LISTEN channel;
-- refused
NOTIFY channel;
-- refused
DECLARE c CURSOR WITH HOLD FOR SELECT 1;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT 1;
ROLLBACK;
-- refused
CLUSTER base USING base_pkey;
-- refused
REINDEX TABLE base;
-- refused
SET CONSTRAINTS ALL DEFERRED;
-- refused
SELECT pg_advisory_lock(1);
-- refused
SELECT lo_create(0);

-- What these are near to, and is there.
SELECT * FROM base ORDER BY id;
ALTER TABLE base DROP COLUMN a;
SELECT * FROM base ORDER BY id;
