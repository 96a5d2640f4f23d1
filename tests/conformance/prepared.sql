-- Prepared statements and parameters, by SQL and by the extended protocol.

CREATE TABLE kv (k int PRIMARY KEY, v text, b bigint, f float8, ok bool, raw bytea, at timestamptz, s smallint, vc varchar(5), j jsonb);
INSERT INTO kv VALUES (1, 'one', 10, 1.5, true, '\x01', '2026-01-01 00:00:00+00', 1, 'v1', '{}'), (2, 'two', 20, 2.5, false, '\x02', '2026-01-02 00:00:00+00', 2, 'v2', '[]');

-- By SQL.
PREPARE get (int) AS SELECT v FROM kv WHERE k = $1;
EXECUTE get (1);
EXECUTE get(2);
EXECUTE get ('2');
EXECUTE get (1 + 1);
EXECUTE get ('x');
EXECUTE get;
EXECUTE get (1, 2);
PREPARE get (int) AS SELECT 1;
PREPARE untyped AS SELECT k FROM kv WHERE v = $1 AND b > $2;
EXECUTE untyped ('two', 5);
PREPARE ins (int, text) AS INSERT INTO kv (k, v) VALUES ($1, $2) RETURNING k;
EXECUTE ins (3, 'three');
EXECUTE ins (3, 'three');
PREPARE none AS SELECT 42;
EXECUTE none;
EXECUTE none (1);
EXECUTE nosuch (1);
DEALLOCATE get;
EXECUTE get (1);
DEALLOCATE get;
DEALLOCATE PREPARE none;
PREPARE bad AS SELECT nosuch FROM kv;
PREPARE bad AS CREATE TABLE x (a int);
PREPARE bad (nosuchtype) AS SELECT $1;
PREPARE bad AS SELECT $1;
EXECUTE bad ('text');
SELECT $1;
DEALLOCATE ALL;
EXECUTE ins (4, 'x');

-- By the protocol: parameters with types.
-- params int4:1
SELECT v FROM kv WHERE k = $1;
-- params int8:1
SELECT v FROM kv WHERE k = $1;
-- params int2:2
SELECT v FROM kv WHERE b / 10 = $1;
-- params text:two
SELECT k FROM kv WHERE v = $1;
-- params varchar:two
SELECT k FROM kv WHERE v = $1;
-- params float8:2.5
SELECT k FROM kv WHERE f = $1;
-- params bool:true
SELECT k FROM kv WHERE ok = $1;
-- params bytea:\x02
SELECT k FROM kv WHERE raw = $1;
-- params 'timestamptz:2026-01-02 00:00:00+00'
SELECT k FROM kv WHERE at = $1;
-- params int4:\N
SELECT $1 IS NULL AS is_null;
-- params int4:1 int4:2
SELECT $1 + $2 AS sum, $2 AS two, $1 AS one;
-- params numeric:1.25
SELECT $1 * 2 AS twice;

