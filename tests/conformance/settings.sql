-- SET, SHOW, RESET, and what the server reports by itself.

-- parameter server_version
-- parameter server_encoding
-- parameter client_encoding
-- parameter standard_conforming_strings
-- parameter DateStyle
-- parameter IntervalStyle
-- parameter TimeZone
-- parameter integer_datetimes
-- parameter in_hot_standby
-- parameter default_transaction_read_only
-- parameter is_superuser
-- parameter session_authorization
-- parameter application_name
SHOW client_encoding;
SHOW server_encoding;
SHOW standard_conforming_strings;
SHOW DateStyle;
SHOW datestyle;
SHOW TimeZone;
SHOW TIME ZONE;
SHOW integer_datetimes;
SHOW in_hot_standby;
SHOW default_transaction_read_only;
SHOW default_transaction_isolation;
SHOW is_superuser;
SHOW session_authorization;
SHOW application_name;
SHOW statement_timeout;
SHOW lock_timeout;
SHOW idle_in_transaction_session_timeout;
SHOW extra_float_digits;
SHOW search_path;
SHOW synchronous_commit;
SHOW max_identifier_length;
SHOW bytea_output;
SHOW nosuch;
SHOW nosuch.setting;

SET application_name = 'me';
SHOW application_name;
-- parameter application_name
SET application_name TO 'you';
-- parameter application_name
RESET application_name;
SHOW application_name;
SET SESSION application_name = 'three';
SHOW application_name;
SET application_name TO DEFAULT;
SHOW application_name;
SET nosuch = 1;
SET my.own = 'x';
SHOW my.own;
RESET nosuch;
SET statement_timeout = 5000;
SHOW statement_timeout;
SET statement_timeout = '2min';
SHOW statement_timeout;
SET statement_timeout = 'soon';
SET statement_timeout = -1;
SET statement_timeout = 0;
RESET statement_timeout;
SHOW statement_timeout;
SET extra_float_digits = 3;
SHOW extra_float_digits;
SET extra_float_digits = 99;
RESET extra_float_digits;
SET client_encoding = 'UTF8';
SET NAMES 'UTF8';
SET client_encoding = 'nosuch';
SET TimeZone = 'UTC';
SET TIME ZONE 'UTC';
SET TIME ZONE LOCAL;
SET TimeZone = 'Mars/Olympus';
SET DateStyle = 'ISO';
SHOW DateStyle;
SET DateStyle = 'ISO, MDY';
SET standard_conforming_strings = on;
SET search_path = public;
SET search_path TO "$user", public;
SHOW search_path;
SET synchronous_commit = off;
SHOW synchronous_commit;
SET synchronous_commit = local;
SET synchronous_commit = remote_write;
SET synchronous_commit = remote_apply;
SHOW synchronous_commit;
SET synchronous_commit = maybe;
RESET synchronous_commit;
SHOW synchronous_commit;
SET server_version = '9';
SET server_encoding = 'LATIN1';
SET session_authorization = 'nosuchrole';
SET default_transaction_read_only = perhaps;
SET default_transaction_read_only = 'on';
-- parameter default_transaction_read_only
RESET ALL;
SHOW default_transaction_read_only;
-- parameter default_transaction_read_only

-- Settings inside transactions.
BEGIN;
SET application_name = 'inside';
SHOW application_name;
ROLLBACK;
SHOW application_name;
-- parameter application_name
BEGIN;
SET application_name = 'kept';
COMMIT;
SHOW application_name;
BEGIN;
SET LOCAL application_name = 'local';
SHOW application_name;
COMMIT;
SHOW application_name;
SET LOCAL application_name = 'nowhere';
SHOW application_name;
BEGIN;
SAVEPOINT s;
SET application_name = 'after savepoint';
ROLLBACK TO s;
SHOW application_name;
COMMIT;
DISCARD ALL;
SHOW application_name;
BEGIN;
DISCARD ALL;
ROLLBACK;
DISCARD PLANS;
DISCARD TEMP;
DISCARD SEQUENCES;
SET;
SHOW;
SET application_name;
RESET;
