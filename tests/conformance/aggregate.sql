-- Aggregates, GROUP BY, HAVING.

CREATE TABLE sale (id int PRIMARY KEY, who text, what text, n int, big bigint, price float8, ok bool, small smallint);
SELECT count(*), count(n), sum(n), min(n), max(n), avg(n) FROM sale;
INSERT INTO sale VALUES (1, 'ann', 'tea', 2, 20000000000, 1.5, true, 1), (2, 'ann', 'bun', 1, 5, 2.25, true, 2), (3, 'bob', 'tea', 4, 7, 1.5, false, 3), (4, 'bob', 'tea', NULL, NULL, NULL, NULL, NULL), (5, 'cat', 'bun', 3, 1, 2.25, true, 5), (6, NULL, 'bun', 1, 2, 0.1, false, 6);

SELECT count(*) FROM sale;
SELECT count(n) FROM sale;
SELECT count(DISTINCT what) FROM sale;
SELECT count(*) AS all_of_them, count(who) FROM sale WHERE what = 'bun';
SELECT sum(n) FROM sale;
SELECT sum(big) FROM sale;
SELECT sum(price) FROM sale;
SELECT sum(small) FROM sale;
SELECT avg(n) FROM sale;
SELECT avg(big) FROM sale;
SELECT avg(price) FROM sale;
SELECT avg(small) FROM sale WHERE small <= 2;
SELECT min(n), max(n), min(who), max(who), min(price), max(price) FROM sale;
SELECT min(ok) FROM sale;
SELECT sum(who) FROM sale;
SELECT avg(ok) FROM sale;
SELECT sum(DISTINCT n), avg(DISTINCT n), count(DISTINCT n) FROM sale;
SELECT sum(n) + 1 AS more, max(n) - min(n) AS span FROM sale;
SELECT sum(n * price) FROM sale;
SELECT count(*), sum(n) FROM sale WHERE false;
SELECT max(id) FROM sale;
SELECT min(id) FROM sale WHERE id > 2;
SELECT bool_and(ok), bool_or(ok), every(ok) FROM sale;
SELECT string_agg(what, ',' ORDER BY id) FROM sale;
SELECT count(*) FILTER (WHERE ok) FROM sale;

SELECT what, count(*) FROM sale GROUP BY what ORDER BY what;
SELECT who, sum(n) FROM sale GROUP BY who ORDER BY who;
SELECT who, what, count(*) AS c FROM sale GROUP BY who, what ORDER BY c DESC, who, what;
SELECT what, count(*) FROM sale GROUP BY 1 ORDER BY 2, 1;
SELECT what AS kind, max(price) FROM sale GROUP BY kind ORDER BY kind;
SELECT upper(what), count(*) FROM sale GROUP BY upper(what) ORDER BY 1;
SELECT n % 2 AS odd, count(*) FROM sale GROUP BY n % 2 ORDER BY odd;
SELECT what FROM sale GROUP BY what ORDER BY what;
SELECT count(*) FROM sale GROUP BY what ORDER BY what;
SELECT what, avg(price) FROM sale GROUP BY what ORDER BY avg(price);
SELECT what, sum(n) FROM sale WHERE ok GROUP BY what ORDER BY what;
SELECT what, sum(n) FROM sale WHERE false GROUP BY what;
SELECT what, count(*) FROM sale GROUP BY what HAVING count(*) > 2 ORDER BY what;
SELECT what, sum(n) FROM sale GROUP BY what HAVING sum(n) > 5 AND what <> 'x' ORDER BY what;
SELECT who FROM sale GROUP BY who HAVING max(n) IS NULL OR max(n) >= 3 ORDER BY who;
SELECT count(*) FROM sale HAVING count(*) > 100;
SELECT count(*) FROM sale HAVING count(*) > 1;
SELECT id, who, count(*) FROM sale GROUP BY id ORDER BY id;
SELECT DISTINCT count(*) FROM sale GROUP BY who ORDER BY 1;
SELECT what, count(*) FROM sale GROUP BY what ORDER BY what LIMIT 1;

SELECT what, count(*) FROM sale;
SELECT what, n FROM sale GROUP BY what;
SELECT * FROM sale GROUP BY what;
SELECT count(count(*)) FROM sale;
SELECT sum(n) FROM sale WHERE sum(n) > 1;
SELECT what FROM sale GROUP BY what HAVING n > 1;
SELECT what FROM sale ORDER BY count(*);
SELECT count(*) FROM sale GROUP BY nosuch;
SELECT count(*) FROM sale GROUP BY 3;
SELECT count(*) FROM sale GROUP BY count(*);
SELECT max(*) FROM sale;
SELECT count() FROM sale;
SELECT nosuch(n) FROM sale;
SELECT sum(n, n) FROM sale;

-- Sizes: sums go one type up.
SELECT sum(n) FROM sale WHERE id = 1;
INSERT INTO sale (id, n, big) VALUES (10, 2147483647, 9223372036854775807), (11, 2147483647, 9223372036854775807);
SELECT sum(n) FROM sale;
SELECT sum(big) FROM sale;
SELECT avg(big) FROM sale WHERE id IN (10, 11);
SELECT avg(n) FROM sale WHERE id IN (1, 2);
SELECT avg(n) FROM sale WHERE id IN (1, 2, 3);
SELECT sum(n) / count(n) AS mean FROM sale WHERE id < 10;
