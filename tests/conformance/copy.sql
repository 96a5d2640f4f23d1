-- COPY in and out, text and csv.

CREATE TABLE c (id int PRIMARY KEY, t text, n bigint, f float8, b bool, at timestamptz);
COPY c FROM STDIN;
1	one	10	1.5	t	2026-01-01 00:00:00+00
2	two	20	2.5	f	\N
3	\N	\N	\N	\N	\N
\.
SELECT * FROM c ORDER BY id;
COPY c TO STDOUT;
COPY c (id, t) TO STDOUT;
COPY c (t, id) FROM STDIN;
four	4
	5
tab\there\nand line\\	6
\x41\102	7
\.
SELECT id, t FROM c WHERE id > 3 ORDER BY id;
COPY (SELECT id, t FROM c WHERE id > 3 ORDER BY id) TO STDOUT;
COPY (SELECT 1, 'a', NULL, true) TO STDOUT;
COPY c (id) FROM STDIN;
\.
COPY c (id, t) FROM STDIN WITH (DELIMITER '|', NULL 'nil');
10|ten
11|nil
\.
SELECT id, t FROM c WHERE id >= 10 ORDER BY id;
COPY c (id, t) TO STDOUT WITH (DELIMITER ',', NULL '-');
COPY c (id, t) TO STDOUT (FORMAT text, HEADER);
COPY c (id, t) TO STDOUT WITH DELIMITER ';';

-- CSV.
COPY c (id, t) TO STDOUT CSV;
COPY c (id, t) TO STDOUT (FORMAT csv, HEADER);
COPY c (id, t) TO STDOUT WITH CSV HEADER DELIMITER ';' QUOTE '''';
COPY c (id, t) TO STDOUT (FORMAT csv, FORCE_QUOTE *);
COPY c (id, t, n) FROM STDIN CSV;
20,plain,1
21,"quoted",2
22,"with ""quotes"" and, comma",3
23,,
24,"",5
25,"two
lines",6
\.
SELECT id, t, n FROM c WHERE id BETWEEN 20 AND 25 ORDER BY id;
COPY c (id, t) FROM STDIN (FORMAT csv, HEADER);
any,thing
26,head
\.
COPY c (id, t) FROM STDIN (FORMAT csv, HEADER match);
id,wrong
27,head
\.
COPY c (id, t) FROM STDIN (FORMAT csv, HEADER match);
id,t
27,head
\.
COPY c (id, t) FROM STDIN (FORMAT csv, DELIMITER ';', NULL 'NULL', QUOTE '''');
28;'x;y'
29;NULL
30;'NULL'
\.
SELECT id, t FROM c WHERE id BETWEEN 26 AND 30 ORDER BY id;

-- What goes wrong.
COPY c FROM STDIN;
40	x	y	1	t	\N
\.
COPY c (id, t) FROM STDIN;
40	a	b
\.
COPY c (id, t) FROM STDIN;
40
\.
COPY c (id, t) FROM STDIN;
40	ok
x	bad
\.
SELECT count(*) FROM c WHERE id = 40;
COPY c (id, t) FROM STDIN;
1	again
\.
COPY c (id, t) FROM STDIN;
\N	no key
\.
COPY c (id, n) FROM STDIN;
41	99999999999999999999
\.
COPY c (id, b) FROM STDIN;
41	perhaps
\.
COPY c (id, t) FROM STDIN CSV;
41,"open
\.
COPY c (id, t) FROM STDIN CSV;
41,a,b
\.
COPY c (id, t) FROM STDIN CSV;
41
\.
COPY nosuch FROM STDIN;
\.
COPY nosuch TO STDOUT;
COPY c (nosuch) FROM STDIN;
\.
COPY c (id, id) FROM STDIN;
\.
COPY c (nosuch) TO STDOUT;
COPY (SELECT nosuch FROM c) TO STDOUT;
COPY c FROM STDIN (FORMAT nosuch);
\.
COPY c FROM STDIN (NOSUCH 1);
\.
COPY c FROM STDIN (DELIMITER 'ab');
\.
COPY c FROM STDIN (FORMAT text, QUOTE '"');
\.
COPY c TO STDOUT (HEADER maybe);
-- fail broken off
COPY c (id) FROM STDIN;
50
\.
SELECT count(*) FROM c WHERE id = 50;

-- In transactions, and beside other statements.
BEGIN;
COPY c (id) FROM STDIN;
60
61
\.
SELECT count(*) FROM c WHERE id >= 60;
ROLLBACK;
SELECT count(*) FROM c WHERE id >= 60;
BEGIN;
COPY c (id) FROM STDIN;
62
62
\.
COPY c (id) FROM STDIN;
63
\.
ROLLBACK;
BEGIN; COPY c (id) TO STDOUT; SELECT 1; COMMIT;
COPY c (id) FROM STDIN; SELECT count(*) FROM c WHERE id = 70;
70
\.
-- params
COPY c (id) TO STDOUT;
-- params
COPY c (id) FROM STDIN;
71
\.
BEGIN READ ONLY;
COPY c (id) FROM STDIN;
80
\.
ROLLBACK;
CREATE TABLE filled (id serial PRIMARY KEY, v text DEFAULT 'given', u text UNIQUE, x varchar(3));
COPY filled (u) FROM STDIN;
a
b
\.
COPY filled (u) FROM STDIN;
c
a
\.
COPY filled (x) FROM STDIN;
long
\.
SELECT * FROM filled ORDER BY id;
COPY filled (v, u) FROM STDIN WITH (FORMAT csv, NULL '');
,d
"",e
\.
SELECT v, u FROM filled WHERE u IN ('d', 'e') ORDER BY u;
CREATE TABLE raw (b bytea, j jsonb);
COPY raw FROM STDIN;
\\x0102	{"a": 1}
\N	[]
\.
COPY raw TO STDOUT;
COPY raw TO STDOUT CSV;
COPY c FROM '/nosuch/file';
