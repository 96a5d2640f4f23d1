-- Each type: what it takes, what it refuses, how it prints.

-- Integers.
SELECT 32767::int2, 2147483647::int4, 9223372036854775807::int8;
SELECT -32768::int2;
SELECT (-32768)::int2, (-2147483648)::int4, (-9223372036854775808)::int8;
SELECT 32768::int2;
SELECT 2147483648::int4;
SELECT 9223372036854775808::int8;
SELECT '32768'::int2;
SELECT '2147483648'::int4;
SELECT '9223372036854775808'::int8;
SELECT '  12  '::int, '-7'::int, '+7'::int;
SELECT ''::int;
SELECT 'x'::int;
SELECT '1.5'::int;
SELECT '12x'::int;
SELECT '0x10'::int;
SELECT 'x'::bigint;
SELECT 'x'::smallint;
SELECT 2147483647 + 1;
SELECT 2147483647::int8 + 1;
SELECT 9223372036854775807 + 1;
SELECT 32767::int2 + 1::int2;
SELECT 2147483647 * 2;
SELECT -2147483648 / -1;
SELECT (-2147483648)::int4 / (-1)::int4;
SELECT -(-9223372036854775808);
SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 % -3;
SELECT 1 / 0;
SELECT 1 % 0;
SELECT 1::int8 / 0;
SELECT 2 ^ 10, 2 ^ 0.5;
SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 2;
SELECT |/ 16.0, @ -5;
SELECT 1_000;
SELECT 007, 1000000000000;
SELECT pg_typeof(1), pg_typeof(3000000000), pg_typeof(1.5), pg_typeof('a'), pg_typeof(1 + 3000000000), pg_typeof(1::int2 + 1::int2);

-- Type float8.
SELECT 1.5::float8, 0.1::float8, 1e300::float8, 1e-300::float8, -0.0::float8;
SELECT 1::float8, 100000::float8, 1e15::float8, 1e16::float8, 123456789012345678::float8;
SELECT 0.1::float8 + 0.2::float8, 1::float8 / 3::float8, 2::float8 / 3;
SELECT 'NaN'::float8, 'Infinity'::float8, '-inf'::float8, 'nan'::float8, '-Infinity'::float8;
SELECT 1e308::float8 * 10;
SELECT 1::float8 / 0;
SELECT 0::float8 / 0;
SELECT '1e400'::float8;
SELECT '1e-400'::float8;
SELECT 'x'::float8;
SELECT ''::float8;
SELECT 'NaN'::float8 = 'NaN'::float8, 'NaN'::float8 > 'Infinity'::float8, 'NaN'::float8 > 1;
SELECT 2.5::float8::int, 3.5::float8::int, -2.5::float8::int;
SELECT 1e10::float8::int;
SELECT 1e20::float8::int8;
SELECT 'NaN'::float8::int;
SELECT 1.0::float8, 12345.678::float8, 1.7976931348623157e308::float8, 5e-324::float8;
SELECT 3.14::float4, 1e10::float4, 16777217::float4;
SELECT 1.5::float8 % 1;

-- Decimal literals: numeric results.
SELECT 1.5 + 1, 1.5 * 2, 3.0 / 2, 10 / 4.0, 1.10 + 2.2;
SELECT 1.5 > 1, 1.50 = 1.5, 0.1 + 0.2 = 0.3;
SELECT 2.5::int, 3.5::int, 2.4::int, -2.5::int;
SELECT 123456789012345678901234567890;
SELECT 1e3, 1.5e-3, .5, 5.;
SELECT -1.5, +1.5, - 0.0;
SELECT 1.0 / 3;
SELECT 1 / 3.0, 2.00 * 3.000, 7.5 % 2;
SELECT 1.5 / 0;

-- Type bool.
SELECT true, false, NULL::bool, 't'::bool, 'f'::bool, 'yes'::bool, 'no'::bool, 'on'::bool, 'off'::bool, '1'::bool, '0'::bool;
SELECT ' true '::bool, 'TRUE'::bool, 'tr'::bool, 'y'::bool;
SELECT 'o'::bool;
SELECT ''::bool;
SELECT 'x'::bool;
SELECT 1::bool, 0::bool, 5::bool, true::int, false::int;
SELECT 1::int8::bool;
SELECT true::text, false::text, 't'::text::bool;
SELECT true AND NULL, false AND NULL, true OR NULL, false OR NULL, NOT NULL::bool;
SELECT true > false, true = true, true <> false;
SELECT true + 1;

-- Type text and varchar.
SELECT 'it''s', '', 'a' || 'b', 'a' || 1, 1 || 'a', 'a' || NULL, 'ü€𝄞';
SELECT E'tab\there', E'new\nline', E'back\\slash', E'\u00e4', E'\x41', 'no\tescape';
SELECT $$dollar 'quoted'$$, $tag$with $$ inside$tag$;
SELECT 'two '
       'parts';
SELECT 'abcdef'::varchar(3), 'ab'::varchar(3), 'abc   '::varchar(3);
SELECT length('ü€𝄞'), octet_length('ü€𝄞'), char_length('');
SELECT 'a' < 'b', 'a' < 'B', 'ab' < 'abc', '' < 'a', 'é' > 'z';
SELECT 'abc'::char(5) || '|', 'abc'::char;
SELECT U&'\0041';
SELECT 'unfinished;
SELECT 1;';
SELECT "x";
SELECT chr(0);

