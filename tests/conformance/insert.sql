-- INSERT: several rows, DEFAULT, RETURNING, ON CONFLICT.

CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price float8 DEFAULT 1, n int DEFAULT 0, sku text UNIQUE);
INSERT INTO item VALUES (1, 'apple');
INSERT INTO item VALUES (2, 'pear', 2.5, 3), (3, 'plum', 0.5, 4), (4, 'fig', DEFAULT, DEFAULT);
INSERT INTO item (name, id) VALUES ('nut', 5);
INSERT INTO item (id, name, sku) VALUES (6, 'date', 's6') RETURNING *;
INSERT INTO item (id, name) VALUES (7, 'kiwi') RETURNING id, upper(name) AS shout, price * 2;
INSERT INTO item (id, name) VALUES (8, 'lime'), (9, 'leek') RETURNING item.id AS number;
SELECT * FROM item ORDER BY id;

-- What goes wrong.
INSERT INTO item VALUES (1, 'again');
INSERT INTO item VALUES (10, 'new'), (1, 'again');
SELECT * FROM item WHERE id = 10;
INSERT INTO item VALUES (10, 'new'), (10, 'twice');
INSERT INTO item VALUES (10, 'a', 1, 1, 's', 'too many');
INSERT INTO item (id, name) VALUES (10);
INSERT INTO item (id) VALUES (10, 'x');
INSERT INTO item (id, nosuch) VALUES (10, 'x');
INSERT INTO item (id, id) VALUES (10, 11);
INSERT INTO nosuch VALUES (1);
INSERT INTO item VALUES (1, 'x'), (2);
INSERT INTO item VALUES ('ten', 'x');
INSERT INTO item VALUES (10, 'x', 'cheap');
INSERT INTO item VALUES (true, 'x');
INSERT INTO item VALUES (10, 'x', true);
INSERT INTO item VALUES (10.4, 'rounded') RETURNING id;
INSERT INTO item VALUES (3000000000, 'big');
INSERT INTO item VALUES ('3000000000', 'big');
INSERT INTO item (id, name) VALUES (11, 'x') RETURNING nosuch;
INSERT INTO item () VALUES (11, 'x');
INSERT INTO item (id, name);
INSERT INTO item VALUES;
INSERT item VALUES (1);
INSERT INTO item (id, name) VALUES (DEFAULT, 'no default');
INSERT INTO item (id, name) VALUES (12, DEFAULT);
SELECT count(*) FROM item;

-- Texts and numbers find their way into the other's column, or not.
CREATE TABLE conv (i int, t text, v varchar(3), b bool, big bigint, f float8, s smallint);
INSERT INTO conv (i) VALUES ('12');
INSERT INTO conv (t) VALUES (12);
INSERT INTO conv (t) VALUES (1.50);
INSERT INTO conv (t) VALUES (true);
INSERT INTO conv (v) VALUES ('abc'), ('ab'), ('abc  ');
INSERT INTO conv (v) VALUES ('abcd');
INSERT INTO conv (v) VALUES (12345);
INSERT INTO conv (v) VALUES (12);
INSERT INTO conv (b) VALUES ('t'), ('yes'), ('off'), ('1'), ('FALSE');
INSERT INTO conv (b) VALUES ('maybe');
INSERT INTO conv (b) VALUES (1);
INSERT INTO conv (big) VALUES (9223372036854775807), (-9223372036854775808), (12.6), ('77');
INSERT INTO conv (big) VALUES (9223372036854775808);
INSERT INTO conv (f) VALUES (1), (2.5), ('3.5'), ('1e10'), ('NaN'), ('-Infinity');
INSERT INTO conv (s) VALUES (32767), (-32768);
INSERT INTO conv (s) VALUES (32768);
INSERT INTO conv (i) VALUES (2.5), (3.5), (-2.5);
INSERT INTO conv (i) VALUES (1e3);
INSERT INTO conv (i) VALUES (1 + 2), (7 % 4), (-(-3)), (abs(-4));
SELECT * FROM conv;
INSERT INTO conv SELECT * FROM conv WHERE i = 12 RETURNING i;
INSERT INTO conv (i, t) SELECT id, name FROM item WHERE id <= 2;
INSERT INTO conv (i, t) SELECT 1;
SELECT i, t FROM conv WHERE t = 'apple';