-- Parameters without types: the server finds out.
-- params :1
SELECT v FROM kv WHERE k = $1;
-- params :two
SELECT k FROM kv WHERE v = $1;
-- params :2
SELECT k FROM kv ORDER BY k LIMIT $1;
-- params :1 :1
SELECT k FROM kv ORDER BY k LIMIT $1 OFFSET $2;
-- params :5
SELECT $1;
-- params :5
SELECT $1 AS text_it_is, pg_typeof($1);
-- params :5
SELECT $1 + 1;
-- params :5
SELECT $1::int;
-- params :5 :6
SELECT $1 = $2;
-- params :5 :6
SELECT $1 + $2;
-- params :{1,2,7}
SELECT k FROM kv WHERE k = ANY($1) ORDER BY k;
-- params :{one,two}
SELECT k FROM kv WHERE v = ANY($1) ORDER BY k;
-- params :1 :2
SELECT k FROM kv WHERE k IN ($1, $2) ORDER BY k;
-- params :o%
SELECT k FROM kv WHERE v LIKE $1;
-- params :t
SELECT k FROM kv WHERE ok = $1 AND k < 3;
-- params :10 :ten :100 :1.25 :f ':\x0a' ':2026-05-05 05:05:05Z' :3 :vc ':{"a": 1}'
INSERT INTO kv VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *;
-- params :x :10
UPDATE kv SET v = $1 WHERE k = $2;
-- params :10
DELETE FROM kv WHERE k = $1 RETURNING v;
-- params :1 :up
INSERT INTO kv (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v || $2 RETURNING v;
-- params :1
SELECT CASE WHEN $1 = 1 THEN 'one' ELSE 'other' END;
-- params :x
SELECT COALESCE($1, 'y');
-- params :3 :1
SELECT GREATEST($1, 2, $2);
-- params
SELECT 1 AS no_parameters;

-- What goes wrong with parameters.
-- params :x
SELECT v FROM kv WHERE k = $1;
-- params int4:x
SELECT $1;
-- params int4:99999999999
SELECT $1;
-- params bool:maybe
SELECT $1;
-- params 'timestamptz:tomorrow or so'
SELECT $1;
-- params :1
SELECT v FROM kv WHERE k = $2;
-- params
SELECT $1;
-- params :1
SELECT 1;
-- params :1 :2
SELECT $1;
-- params text:1
SELECT v FROM kv WHERE k = $1;
-- params bool:t
SELECT v FROM kv WHERE k = $1;
-- params :1
SELECT $0;
-- params :1
SELECT nosuch FROM kv WHERE k = $1;
-- params :1
SELECT 1; SELECT 2;
-- params :1
SELECT v FROM kv WHERE k = $1 AND v = $1;
-- params :123456
UPDATE kv SET vc = $1 WHERE k = 1;
-- params :1
INSERT INTO kv (k) VALUES ($1);
-- params
;
-- params
/* empty */;
-- params :1
CREATE TABLE x (a int DEFAULT $1);

-- Binary parameters and results.
-- params binary int2:1
-- binary
SELECT k, v FROM kv WHERE k = $1;
-- params binary int4:1
-- binary
SELECT k, v, b, f, ok, raw, at, s, vc, j FROM kv WHERE k = $1;
-- params binary int8:20
-- binary
SELECT b, b + $1 FROM kv WHERE b = $1;
-- params binary float8:2.5
-- binary
SELECT f FROM kv WHERE f = $1;
-- params binary text:two
-- binary
SELECT k FROM kv WHERE v = $1;
-- params binary bool:t
-- binary
SELECT ok FROM kv WHERE ok = $1 AND k < 3;
-- params binary bytea:02
-- binary
SELECT raw FROM kv WHERE raw = $1;
-- params binary timestamptz:820540800000000
-- binary
SELECT at FROM kv WHERE at = $1;
-- params binary jsonb:[1]
SELECT $1;
-- params binary int4:\N
-- binary
SELECT $1;
-- params binary raw:0001
SELECT v FROM kv WHERE k = $1;
-- params binary raw:00000001
SELECT v FROM kv WHERE k = $1;
-- params binary raw:000000000000000001
SELECT v FROM kv WHERE k = $1;
-- params binary raw:ff
SELECT k FROM kv WHERE v = $1;
-- params binary raw:00000000000000000000000100
SELECT v FROM kv WHERE f = $1;
-- binary
SELECT 1, 2::int2, 3::int8, 1.5::float8, true, 'text', 'x'::varchar, '\xff'::bytea, NULL;
-- binary
SELECT 1.5, 12345.678, -0.001;
-- binary
SELECT count(*), sum(k), avg(k) FROM kv WHERE k < 3;
-- binary
SHOW server_encoding;

-- Described, not executed.
-- describe
SELECT k, v FROM kv WHERE k = $1;
-- describe
SELECT * FROM kv;
-- describe
INSERT INTO kv (k, v) VALUES ($1, $2);
-- describe
INSERT INTO kv (k, v, b) VALUES ($1, $2, $3) RETURNING k, b + $4 AS more;
-- describe
UPDATE kv SET v = $1, f = $2 WHERE k = $3 AND ok = $4;
-- describe
DELETE FROM kv WHERE k = ANY($1);
-- describe
SELECT $1;
-- describe
SELECT $1::int + $2;
-- describe
SELECT k FROM kv LIMIT $1 OFFSET $2;
-- describe
SELECT count(*), sum(b), avg(f), max(v) FROM kv WHERE at > $1;
-- params int8:1
-- describe
SELECT v FROM kv WHERE k = $1;
-- describe
BEGIN;
-- describe
CREATE TABLE never (a int);
-- describe
SHOW TimeZone;
-- describe
;
-- describe
SELECT $1 + $2;
-- describe
SELECT nosuch;
-- describe
SELECT k FROM kv WHERE upper(v) = $1 AND length($2) = 1;
-- describe
VALUES ($1, $2::int);

-- Named statements of the protocol.
-- prepare p1 int4
SELECT v FROM kv WHERE k = $1;
-- execute p1 int4:1
-- execute p1 :2
-- execute p1 binary int4:2
-- execute p1 results binary :2
-- execute p1 :99
-- execute p1 :x
-- execute p1
-- execute p1 :1 :2
-- describe p1
-- prepare p1
SELECT 1;
-- prepare p2
INSERT INTO kv (k, v) VALUES ($1, $2) RETURNING k;
-- execute p2 :50 :fifty
-- execute p2 :50 :fifty
-- describe p2
-- execute nosuch
-- describe nosuch
-- prepare p3
SELECT nosuch;
-- execute p3
DEALLOCATE p1;
-- execute p1 :1
EXECUTE p2 (51, 'mixed');
PREPARE by_sql (int) AS SELECT v FROM kv WHERE k = $1;
-- execute by_sql :1
-- describe by_sql
BEGIN;
-- execute by_sql :1
SELECT 1/0;
-- execute by_sql :1
-- prepare p4
SELECT 1;
ROLLBACK;
-- execute by_sql :1

-- A table that changes under a prepared statement.
CREATE TABLE moving (a int PRIMARY KEY, b text);
INSERT INTO moving VALUES (1, 'x');
-- prepare m1
SELECT a FROM moving;
-- prepare m2
SELECT * FROM moving;
-- execute m1
-- execute m2
ALTER TABLE moving ADD COLUMN c int DEFAULT 7;
-- execute m1
-- execute m2
DROP TABLE moving;
-- execute m1
CREATE TABLE moving (a int PRIMARY KEY);
INSERT INTO moving VALUES (5);
-- execute m1

-- Pipelines: several statements before one Sync; what follows an error is skipped up to the Sync.
-- pipeline
-- params :1
SELECT v FROM kv WHERE k = $1;
-- params :2
SELECT v FROM kv WHERE k = $1;
-- end
-- pipeline
INSERT INTO kv (k) VALUES (60);
SELECT 1/0;
INSERT INTO kv (k) VALUES (61);
-- sync
SELECT count(*) FROM kv WHERE k >= 60;
-- end
-- pipeline
BEGIN;
INSERT INTO kv (k) VALUES (62);
COMMIT;
-- sync
SELECT count(*) FROM kv WHERE k >= 60;
-- end
-- pipeline
BEGIN;
INSERT INTO kv (k) VALUES (63);
SELECT nosuch;
COMMIT;
-- sync
SELECT 1;
-- sync
ROLLBACK;
-- sync
SELECT count(*) FROM kv WHERE k >= 60;
-- end
-- pipeline
INSERT INTO kv (k) VALUES (64);
INSERT INTO kv (k) VALUES (65);
-- sync
INSERT INTO kv (k) VALUES (66);
INSERT INTO kv (k) VALUES (66);
-- sync
SELECT k FROM kv WHERE k >= 64 ORDER BY k;
-- end
