-- UPDATE, DELETE, TRUNCATE.

CREATE TABLE stock (id int PRIMARY KEY, name text UNIQUE, n int NOT NULL, price float8, note text);
INSERT INTO stock VALUES (1, 'bolt', 10, 0.5, NULL), (2, 'nut', 20, 0.25, 'small'), (3, 'gear', 5, 12.5, 'steel'), (4, 'belt', 0, NULL, NULL), (5, 'cog', 7, 3, 'steel');

UPDATE stock SET n = n + 1 WHERE id = 1;
UPDATE stock SET n = n + 1 WHERE id = 99;
UPDATE stock SET n = n * 2;
UPDATE stock SET n = 1, note = 'one' WHERE id = 4 RETURNING *;
UPDATE stock SET n = n - 1 WHERE price > 1 RETURNING id, n AS left_over;
UPDATE stock SET note = NULL WHERE note = 'small' RETURNING note;
UPDATE stock SET n = id, id = n WHERE id = 5 RETURNING id, n;
UPDATE stock SET (n, note) = (8, 'pair') WHERE id = 3 RETURNING n, note;
UPDATE stock SET id = id + 100;
UPDATE stock SET id = id - 100;
UPDATE stock AS s SET n = s.n + 1 WHERE s.id = 1 RETURNING s.id, s.n;
UPDATE stock s SET n = n + 1 WHERE s.name LIKE 'b%' RETURNING name;
UPDATE stock SET price = DEFAULT WHERE id = 1 RETURNING price;
UPDATE stock SET name = upper(name) || '!' WHERE id IN (1, 2) RETURNING name;
SELECT * FROM stock ORDER BY id;

UPDATE stock SET id = 2 WHERE id = 1;
UPDATE stock SET name = 'gear' WHERE id = 1;
UPDATE stock SET name = name WHERE id = 1;
UPDATE stock SET n = NULL WHERE id = 1;
UPDATE stock SET n = 'many' WHERE id = 1;
UPDATE stock SET n = true WHERE id = 1;
UPDATE stock SET n = 5000000000 WHERE id = 1;
UPDATE stock SET n = n / 0 WHERE id = 1;
UPDATE stock SET n = n / 0 WHERE id = 99;
UPDATE stock SET nosuch = 1;
UPDATE stock SET stock.n = 1;
UPDATE stock SET n = 1, n = 2;
UPDATE stock SET n = nosuch;
UPDATE stock SET n = 1 WHERE nosuch = 1;
UPDATE stock SET n = 1 WHERE n;
UPDATE stock SET n = 1 WHERE id = 'x';
UPDATE nosuch SET n = 1;
UPDATE stock SET (n, note) = (1, 'a', 2);
UPDATE stock n = 1;
UPDATE stock SET n = count(*);
UPDATE stock SET n = 1 WHERE count(*) > 1;
UPDATE stock SET id = 7;
SELECT count(*) FROM stock WHERE id = 7;

DELETE FROM stock WHERE id = 1;
DELETE FROM stock WHERE id = 1;
DELETE FROM stock WHERE n > 1000;
DELETE FROM stock WHERE id = 2 RETURNING *;
DELETE FROM stock AS s WHERE s.id = 3 RETURNING s.name AS gone;
DELETE FROM stock WHERE nosuch = 1;
DELETE FROM nosuch;
DELETE FROM stock WHERE price / 0 > 1;
DELETE stock;
SELECT * FROM stock ORDER BY id;
DELETE FROM stock;
DELETE FROM stock;
SELECT count(*) FROM stock;
INSERT INTO stock VALUES (1, 'bolt', 1);
TRUNCATE TABLE stock;
SELECT count(*) FROM stock;
INSERT INTO stock VALUES (1, 'bolt', 1);
TRUNCATE stock;
TRUNCATE nosuch;
CREATE TABLE other (a int);
INSERT INTO other VALUES (1);
INSERT INTO stock VALUES (1, 'bolt', 1);
TRUNCATE stock, other;
SELECT count(*) FROM stock;
SELECT count(*) FROM other;
BEGIN;
INSERT INTO stock VALUES (1, 'bolt', 1);
TRUNCATE stock;
SELECT count(*) FROM stock;
INSERT INTO stock VALUES (1, 'nut', 1);
ROLLBACK;
SELECT count(*) FROM stock;

-- Every row once, also when the key moves under the scan.
CREATE TABLE seq (k int PRIMARY KEY, v int);
INSERT INTO seq VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5);
UPDATE seq SET k = k + 10;
SELECT * FROM seq ORDER BY k;
UPDATE seq SET k = k * 2, v = v + 1 WHERE k >= 13;
SELECT * FROM seq ORDER BY k;
DELETE FROM seq WHERE k BETWEEN 12 AND 26 RETURNING k;
SELECT * FROM seq ORDER BY k;

-- A value that depends on the old row, several at once.
CREATE TABLE swap (id int PRIMARY KEY, a int, b int);
INSERT INTO swap VALUES (1, 10, 20), (2, 30, 40);
UPDATE swap SET a = b, b = a;
SELECT * FROM swap ORDER BY id;
UPDATE swap SET a = CASE WHEN id = 1 THEN 0 ELSE a END RETURNING id, a;
UPDATE swap SET a = a + 1 WHERE a = 0 OR b = 30 RETURNING *;
UPDATE swap SET a = other.a FROM other WHERE other.a = swap.id;
DELETE FROM swap USING other WHERE other.a = swap.id;
