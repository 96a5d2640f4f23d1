-- constants and names of columns
SELECT 1
SELECT 1, 'a', true, NULL, 1.5, 5000000000, 12345678901234567890
SELECT 1 AS one, 'x' AS "Two Words"
SELECT 1 + 1, -1, 2 * 3.5
SELECT 'abc'::text, '1'::int, 1::text, CAST('2' AS bigint), 1::int8::text
SELECT count(*), sum(1), max('a')
SELECT CASE WHEN true THEN 1 END
SELECT CASE WHEN true THEN 1 ELSE id END FROM users WHERE id = 1
SELECT coalesce(NULL, 1), nullif(1, 2), greatest(1, 2), least(1, 2)
SELECT lower('ABC'), upper('abc') AS u
SELECT EXISTS (SELECT 1), (SELECT 5), (SELECT 6 AS six), ARRAY(SELECT 1)
SELECT ARRAY[1, 2, 3]
SELECT true, false, true AND false, NOT true
SELECT NULL IS NULL, 1 IS NOT NULL
SELECT 'a' || 'b', 'a' || 1
SELECT id + 1 FROM users WHERE id = 1
SELECT users.id, u.name FROM users, users u WHERE users.id = u.id AND u.id = 1
SELECT (1), ((2))
SELECT 1 WHERE false
SELECT 1 WHERE true
SELECT
SELECT FROM users
SELECT *
SELECT 7 % 3, 7 / 2, -7 / 2, 7.0 / 2
SELECT 2147483647, 2147483648, -2147483648
SELECT 1::int2, 1::smallint + 1::smallint
SELECT 1.10, 1e3, .5, 5.
SELECT pg_typeof(1), pg_typeof('a'), pg_typeof(1.5), pg_typeof(now())
SELECT date '2024-02-29', timestamp '2024-01-01 10:00:00', timestamptz '2024-01-01 10:00:00+02'
SELECT interval '1 day', interval '1 year 2 months'
-- errors of names
SELECT nosuch FROM users
SELECT users.nosuch FROM users
SELECT nam FROM users
SELECT u.nam FROM users u
SELECT x.id FROM users
SELECT users.id FROM users u
SELECT * FROM nosuch
SELECT * FROM public.nosuch
SELECT * FROM s.users
SELECT id FROM users, orders
SELECT * FROM users, users
SELECT * FROM users a, orders a
SELECT nosuch.* FROM users
SELECT ähm FROM users
SELECT 'ä', nosuch FROM users
SELECT name FROM users WHERE nosuch = 1
SELECT name FROM users ORDER BY nosuch
SELECT name FROM users GROUP BY nosuch
SELECT f(1)
SELECT nofunction('a', 1)
SELECT lower(1)
SELECT 1 + 'a'
SELECT 1 + true
SELECT 'a' + 'b'
SELECT name + 1 FROM users
SELECT -name FROM users
SELECT NOT 1
SELECT 1 AND true
SELECT id FROM users WHERE id
SELECT id FROM users WHERE 'x'
SELECT id FROM users WHERE name
SELECT 'abc'::int
SELECT '99999999999'::int
SELECT id FROM users WHERE id = 'abc'
SELECT id FROM users WHERE id IN (1, 'abc')
SELECT true::timestamptz
SELECT 1::nosuchtype
SELECT 1 / 0
SELECT 1 / (id - 1) FROM users
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT CASE WHEN id = 1 THEN 1 ELSE 'x' END FROM users
SELECT CASE WHEN true THEN 1 ELSE true END
SELECT coalesce(1, 'a')
SELECT coalesce(1, true)
SELECT CASE WHEN 1 THEN 2 END
SELECT CASE 1 WHEN 'a' THEN 2 END
SELECT 1 = 'a'
SELECT 1 = true
SELECT id FROM users LIMIT 'a'
SELECT id FROM users LIMIT -1
SELECT id FROM users OFFSET -1
SELECT id FROM users LIMIT id
SELECT id FROM users LIMIT true
SELECT ARRAY[1, 'a']
SELECT ARRAY[]
SELECT 1 = ANY (2)
SELECT (SELECT 1, 2)
SELECT (SELECT id FROM users)
SELECT 1 IN (SELECT 1, 2)
SELECT DEFAULT
-- filters and keys
SELECT id, name FROM users WHERE id = 3
SELECT id, name FROM users WHERE 3 = id
SELECT id FROM users WHERE id = 3 AND name = 'Carol'
SELECT id FROM users WHERE id = 3 AND name = 'x'
SELECT id FROM users WHERE id = NULL
SELECT id FROM users WHERE id = 3.0
SELECT id FROM users WHERE id = 5000000000
SELECT id FROM users WHERE id < 5000000000 ORDER BY id
SELECT id FROM users WHERE id > 5000000000
SELECT id FROM users WHERE id > -5000000000 ORDER BY id
SELECT id FROM users WHERE id = 2::int8
SELECT id FROM users WHERE id IN (1, 3, 3, 99) ORDER BY id
SELECT id FROM users WHERE id NOT IN (1, 3) ORDER BY id
SELECT id FROM users WHERE id NOT IN (1, NULL)
SELECT id FROM users WHERE id IN (1, NULL)
SELECT id FROM users WHERE id = ANY (ARRAY[1, 5]) ORDER BY id
SELECT id FROM users WHERE id = ANY ('{2,4}') ORDER BY id
SELECT id FROM users WHERE id <> ALL (ARRAY[1, 5]) ORDER BY id
SELECT id FROM users WHERE id > ALL ('{2,3}') ORDER BY id
SELECT id FROM users WHERE id BETWEEN 2 AND 4 ORDER BY id
SELECT id FROM users WHERE id NOT BETWEEN 2 AND 4 ORDER BY id
SELECT id FROM users WHERE id BETWEEN SYMMETRIC 4 AND 2 ORDER BY id
SELECT id FROM users WHERE id BETWEEN 4 AND 2
SELECT id FROM users WHERE id > 2 AND id <= 5 ORDER BY id
SELECT id FROM users WHERE id >= 2 AND id < 5 ORDER BY id
SELECT id FROM users WHERE id > 2 AND id > 3 ORDER BY id
SELECT id FROM users WHERE id > 5 AND id < 2
SELECT id FROM users WHERE city = 'Berlin' ORDER BY id
SELECT id FROM users WHERE city > 'Berlin' ORDER BY id
SELECT id FROM users WHERE city >= 'Berlin' ORDER BY id
SELECT id FROM users WHERE city < 'Paris' ORDER BY id
SELECT id FROM users WHERE city <= 'Paris' ORDER BY id
SELECT id FROM users WHERE city IN ('Rome', 'Paris') ORDER BY id
SELECT id FROM users WHERE city IS NULL
SELECT id FROM users WHERE city IS NOT NULL ORDER BY id
SELECT id FROM users WHERE active ORDER BY id
SELECT id FROM users WHERE NOT active ORDER BY id
SELECT id FROM users WHERE active IS NOT TRUE ORDER BY id
SELECT id FROM users WHERE active IS UNKNOWN ORDER BY id
SELECT id FROM users WHERE active IS NOT FALSE ORDER BY id
SELECT id FROM users WHERE age = 25 OR city = 'Berlin' ORDER BY id
SELECT id FROM users WHERE (age = 25 OR city = 'Berlin') AND NOT active ORDER BY id
SELECT id FROM users WHERE name LIKE '%a%' ORDER BY id
SELECT id FROM users WHERE name NOT LIKE '%a%' ORDER BY id
SELECT id FROM users WHERE name ILIKE 'F%' ORDER BY id
SELECT id FROM users WHERE name LIKE 'A____' ORDER BY id
SELECT id FROM users WHERE age IS DISTINCT FROM 25 ORDER BY id
SELECT id FROM users WHERE age IS NOT DISTINCT FROM NULL ORDER BY id
SELECT id FROM users WHERE score > 1 ORDER BY id
SELECT id FROM users WHERE score = 2.5 ORDER BY id
SELECT id FROM users WHERE joined >= '2024-01-01' ORDER BY id
SELECT id FROM users WHERE joined < '2024-02-01 00:00:00+00' ORDER BY id
SELECT id FROM users WHERE true ORDER BY id
SELECT id FROM users WHERE false
SELECT id FROM users WHERE NULL
SELECT id FROM users WHERE length(name) = 3 ORDER BY id
SELECT id FROM users WHERE age + 5 > 30 ORDER BY id
SELECT a, b FROM points WHERE a = 1 AND b = 2
SELECT a, b FROM points WHERE b = 2 AND a = 1
SELECT a, b FROM points WHERE a = 1 ORDER BY a, b
SELECT a, b FROM points WHERE a = 1 AND b > 1 ORDER BY a, b
SELECT a, b FROM points WHERE a = 1 AND b BETWEEN 2 AND 3 ORDER BY b
SELECT a, b FROM points WHERE a IN (1, 3) ORDER BY a, b
SELECT a, b FROM points WHERE a = 1 AND b IN (3, 1) ORDER BY a, b
SELECT a, b FROM points WHERE a > 1 ORDER BY a, b
SELECT a, b FROM points WHERE b = 1 ORDER BY a
SELECT a, b FROM points WHERE (a, b) = (2, 1)
SELECT a, b FROM points WHERE (a, b) > (1, 2) ORDER BY a, b
SELECT a, b FROM points WHERE (a, b) <= (1, 2) ORDER BY a, b
SELECT a, b FROM points WHERE (a, b) IN ((1, 1), (2, 2)) ORDER BY a, b
SELECT a, b FROM points WHERE (a, b) NOT IN ((1, 1), (2, 2)) ORDER BY a, b
SELECT a FROM points WHERE (a, b) = (1, 2, 3)
SELECT a, b FROM points WHERE label = 'p12'
SELECT a, b FROM points WHERE big = 5000000000
SELECT a, b FROM points WHERE big > 0 ORDER BY a, b
SELECT label::varchar(2), 'abcdef'::varchar(3) FROM points WHERE a = 1 AND b = 1
SELECT count(*) FROM nothing WHERE x = 1
SELECT * FROM nothing
-- order, limit, distinct
SELECT id FROM users ORDER BY id
SELECT id FROM users ORDER BY id DESC
SELECT id FROM users ORDER BY 1 DESC
SELECT name AS n FROM users ORDER BY n
SELECT name FROM users ORDER BY lower(name)
SELECT id, age FROM users ORDER BY age, id
SELECT id, age FROM users ORDER BY age DESC, id DESC
SELECT id, age FROM users ORDER BY age NULLS FIRST, id
SELECT id, age FROM users ORDER BY age DESC NULLS LAST, id
SELECT id, city FROM users ORDER BY city, id
SELECT city FROM users ORDER BY city LIMIT 2
SELECT id FROM users ORDER BY age + 0, id LIMIT 3
SELECT id FROM users ORDER BY id LIMIT 2
SELECT id FROM users ORDER BY id LIMIT 2 OFFSET 2
SELECT id FROM users ORDER BY id OFFSET 4
SELECT id FROM users ORDER BY id LIMIT 0
SELECT id FROM users ORDER BY id LIMIT NULL
SELECT id FROM users ORDER BY id LIMIT ALL
SELECT id FROM users ORDER BY id DESC LIMIT 2
SELECT id FROM users ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT id FROM users ORDER BY id LIMIT 1 + 1
SELECT id FROM users ORDER BY 2
SELECT id FROM users ORDER BY 0
SELECT id FROM users ORDER BY 'a'
SELECT id FROM users ORDER BY 1.5
SELECT id AS a, age AS a FROM users ORDER BY a
SELECT DISTINCT city FROM users ORDER BY city
SELECT DISTINCT age, city FROM users ORDER BY age, city
SELECT DISTINCT age FROM users ORDER BY age DESC
SELECT DISTINCT age FROM users ORDER BY id
SELECT DISTINCT ON (city) city, id FROM users ORDER BY city, id DESC
SELECT DISTINCT ON (age) age, name FROM users ORDER BY age, name
SELECT DISTINCT ON (age) age, name FROM users ORDER BY name
SELECT DISTINCT ON (1) city FROM users
SELECT DISTINCT level, message FROM logs ORDER BY 1, 2
SELECT level FROM logs ORDER BY level, message
SELECT count(DISTINCT level) FROM logs
SELECT a, b FROM points ORDER BY a, b
SELECT a, b FROM points ORDER BY a DESC, b
SELECT a, b FROM points ORDER BY b, a
SELECT a, b FROM points WHERE a = 1 ORDER BY b DESC
SELECT label FROM points ORDER BY label DESC
-- aggregates
SELECT count(*) FROM users
SELECT count(age), count(DISTINCT age), count(DISTINCT city) FROM users
SELECT sum(age), avg(age), min(age), max(age) FROM users
SELECT sum(score), avg(score), min(score), max(score) FROM users
SELECT sum(id), avg(id) FROM orders
SELECT sum(qty), avg(qty) FROM orders
SELECT sum(big) FROM points
SELECT avg(big) FROM points WHERE a = 1
SELECT min(name), max(name), min(joined), max(joined) FROM users
SELECT min(label), max(label) FROM points
SELECT bool_and(active), bool_or(active), every(active) FROM users
SELECT string_agg(name, ',' ORDER BY id) FROM users
SELECT string_agg(name, ', ' ORDER BY name DESC) FROM users WHERE id < 4
SELECT string_agg(DISTINCT city, ',' ORDER BY city) FROM users
SELECT string_agg(city, '-' ORDER BY id) FROM users
SELECT string_agg(NULL, ',') FROM users
SELECT count(*) FILTER (WHERE active), count(*) FROM users
SELECT sum(age) FILTER (WHERE city = 'Berlin') FROM users
SELECT city, count(*) FROM users GROUP BY city ORDER BY city
SELECT city, count(*) FROM users GROUP BY 1 ORDER BY 1
SELECT city AS c, count(*) FROM users GROUP BY c ORDER BY c
SELECT lower(city), count(*) FROM users GROUP BY lower(city) ORDER BY 1
SELECT upper(lower(city)) FROM users GROUP BY lower(city) ORDER BY 1
SELECT age, city, count(*) FROM users GROUP BY age, city ORDER BY age, city
SELECT city, count(*) AS n FROM users GROUP BY city ORDER BY n DESC, city
SELECT city, count(*) FROM users GROUP BY city ORDER BY count(*) DESC, city
SELECT city FROM users GROUP BY city ORDER BY max(id)
SELECT city, count(*) FROM users GROUP BY city HAVING count(*) > 1
SELECT city, sum(age) FROM users GROUP BY city HAVING sum(age) > 20 ORDER BY city
SELECT count(*) FROM users HAVING count(*) > 100
SELECT 1 FROM users HAVING true
SELECT count(*) FROM nothing
SELECT sum(x), max(y), count(x), string_agg(y, ',') FROM nothing
SELECT x, count(*) FROM nothing GROUP BY x
SELECT count(*) + 1, sum(age) / count(age) FROM users
SELECT sum(age + id) FROM users
SELECT id, name, count(*) FROM users GROUP BY id ORDER BY id
SELECT u.id, u.name, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY u.id
SELECT active, count(*) FROM users GROUP BY active ORDER BY active
SELECT date_trunc('year', joined), count(*) FROM users GROUP BY 1 ORDER BY 1
SELECT DISTINCT count(*) FROM users GROUP BY city ORDER BY 1
SELECT city, count(*) FROM users
SELECT name FROM users GROUP BY city
SELECT u.name FROM users u GROUP BY city
SELECT city, name, count(*) FROM users GROUP BY city
SELECT count(*) FROM users GROUP BY 3
SELECT count(*) FROM users GROUP BY 1
SELECT count(*) FROM users GROUP BY 'a'
SELECT id FROM users WHERE count(*) > 1
SELECT sum(count(*)) FROM users
SELECT count() FROM users
SELECT sum(name) FROM users
SELECT sum('a')
SELECT max(active) FROM users
SELECT lower(DISTINCT name) FROM users
SELECT lower(*) FROM users
SELECT count(*) FROM users ORDER BY id
SELECT city FROM users GROUP BY city ORDER BY age
SELECT city FROM users GROUP BY city HAVING age > 1
SELECT count(*) FROM users u JOIN orders o ON count(*) > 1
SELECT id FROM users GROUP BY count(*)
SELECT bool_and(1)
-- joins
SELECT u.name, o.item FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id
SELECT u.name, o.item FROM users u LEFT JOIN orders o ON o.user_id = u.id ORDER BY u.id, o.id
SELECT u.name, o.item FROM users u RIGHT JOIN orders o ON o.user_id = u.id ORDER BY o.id
SELECT u.name, o.item FROM users u FULL JOIN orders o ON o.user_id = u.id ORDER BY u.id, o.id
SELECT count(*) FROM users CROSS JOIN orders
SELECT count(*) FROM users, orders
SELECT u.name, o.item FROM users u, orders o WHERE u.id = o.user_id ORDER BY o.id
SELECT u.name, o.item FROM orders o JOIN users u ON u.id = o.user_id WHERE o.price > 3 ORDER BY o.id
SELECT u.name, o.item FROM orders o LEFT JOIN users u ON u.id = o.user_id WHERE u.id IS NULL ORDER BY o.id
SELECT u.name, o.item FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.price > 10 ORDER BY u.id, o.id
SELECT u.name, o.item FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.price > 10 ORDER BY u.id, o.id
SELECT u.name, o.item FROM users u LEFT JOIN orders o ON o.user_id = u.id AND u.city = 'Berlin' ORDER BY u.id, o.id
SELECT u.name, o.item FROM users u LEFT JOIN orders o ON false ORDER BY u.id
SELECT u.name, v.name FROM users u JOIN users v ON u.age = v.age AND u.id < v.id
SELECT u.name, v.name FROM users u JOIN users v ON u.age > v.age WHERE v.id = 6 ORDER BY u.id
SELECT * FROM points p JOIN users u ON u.id = p.a AND p.b = 1 ORDER BY p.a
SELECT p.a, p.b, q.a FROM points p JOIN points q ON p.a = q.b AND q.a = 2 ORDER BY 1, 2, 3
SELECT id, name, item FROM users JOIN orders USING (id)
SELECT * FROM (SELECT 1 AS id, 'x' AS v) a JOIN (SELECT 1 AS id, 'y' AS w) b USING (id)
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) x(k, v) LEFT JOIN (VALUES (2, 'B'), (3, 'C')) y(k, w) USING (k) ORDER BY k
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) x(k, v) RIGHT JOIN (VALUES (2, 'B'), (3, 'C')) y(k, w) USING (k) ORDER BY k
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) x(k, v) FULL JOIN (VALUES (2, 'B'), (3, 'C')) y(k, w) USING (k) ORDER BY k
SELECT k, x.k, y.k FROM (VALUES (1), (2)) x(k) FULL JOIN (VALUES (2), (3)) y(k) USING (k) ORDER BY k
SELECT * FROM (VALUES (1, 2)) x(a, b) NATURAL JOIN (VALUES (1, 3)) y(a, c)
SELECT * FROM (VALUES (1, 2)) x(a, b) NATURAL JOIN (VALUES (1, 2, 3)) y(a, b, c)
SELECT u.name, o.item, p.label FROM users u JOIN orders o ON o.user_id = u.id JOIN points p ON p.a = u.id AND p.b = o.qty ORDER BY 1, 2
SELECT a.id, b.id, c.id FROM users a JOIN users b ON b.id = a.id + 1 JOIN users c ON c.id = b.id + 1 ORDER BY 1
SELECT count(*) FROM users u JOIN orders o ON u.name = o.item
SELECT u.* FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id = 14
SELECT o.*, u.name FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id = 14
SELECT j.* FROM (users u JOIN orders o ON o.user_id = u.id) AS j WHERE item = 'desk'
SELECT u.id FROM (users u JOIN orders o ON o.user_id = u.id) AS j
SELECT * FROM users u JOIN orders o ON u.id = x.id
SELECT * FROM users JOIN orders USING (nosuch)
SELECT * FROM users u JOIN orders o ON u.id
SELECT id FROM users u JOIN orders o ON o.user_id = u.id
SELECT u.city, sum(o.price * o.qty) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.city ORDER BY u.city
SELECT u.name, count(o.id), coalesce(sum(o.price), 0) AS total FROM users u LEFT JOIN orders o ON u.id = o.user_id GROUP BY u.name ORDER BY total DESC, u.name
SELECT x.n, y.n FROM generate_series(1, 3) x(n) JOIN generate_series(2, 4) y(n) ON x.n = y.n
SELECT x.n, y.n FROM generate_series(1, 3) x(n) FULL JOIN generate_series(2, 4) y(n) ON x.n = y.n AND x.n > 2 ORDER BY 1, 2
-- values and series
VALUES (1, 'a'), (2, 'b')
VALUES (1), ('2')
VALUES (1), ('a')
VALUES (1), (2, 3)
VALUES (3), (1), (2) ORDER BY column1 LIMIT 2
VALUES (1), (NULL), (2.5)
VALUES ('a'), ('b')
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (n, s) WHERE n > 1
SELECT column1, column2 FROM (VALUES (1, 'a')) v
SELECT * FROM (VALUES (1, 2)) v (a, b, c)
SELECT * FROM generate_series(1, 3)
SELECT * FROM generate_series(3, 1, -1) AS g
SELECT g, g * g FROM generate_series(1, 4) g
SELECT * FROM generate_series(1, 10, 4)
SELECT * FROM generate_series(1, 0)
SELECT * FROM generate_series(1, 3, 0)
SELECT * FROM generate_series(1, NULL)
SELECT * FROM generate_series(1::bigint, 2)
SELECT * FROM generate_series(1.0, 2.0, 0.5)
SELECT * FROM generate_series('2024-01-30'::timestamptz, '2024-02-02', '1 day')
SELECT sum(g) FROM generate_series(1, 1000) g
SELECT g % 3 AS r, count(*) FROM generate_series(1, 10) g GROUP BY r ORDER BY r
SELECT * FROM unnest(ARRAY[3, 1, 2])
SELECT * FROM unnest(ARRAY['a', 'b']) AS u (letter)
SELECT x FROM lower('ABC') x
SELECT * FROM upper('abc')
SELECT * FROM nofunction(1)
-- sets
SELECT 1 UNION SELECT 2 ORDER BY 1
SELECT 1 UNION SELECT 1
SELECT 1 UNION ALL SELECT 1
SELECT 1 UNION SELECT NULL ORDER BY 1
SELECT NULL UNION SELECT 1 ORDER BY 1
SELECT 'a' UNION SELECT 'b' ORDER BY 1
SELECT 1 UNION SELECT 2.5 ORDER BY 1
SELECT '1' UNION SELECT 2 ORDER BY 1
SELECT 'x' UNION SELECT 2
SELECT 1 UNION SELECT true
SELECT 1, 2 UNION SELECT 1
SELECT id AS x FROM users UNION SELECT user_id FROM orders ORDER BY x
SELECT id FROM users INTERSECT SELECT user_id FROM orders ORDER BY 1
SELECT id FROM users EXCEPT SELECT user_id FROM orders ORDER BY 1
SELECT user_id FROM orders EXCEPT ALL SELECT id FROM users ORDER BY 1
SELECT user_id FROM orders INTERSECT ALL SELECT user_id FROM orders WHERE price < 20 ORDER BY 1
SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1 DESC LIMIT 2
SELECT 1 UNION ALL (SELECT 2 UNION SELECT 2) ORDER BY 1
(SELECT id FROM users ORDER BY id LIMIT 1) UNION ALL (SELECT id FROM users ORDER BY id DESC LIMIT 1)
SELECT 1 AS a UNION SELECT 2 AS b ORDER BY a
SELECT 1 AS a UNION SELECT 2 AS b ORDER BY b
SELECT 1 AS a UNION SELECT 2 ORDER BY a + 1
SELECT id FROM users UNION ALL SELECT id FROM orders ORDER BY id LIMIT 7
VALUES (1), (2) EXCEPT VALUES (2)
SELECT NULL UNION SELECT NULL
SELECT city FROM users UNION SELECT city FROM users ORDER BY city
-- subqueries
SELECT (SELECT max(id) FROM users)
SELECT id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u ORDER BY id
SELECT id FROM users WHERE id IN (SELECT user_id FROM orders) ORDER BY id
SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE user_id IS NOT NULL) ORDER BY id
SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders) ORDER BY id
SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) ORDER BY id
SELECT id FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) ORDER BY id
SELECT id FROM users WHERE id = (SELECT min(user_id) FROM orders)
SELECT id FROM users WHERE age > (SELECT avg(age) FROM users) ORDER BY id
SELECT id FROM users WHERE id > ALL (SELECT user_id FROM orders WHERE price < 20) ORDER BY id
SELECT id FROM users WHERE id < ANY (SELECT user_id FROM orders) ORDER BY id
SELECT (SELECT x FROM nothing)
SELECT 1 WHERE EXISTS (SELECT FROM nothing)
SELECT 1 IN (SELECT x FROM nothing), NULL IN (SELECT x FROM nothing), NULL IN (SELECT 1)
SELECT * FROM (SELECT id, name FROM users WHERE id < 3) s ORDER BY id
SELECT s.n FROM (SELECT count(*) AS n FROM users) s
SELECT * FROM (SELECT id FROM users ORDER BY id DESC LIMIT 2) s ORDER BY id
SELECT avg(n) FROM (SELECT count(*) AS n FROM users GROUP BY city) s
SELECT x.id, y.total FROM users x JOIN (SELECT user_id, sum(price) AS total FROM orders GROUP BY user_id) y ON y.user_id = x.id ORDER BY 1
SELECT * FROM (SELECT 1)
SELECT city, (SELECT count(*) FROM orders o WHERE o.user_id = min(u.id)) FROM users u GROUP BY city
SELECT city, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u GROUP BY city
SELECT u.id, (SELECT string_agg(o.item, ',' ORDER BY o.id) FROM orders o WHERE o.user_id = u.id) FROM users u ORDER BY 1
SELECT id FROM users u WHERE age = (SELECT max(age) FROM users v WHERE v.city = u.city) ORDER BY id
SELECT id FROM users u WHERE (SELECT count(*) FROM orders o WHERE o.user_id = u.id AND o.price > (SELECT min(price) FROM orders p WHERE p.user_id = u.id)) > 0
WITH x AS (SELECT 1 AS a) SELECT a FROM x
WITH x (n) AS (SELECT id FROM users), y AS (SELECT n FROM x WHERE n > 3) SELECT * FROM y ORDER BY n
WITH x AS (SELECT id FROM users) SELECT a.id FROM x a JOIN x b ON a.id = b.id + 1 ORDER BY 1
WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x
WITH x AS (SELECT count(*) AS n FROM orders) SELECT u.id FROM users u, x WHERE u.id = x.n
WITH users AS (SELECT 42 AS id) SELECT * FROM users
SELECT ARRAY(SELECT id FROM users ORDER BY id)
SELECT 2 = ANY (ARRAY(SELECT id FROM users))
-- three-valued logic and choices
SELECT NULL AND false, NULL AND true, NULL OR true, NULL OR false, NOT NULL
SELECT NULL = NULL, NULL <> 1, NULL IS DISTINCT FROM NULL, 1 IS DISTINCT FROM NULL
SELECT 1 IN (1, NULL), 2 IN (1, NULL), 2 NOT IN (1, NULL), NULL IN (1)
SELECT CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END FROM users ORDER BY id LIMIT 3
SELECT CASE WHEN age > 28 THEN 'old' WHEN age > 20 THEN 'young' END FROM users ORDER BY id
SELECT CASE WHEN false THEN 1 / 0 ELSE 2 END
SELECT id, CASE WHEN id > 0 THEN 1 ELSE 1 / (id - id) END FROM users WHERE id = 1
SELECT coalesce(city, 'none'), coalesce(age, 0) FROM users ORDER BY id
SELECT nullif(city, 'Berlin') FROM users ORDER BY id
SELECT nullif(1, 1), nullif('a', 'b')
SELECT greatest(1, NULL, 3), least(NULL, NULL), greatest('a', 'b')
SELECT greatest(1, 2.5), least(age, 26) FROM users ORDER BY id
SELECT age IS NULL, age IS NOT NULL FROM users WHERE id = 3
SELECT 1 < 2, 'a' < 'b', true > false, 1 <= 1.0
SELECT 2 BETWEEN 1 AND 3, 2 NOT BETWEEN 1 AND 3, NULL BETWEEN 1 AND 2
SELECT (1, 2) < (1, 3), (1, NULL) = (1, 2), (1, 2) = (1, 2)
SELECT 'a' = 'a ', 'abc' LIKE 'a%', 'abc' LIKE 'A%'
SELECT '1' = 1, '1.5' = 1.5, 'true' = true
SELECT 1 = 1.0, 1::float8 = 1, 1::int8 = 1::int2
SELECT 5 = ANY ('{1,5}'), 5 = ANY (NULL), 5 = ALL ('{5,5}')
SELECT NOT (1 = 1 AND 2 = 3)
SELECT abs(-5), round(2.5), length('äöü')
SELECT current_date = now()::date
SELECT true IS TRUE, NULL IS TRUE, NULL IS NOT TRUE, false IS FALSE