-- Type bytea.
SELECT '\x0102ff'::bytea, '\x'::bytea, 'abc'::bytea, '\\'::bytea, '\000\001'::bytea;
SELECT '\x1'::bytea;
SELECT '\xzz'::bytea;
SELECT '\09'::bytea;
SELECT '\x01'::bytea || '\x02'::bytea, length('\x010203'::bytea), octet_length('\x0102'::bytea);
SELECT '\x01'::bytea < '\x02'::bytea, '\x01'::bytea = '\x01'::bytea;
SELECT encode('\x01ff'::bytea, 'hex'), encode('abc'::bytea, 'base64'), decode('01ff', 'hex');
SELECT md5('abc'), sha256('abc'::bytea);

-- Type timestamptz.
SELECT '2026-01-02 03:04:05+00'::timestamptz, '2026-01-02 03:04:05.123456Z'::timestamptz, '2026-01-02'::timestamptz;
SELECT '2026-01-02 03:04:05+02'::timestamptz, '2026-01-02T03:04:05-05:30'::timestamptz, '2026-01-02 03:04'::timestamptz;
SELECT '2026-01-02 03:04:05.5'::timestamptz, '2026-01-02 03:04:05.1234567'::timestamptz;
SELECT '1999-12-31 23:59:59.999999+00'::timestamptz, '1970-01-01 00:00:00+00'::timestamptz, '0001-01-01 00:00:00+00'::timestamptz;
SELECT 'infinity'::timestamptz, '-infinity'::timestamptz, 'epoch'::timestamptz;
SELECT '2024-02-29'::timestamptz;
SELECT '2023-02-29'::timestamptz;
SELECT '2026-13-01'::timestamptz;
SELECT '2026-01-02 25:00'::timestamptz;
SELECT 'x'::timestamptz;
SELECT ''::timestamptz;
SELECT '2026-01-02 00:00+00'::timestamptz < '2026-01-02 01:00+00'::timestamptz, '2026-01-02 00:00+00'::timestamptz = '2026-01-02 02:00+02'::timestamptz;
SELECT '2026-01-02 03:04:05+00'::timestamptz::text;
SELECT now() = now(), now() <= clock_timestamp(), now() = current_timestamp, now() = transaction_timestamp();

-- Type jsonb, kept as its text is in PostgreSQL.
SELECT '{"a": 1}'::jsonb, '[1, 2, 3]'::jsonb, '"text"'::jsonb, '12'::jsonb, 'null'::jsonb, 'true'::jsonb;
SELECT '{"b": 1, "a": {"d": [], "c": null}}'::jsonb;
SELECT '{"a":1,"a":2}'::jsonb;
SELECT '{a: 1}'::jsonb;
SELECT ''::jsonb;
SELECT '{"a": 1'::jsonb;
CREATE TABLE doc (id int PRIMARY KEY, d jsonb);
INSERT INTO doc VALUES (1, '{"name": "x", "n": 1.50}'), (2, '[]'), (3, NULL);
INSERT INTO doc VALUES (4, 'not json');
SELECT * FROM doc ORDER BY id;
SELECT d::text FROM doc ORDER BY id;

-- Casts.
SELECT CAST('12' AS int), '12'::int + 1, 12::text || '!', CAST(1.7 AS int), int '5', float8 '1.5';
SELECT 12::varchar(1), 'abc'::text::varchar, '7'::varchar::int;
SELECT true::int + 1, '1'::int::bool;
SELECT 'x'::nosuchtype;
SELECT 1::bytea;
SELECT true::float8;
SELECT now()::int;
SELECT '1'::text + 1;
SELECT 1 + '1', '1' + 1;
SELECT 1 + 'x';
SELECT 1 = '1', '1' = '1', 1 = '1.0';
SELECT NULL::int + 1, NULL = NULL, NULL IS NULL, NULL::text;
SELECT NULL;

-- Dates, timestamps without a zone and padded text as columns and keys.
CREATE TABLE dated (d date PRIMARY KEY, t timestamp, c char(5));
INSERT INTO dated VALUES ('2026-03-04', '2026-03-04 05:06:07.5', 'ab'), ('1999-12-31', NULL, 'abcde'), ('2000-02-29', 'infinity', NULL);
SELECT * FROM dated ORDER BY d;
SELECT d FROM dated WHERE d >= '2000-01-01' ORDER BY d DESC;
SELECT c || '|', length(c), c = 'ab', c = 'ab   ' FROM dated WHERE d = '2026-03-04';
INSERT INTO dated VALUES ('2026-03-04');
INSERT INTO dated VALUES ('2026-02-30');
INSERT INTO dated VALUES ('2026-01-01', NULL, 'abcdef');
INSERT INTO dated VALUES ('2026-01-02', NULL, 'abc       ');
UPDATE dated SET t = t + interval '1 day', c = 'x' WHERE c = 'ab';
SELECT t, c FROM dated ORDER BY t, d;
