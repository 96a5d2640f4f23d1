-- The tutorial's steps, statement by statement.

CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT);
INSERT INTO users (name) VALUES ('Alice');
-- on standby
SELECT * FROM users;
INSERT INTO users (name) VALUES ('Mallory');
-- on primary
-- params :Bob
INSERT INTO users (name) VALUES ($1) RETURNING *;
-- on standby
-- params
SELECT * FROM users;
-- params :1
SELECT name FROM users WHERE id = $1;
-- params :Mallory
INSERT INTO users (name) VALUES ($1) RETURNING *;
SELECT count(*) FROM users;
SHOW transaction_read_only;
SELECT pg_is_in_recovery();
-- on primary
SELECT pg_is_in_recovery();
UPDATE users SET name = 'Robert' WHERE name = 'Bob';
DELETE FROM users WHERE name = 'Alice';
-- on standby
SELECT * FROM users ORDER BY id;
-- on primary
CREATE TABLE orders (id int PRIMARY KEY, product text);
INSERT INTO orders (id, product) VALUES (1, 'Laptop');
-- on standby
SELECT * FROM orders;
