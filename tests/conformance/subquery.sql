-- Subqueries, common table expressions, UNION and its like.

CREATE TABLE dept (id int PRIMARY KEY, name text);
CREATE TABLE emp (id int PRIMARY KEY, dept int, name text, pay int);
INSERT INTO dept VALUES (1, 'ops'), (2, 'dev'), (3, 'none');
INSERT INTO emp VALUES (1, 1, 'Ann', 10), (2, 1, 'Bob', 20), (3, 2, 'Cid', 30), (4, 2, 'Dot', 40), (5, NULL, 'Eve', 50);

-- In FROM.
SELECT * FROM (SELECT 1 AS a, 'x' AS b) AS s;
SELECT s.a + 1 AS more FROM (SELECT id AS a FROM emp WHERE pay > 20) s ORDER BY 1;
SELECT s.dept, s.total FROM (SELECT dept, sum(pay) AS total FROM emp GROUP BY dept) s WHERE s.total > 30 ORDER BY s.dept;
SELECT d.name, s.n FROM dept d JOIN (SELECT dept, count(*) AS n FROM emp GROUP BY dept) s ON s.dept = d.id ORDER BY d.id;
SELECT d.name, s.n FROM dept d LEFT JOIN (SELECT dept, count(*) AS n FROM emp GROUP BY dept) s ON s.dept = d.id ORDER BY d.id;
SELECT count(*) FROM (SELECT DISTINCT dept FROM emp) s;
SELECT x, y FROM (VALUES (1, 'a'), (2, 'b')) AS v (x, y) ORDER BY x;
SELECT * FROM (SELECT id FROM emp ORDER BY pay DESC LIMIT 2) s ORDER BY id;
SELECT * FROM (SELECT 1);
SELECT s.nosuch FROM (SELECT 1 AS a) s;
SELECT * FROM (SELECT nosuch FROM emp) s;

-- As a value.
SELECT (SELECT max(pay) FROM emp);
SELECT (SELECT 1) + 1 AS two, (SELECT name FROM dept WHERE id = 2);
SELECT (SELECT name FROM dept WHERE id = 99) IS NULL AS nothing;
SELECT (SELECT id FROM dept);
SELECT (SELECT id, name FROM dept WHERE id = 1);
SELECT name FROM emp WHERE pay = (SELECT max(pay) FROM emp);
SELECT name FROM emp WHERE pay > (SELECT avg(pay) FROM emp) ORDER BY id;

-- IN, EXISTS, ANY, ALL.
SELECT name FROM emp WHERE dept IN (SELECT id FROM dept WHERE name = 'dev') ORDER BY id;
SELECT name FROM dept WHERE id NOT IN (SELECT dept FROM emp WHERE dept IS NOT NULL) ORDER BY id;
SELECT name FROM dept WHERE id NOT IN (SELECT dept FROM emp) ORDER BY id;
SELECT name FROM dept WHERE EXISTS (SELECT 1 FROM emp WHERE pay > 45) ORDER BY id;
SELECT name FROM dept WHERE NOT EXISTS (SELECT 1 FROM emp WHERE pay > 99) ORDER BY id;
SELECT name FROM emp WHERE pay >= ALL (SELECT pay FROM emp);
SELECT name FROM emp WHERE dept = ANY (SELECT id FROM dept) ORDER BY id;
SELECT name FROM emp WHERE dept IN (SELECT id, name FROM dept);
SELECT name FROM emp WHERE dept IN (SELECT name FROM dept);
DELETE FROM emp WHERE dept IN (SELECT id FROM dept WHERE name = 'nosuch');
UPDATE emp SET pay = pay + 1 WHERE dept IN (SELECT id FROM dept WHERE name = 'ops') RETURNING id, pay;
INSERT INTO dept SELECT id + 10, name FROM dept WHERE id < 3 RETURNING id;

-- Which look outside.
SELECT name, (SELECT count(*) FROM emp WHERE emp.dept = dept.id) AS people FROM dept ORDER BY id;
SELECT name FROM dept d WHERE EXISTS (SELECT 1 FROM emp e WHERE e.dept = d.id AND e.pay > 35) ORDER BY id;
SELECT name FROM emp e WHERE pay > (SELECT avg(pay) FROM emp f WHERE f.dept = e.dept) ORDER BY id;

-- WITH.
WITH rich AS (SELECT * FROM emp WHERE pay > 25) SELECT name FROM rich ORDER BY id;
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x FROM a, b;
WITH t (p, q) AS (SELECT id, name FROM dept) SELECT q FROM t WHERE p = 1;
WITH s AS (SELECT dept, sum(pay) AS total FROM emp GROUP BY dept) SELECT d.name, s.total FROM dept d JOIN s ON s.dept = d.id ORDER BY d.id;
WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a;
WITH a AS (SELECT nosuch) SELECT * FROM a;

-- UNION, INTERSECT, EXCEPT.
SELECT 1 AS n UNION SELECT 2 UNION SELECT 1 ORDER BY n;
SELECT 1 UNION ALL SELECT 1;
SELECT id FROM dept UNION SELECT dept FROM emp ORDER BY 1;
SELECT dept FROM emp INTERSECT SELECT id FROM dept ORDER BY 1;
SELECT id FROM dept EXCEPT SELECT dept FROM emp ORDER BY 1;
SELECT 1 UNION SELECT 2.5 ORDER BY 1;
SELECT 'a' UNION SELECT NULL ORDER BY 1;
SELECT id, name FROM dept WHERE id = 1 UNION ALL SELECT id, name FROM emp WHERE id = 1 ORDER BY name;
(SELECT id FROM emp ORDER BY id LIMIT 1) UNION ALL (SELECT id FROM emp ORDER BY id DESC LIMIT 1);
SELECT id FROM dept UNION SELECT id FROM emp ORDER BY id LIMIT 2 OFFSET 1;
SELECT 1 UNION SELECT 1, 2;
SELECT 1 UNION SELECT 'x';
SELECT 1 UNION SELECT true;
SELECT id FROM dept UNION SELECT name FROM emp;
SELECT id FROM dept UNION SELECT id FROM emp ORDER BY name;
VALUES (1), (2) UNION ALL SELECT 3 ORDER BY 1;

-- Joins that keep the other side's rows, and DISTINCT ON.
SELECT e.name, d.name FROM emp e RIGHT JOIN dept d ON e.dept = d.id ORDER BY d.id, e.id;
SELECT e.name, d.name FROM emp e FULL JOIN dept d ON e.dept = d.id ORDER BY d.id, e.id;
SELECT d.name FROM emp e RIGHT JOIN dept d ON e.dept = d.id WHERE e.id IS NULL ORDER BY d.id;
SELECT id, d.name FROM emp e FULL JOIN dept d USING (id) ORDER BY id;
SELECT DISTINCT ON (dept) dept, name FROM emp ORDER BY dept, pay DESC;
SELECT DISTINCT ON (dept) dept, name FROM emp ORDER BY pay;
SELECT * FROM emp NATURAL JOIN dept;
SELECT * FROM dept ORDER BY id FOR UPDATE;
