-- What programs ask the catalogs. Object numbers differ from server to server and are never shown here.

CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL, born int DEFAULT 1900, mail varchar(30) UNIQUE);
CREATE TABLE book (isbn text, part int, title text, PRIMARY KEY (isbn, part));
CREATE INDEX book_title ON book (title);

SELECT 'author'::regclass::text;
SELECT to_regclass('author')::text, to_regclass('nosuch')::text;
SELECT 'nosuch'::regclass;
SELECT relname, relkind FROM pg_class WHERE relname IN ('author', 'book', 'book_title', 'author_pkey', 'author_id_seq', 'nosuch') ORDER BY relname;
SELECT relname FROM pg_catalog.pg_class WHERE relname = 'nosuch';
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'book';
SELECT attname, attnotnull, attnum FROM pg_attribute WHERE attrelid = 'author'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'author'::regclass AND attnum > 0 ORDER BY attnum;
SELECT indexname FROM pg_indexes WHERE tablename = 'book' ORDER BY indexname;
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('author', 'book') ORDER BY tablename;
SELECT datname FROM pg_database WHERE datname = current_database();
SELECT rolname FROM pg_roles WHERE rolname = current_user;
SELECT usename FROM pg_user WHERE usename = current_user;
SELECT nspname FROM pg_namespace WHERE nspname = 'public';
SELECT typname FROM pg_type WHERE oid IN (16, 20, 23, 25) ORDER BY typname;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name IN ('author', 'book') ORDER BY table_name;
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'author' ORDER BY ordinal_position;
SELECT * FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'nosuch';
-- Knex's hasTable, and what postgres.js asks when it connects.
-- params :author
select * from information_schema.tables where table_name = $1 and table_schema = 'nosuch';
SELECT name, setting FROM pg_settings WHERE name = 'server_encoding';
SELECT pg_get_userbyid(10) IS NOT NULL, pg_encoding_to_char(6), format_type(23, -1), format_type(1043, 24);
SELECT pg_table_is_visible('author'::regclass);
SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT state, usename, datname FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT count(*) FROM pg_stat_replication;
SELECT application_name <> '' AS named, state, sync_state FROM pg_stat_replication;
SELECT sent_lsn >= replay_lsn FROM pg_stat_replication;
SELECT count(*) FROM pg_stat_wal_receiver;
-- on standby
SELECT count(*) FROM pg_stat_replication;
SELECT status FROM pg_stat_wal_receiver;
SELECT relname FROM pg_class WHERE relname = 'author';
-- on primary
SELECT pg_relation_size('author') >= 0, pg_table_size('author') >= 0;
SELECT pg_get_indexdef('book_title'::regclass);
SELECT conname, contype FROM pg_constraint WHERE conrelid = 'author'::regclass ORDER BY conname;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'author'::regclass ORDER BY adnum;
SELECT sequencename FROM pg_sequences WHERE sequencename = 'author_id_seq';
SELECT extname FROM pg_extension WHERE extname = 'nosuch';
SELECT pg_sleep(0), pg_cancel_backend(0);
SELECT slot_name FROM pg_replication_slots;
ANALYZE author;
ANALYZE;
VACUUM;
VACUUM author;
VACUUM ANALYZE author;
CHECKPOINT;
COMMENT ON TABLE author IS 'who wrote it';
GRANT SELECT ON author TO PUBLIC;
LOCK TABLE author;
