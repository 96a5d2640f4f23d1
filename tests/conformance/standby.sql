-- The same, seen from the standby.

CREATE TABLE seen (id int PRIMARY KEY, v text);
INSERT INTO seen VALUES (1, 'a'), (2, 'b'), (3, 'c');
CREATE INDEX seen_v ON seen (v);
CREATE TABLE counted (id serial PRIMARY KEY, v text);
INSERT INTO counted (v) VALUES ('x');

-- on standby
-- parameter in_hot_standby
-- parameter default_transaction_read_only
SELECT * FROM seen ORDER BY id;
SELECT v FROM seen WHERE id = 2;
SELECT id FROM seen WHERE v = 'c';
SELECT count(*), max(id) FROM seen;
SELECT s.v, c.v FROM seen s JOIN counted c ON c.id = s.id;
SELECT pg_is_in_recovery();
SHOW transaction_read_only;
SHOW in_hot_standby;
SHOW default_transaction_read_only;
SELECT pg_last_wal_replay_lsn() IS NOT NULL, pg_last_wal_receive_lsn() IS NOT NULL, pg_last_xact_replay_timestamp() IS NOT NULL;
SELECT pg_last_wal_replay_lsn() <= pg_last_wal_receive_lsn();

-- Every kind of write.
INSERT INTO seen VALUES (4, 'd');
INSERT INTO seen VALUES (1, 'x') ON CONFLICT DO NOTHING;
INSERT INTO counted (v) VALUES ('y') RETURNING id;
UPDATE seen SET v = 'x';
UPDATE seen SET v = 'x' WHERE id = 99;
DELETE FROM seen;
DELETE FROM seen WHERE false;
TRUNCATE seen;
CREATE TABLE no (a int);
CREATE TABLE IF NOT EXISTS seen (a int);
DROP TABLE seen;
DROP TABLE IF EXISTS nosuch;
ALTER TABLE seen ADD COLUMN w int;
CREATE INDEX ON seen (id);
DROP INDEX seen_v;
CREATE SEQUENCE s;
SELECT nextval('counted_id_seq');
SELECT setval('counted_id_seq', 5);
COPY seen FROM STDIN;
9	x
\.
CREATE ROLE somebody;
ALTER SYSTEM SET work_mem = '8MB'; SELECT 1;
SELECT pg_current_wal_lsn();
SELECT pg_current_wal_insert_lsn();
VACUUM seen;
ANALYZE seen;
CHECKPOINT;

-- What is wrong otherwise is said first.
INSERT INTO nosuch VALUES (1);
INSERT INTO seen VALUES ('x', 'y');
INSERT INTO seen (nosuch) VALUES (1);
UPDATE seen SET nosuch = 1;
INSERT syntax error;
SELECT nosuch FROM seen;

-- Transactions.
BEGIN;
SELECT count(*) FROM seen;
INSERT INTO seen VALUES (5, 'e');
SELECT 1;
COMMIT;
BEGIN READ WRITE;
BEGIN READ ONLY;
SELECT count(*) FROM seen;
COMMIT;
BEGIN;
SET TRANSACTION READ WRITE;
ROLLBACK;
SET transaction_read_only = off;
SET default_transaction_read_only = off;
SHOW transaction_read_only;
INSERT INTO seen VALUES (6, 'f');
BEGIN;
SAVEPOINT s;
DELETE FROM seen;
ROLLBACK TO s;
SELECT count(*) FROM seen;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1;
ROLLBACK;

-- Reading in all ways.
PREPARE r (int) AS SELECT v FROM seen WHERE id = $1;
EXECUTE r (1);
PREPARE w (int) AS INSERT INTO seen VALUES ($1, 'x');
EXECUTE w (7);
-- params int4:2
SELECT v FROM seen WHERE id = $1;
-- params :7
INSERT INTO seen VALUES ($1, 'x');
-- describe
INSERT INTO seen VALUES ($1, $2) RETURNING id;
COPY seen TO STDOUT;
BEGIN; DECLARE c CURSOR FOR SELECT id FROM seen ORDER BY id; FETCH ALL FROM c; COMMIT;
SET application_name = 'reader';
SHOW application_name;

-- What the primary does shows, and its order holds.
-- on primary
SHOW transaction_read_only;
SELECT pg_is_in_recovery();
-- parameter in_hot_standby
INSERT INTO seen VALUES (10, 'new');
UPDATE seen SET v = 'changed' WHERE id = 1;
DELETE FROM seen WHERE id = 2;
-- on standby
SELECT * FROM seen ORDER BY id;
-- on primary
ALTER TABLE seen ADD COLUMN w int DEFAULT 7;
-- on standby
SELECT * FROM seen ORDER BY id;
EXECUTE r (1);
-- on primary
TRUNCATE seen;
-- on standby
SELECT count(*) FROM seen;
-- on primary
DROP TABLE seen;
-- on standby
SELECT * FROM seen;
EXECUTE r (1);
-- on primary
BEGIN;
INSERT INTO counted (v) VALUES ('not committed');
-- on standby
SELECT count(*) FROM counted;
-- on primary
COMMIT;
-- on standby
SELECT count(*) FROM counted;
SELECT v FROM counted ORDER BY id;