-- ON CONFLICT DO NOTHING.
INSERT INTO item VALUES (1, 'ignored') ON CONFLICT DO NOTHING;
INSERT INTO item VALUES (1, 'ignored') ON CONFLICT (id) DO NOTHING RETURNING *;
INSERT INTO item VALUES (20, 'new'), (1, 'ignored'), (21, 'new too') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO item (id, name, sku) VALUES (22, 'other', 's6') ON CONFLICT DO NOTHING;
INSERT INTO item (id, name, sku) VALUES (22, 'other', 's6') ON CONFLICT (id) DO NOTHING;
INSERT INTO item (id, name, sku) VALUES (22, 'other', 's6') ON CONFLICT (sku) DO NOTHING;
INSERT INTO item VALUES (30, 'a'), (30, 'b') ON CONFLICT DO NOTHING;
SELECT id, name FROM item WHERE id >= 20 ORDER BY id;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (name) DO NOTHING;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (nosuch) DO NOTHING;
INSERT INTO item VALUES (1, 'x') ON CONFLICT ON CONSTRAINT item_pkey DO NOTHING;
INSERT INTO item VALUES (1, 'x') ON CONFLICT ON CONSTRAINT nosuch DO NOTHING;
INSERT INTO item VALUES (1, NULL) ON CONFLICT DO NOTHING;

-- ON CONFLICT DO UPDATE.
INSERT INTO item VALUES (1, 'red apple') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT * FROM item WHERE id = 1;
INSERT INTO item VALUES (1, 'x', 5, 10) ON CONFLICT (id) DO UPDATE SET n = item.n + excluded.n, price = excluded.price RETURNING *;
INSERT INTO item VALUES (1, 'x', 5, 10) ON CONFLICT (id) DO UPDATE SET n = item.n + excluded.n RETURNING id, n;
INSERT INTO item VALUES (1, 'x', 5, 1) ON CONFLICT (id) DO UPDATE SET n = 99 WHERE item.n < 5 RETURNING id, n;
INSERT INTO item VALUES (1, 'x', 5, 1) ON CONFLICT (id) DO UPDATE SET n = 99 WHERE item.n > excluded.n RETURNING id, n;
INSERT INTO item VALUES (40, 'forty') ON CONFLICT (id) DO UPDATE SET name = 'never' RETURNING *;
INSERT INTO item VALUES (1, 'p'), (41, 'q'), (2, 'r') ON CONFLICT (id) DO UPDATE SET name = excluded.name || '!' RETURNING id, name;
INSERT INTO item VALUES (50, 'a'), (50, 'b') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
INSERT INTO item (id, name, sku) VALUES (51, 'by sku', 's6') ON CONFLICT (sku) DO UPDATE SET name = excluded.name RETURNING id, name, sku;
INSERT INTO item (id, name, sku) VALUES (52, 'clash', 's6') ON CONFLICT (id) DO UPDATE SET name = 'x';
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = NULL;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET (name, n) = ('both', 7) RETURNING name, n;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = DEFAULT;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET n = DEFAULT RETURNING n;
INSERT INTO item VALUES (1, 'x') ON CONFLICT DO UPDATE SET name = 'y';
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET nosuch = 1;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.nosuch;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET n = n + 1;
INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET id = 101, name = 'moved' RETURNING id, name;
INSERT INTO item VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET id = 3;
INSERT INTO item AS i VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET n = i.n + 100 RETURNING i.id, i.n;
SELECT id, name, n, sku FROM item ORDER BY id;

-- Two columns in the key.
CREATE TABLE hits (page text, day int, n bigint NOT NULL DEFAULT 1, PRIMARY KEY (page, day));
INSERT INTO hits (page, day) VALUES ('/', 1) ON CONFLICT (page, day) DO UPDATE SET n = hits.n + 1 RETURNING n;
INSERT INTO hits (page, day) VALUES ('/', 1) ON CONFLICT (page, day) DO UPDATE SET n = hits.n + 1 RETURNING n;
INSERT INTO hits (page, day) VALUES ('/', 1) ON CONFLICT (day, page) DO UPDATE SET n = hits.n + 1 RETURNING n;
INSERT INTO hits (page, day) VALUES ('/', 2) ON CONFLICT (page, day) DO UPDATE SET n = hits.n + 1 RETURNING n;
INSERT INTO hits (page, day) VALUES ('/', 2) ON CONFLICT (page) DO UPDATE SET n = hits.n + 1;
SELECT * FROM hits ORDER BY page, day;
