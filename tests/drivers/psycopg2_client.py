"""psycopg2 against the servers that PGHOST, PGPORT and REPLICA_PORT name; run by psycopg2_test.py."""

import datetime
import io
import os
import threading
import unittest

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras


def connect(**more):
    return psycopg2.connect(connect_timeout=20, **more)


class Psycopg2(unittest.TestCase):
    def setUp(self):
        self.connection = connect()
        self.addCleanup(self.connection.close)
        self.cursor = self.connection.cursor()

    def one(self, sql, arguments=None):
        self.cursor.execute(sql, arguments)
        return self.cursor.fetchone()

    def fresh(self, definition):
        name = self.id().split(".")[-1]
        self.cursor.execute(f"DROP TABLE IF EXISTS {name}")
        self.cursor.execute(f"CREATE TABLE {name} ({definition})")
        self.connection.commit()
        return name

    def test_connects_and_knows_the_server(self):
        self.assertEqual(self.one("SELECT 1"), (1,))
        self.assertGreaterEqual(self.connection.server_version, 150000)
        self.assertEqual(self.connection.encoding, "UTF8")
        self.assertEqual(self.connection.get_parameter_status("standard_conforming_strings"), "on")

    def test_values_go_and_come(self):
        name = self.fresh("i int, b bigint, f float8, ok bool, t text, raw bytea, at timestamptz, j jsonb")
        at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, datetime.timezone.utc)
        row = (7, 1 << 40, 1.5, True, "it's a \\ \"tëxt\"\n%", b"\x00\x01\xff'\\", at,
               psycopg2.extras.Json({"a": [1, None]}))
        self.cursor.execute(f"INSERT INTO {name} VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)
        self.assertEqual(self.cursor.rowcount, 1)
        self.cursor.execute(f"SELECT * FROM {name}")
        self.assertEqual([column.name for column in self.cursor.description],
                         ["i", "b", "f", "ok", "t", "raw", "at", "j"])
        seen = self.cursor.fetchone()
        self.assertEqual(seen[:5], row[:5])
        self.assertEqual((bytes(seen[5]), seen[6], seen[7]), (row[5], at, {"a": [1, None]}))
        self.cursor.execute(f"DELETE FROM {name}")
        self.cursor.execute(f"INSERT INTO {name} (i) VALUES (NULL)")
        self.assertEqual(self.one(f"SELECT * FROM {name}"), (None,) * 8)

    def test_lists_become_in_lists(self):
        name = self.fresh("id int PRIMARY KEY")
        psycopg2.extras.execute_values(self.cursor, f"INSERT INTO {name} VALUES %s", [(i,) for i in range(250)])
        self.cursor.execute(f"SELECT id FROM {name} WHERE id IN %s ORDER BY id", ((3, 5, 999),))
        self.assertEqual(self.cursor.fetchall(), [(3,), (5,)])
        self.cursor.execute(f"SELECT id FROM {name} WHERE id = ANY(%s) ORDER BY id", ([7, 9],))
        self.assertEqual(self.cursor.fetchall(), [(7,), (9,)])
        self.cursor.executemany(f"UPDATE {name} SET id = id + %s WHERE id = %s", [(1000, 1), (1000, 2)])
        self.assertEqual(self.one(f"SELECT count(*) FROM {name} WHERE id > 1000"), (2,))
        psycopg2.extras.execute_batch(self.cursor, f"DELETE FROM {name} WHERE id = %s", [(1001,), (1002,)])
        self.assertEqual(self.one(f"SELECT count(*) FROM {name}"), (248,))

    def test_transactions_begin_by_themselves(self):
        name = self.fresh("id int PRIMARY KEY")
        self.cursor.execute(f"INSERT INTO {name} VALUES (1)")
        self.assertEqual(self.connection.get_transaction_status(), psycopg2.extensions.TRANSACTION_STATUS_INTRANS)
        self.connection.rollback()
        self.assertEqual(self.one(f"SELECT count(*) FROM {name}"), (0,))
        self.cursor.execute(f"INSERT INTO {name} VALUES (1)")
        self.connection.commit()
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.cursor.execute(f"INSERT INTO {name} VALUES (1)")
        with self.assertRaises(psycopg2.errors.InFailedSqlTransaction):
            self.cursor.execute("SELECT 1")
        self.connection.rollback()
        with self.connection:
            with self.connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {name} VALUES (2)")
        self.assertEqual(self.one(f"SELECT count(*) FROM {name}"), (2,))

    def test_session_settings(self):
        self.connection.set_session(readonly=True)
        with self.assertRaises(psycopg2.errors.ReadOnlySqlTransaction):
            self.cursor.execute("CREATE TABLE never (a int)")
        self.connection.rollback()
        self.connection.set_session(readonly=False, autocommit=True)
        self.cursor.execute("SELECT 1")
        self.assertEqual(self.connection.get_transaction_status(), psycopg2.extensions.TRANSACTION_STATUS_IDLE)
        self.connection.set_session(isolation_level="REPEATABLE READ", autocommit=False)
        self.assertEqual(self.one("SHOW transaction_isolation"), ("repeatable read",))

    def test_errors_are_classes(self):
        name = self.fresh("id int PRIMARY KEY, t varchar(3) NOT NULL")
        for sql, kind in ((f"INSERT INTO {name} VALUES (1, NULL)", psycopg2.errors.NotNullViolation),
                          (f"INSERT INTO {name} VALUES (1, 'long')", psycopg2.errors.StringDataRightTruncation),
                          ("SELECT nosuch", psycopg2.errors.UndefinedColumn),
                          ("SELECT * FROM nosuch", psycopg2.errors.UndefinedTable),
                          ("SELEC", psycopg2.errors.SyntaxError), ("SELECT 1/0", psycopg2.errors.DivisionByZero),
                          ("SELECT 'x'::int", psycopg2.errors.InvalidTextRepresentation),
                          ("SELECT 2147483647 + 1", psycopg2.errors.NumericValueOutOfRange)):
            with self.assertRaises(kind) as caught:
                self.cursor.execute(sql)
            self.connection.rollback()
            self.assertEqual(caught.exception.diag.severity, "ERROR")
        with self.assertRaises(psycopg2.errors.NotNullViolation) as caught:
            self.cursor.execute(f"INSERT INTO {name} VALUES (1, NULL)")
        diag = caught.exception.diag
        self.assertEqual((diag.table_name, diag.column_name, diag.schema_name), (name, "t", "public"))

    def test_savepoints(self):
        name = self.fresh("id int PRIMARY KEY")
        self.cursor.execute(f"INSERT INTO {name} VALUES (1)")
        self.cursor.execute("SAVEPOINT s")
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.cursor.execute(f"INSERT INTO {name} VALUES (1)")
        self.cursor.execute("ROLLBACK TO s")
        self.cursor.execute(f"INSERT INTO {name} VALUES (2)")
        self.connection.commit()
        self.assertEqual(self.one(f"SELECT count(*) FROM {name}"), (2,))

    def test_copy(self):
        name = self.fresh("id int PRIMARY KEY, t text")
        text = "".join(f"{i}\trow {i}\n" for i in range(5000))
        self.cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(text))
        self.assertEqual(self.cursor.rowcount, 5000)
        out = io.StringIO()
        self.cursor.copy_expert(f"COPY (SELECT * FROM {name} ORDER BY id) TO STDOUT", out)
        self.assertEqual(out.getvalue(), text)
        self.cursor.copy_expert(f"COPY {name} FROM STDIN CSV", io.StringIO('9000,"a ""b"", c"\n9001,\n'))
        self.assertEqual(self.one(f"SELECT t FROM {name} WHERE id = 9000"), ('a "b", c',))
        self.connection.commit()
        self.cursor.copy_from(io.StringIO("9002|x\n"), name, sep="|", columns=("id", "t"))
        out = io.StringIO()
        self.cursor.copy_to(out, name, columns=("id",))
        self.assertEqual(len(out.getvalue().splitlines()), 5003)
        self.connection.rollback()
        with self.assertRaises(psycopg2.errors.InvalidTextRepresentation):
            self.cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO("9003\tgood\nbad\tbad\n" * 1000))
        self.connection.rollback()
        self.assertEqual(self.one(f"SELECT count(*) FROM {name}"), (5002,))

    def test_named_cursor(self):
        name = self.fresh("id int PRIMARY KEY")
        psycopg2.extras.execute_values(self.cursor, f"INSERT INTO {name} VALUES %s", [(i,) for i in range(500)])
        self.connection.commit()
        with self.connection.cursor("portions") as portions:
            portions.itersize = 70
            portions.execute(f"SELECT id FROM {name} ORDER BY id")
            self.assertEqual(portions.fetchmany(3), [(0,), (1,), (2,)])
            self.assertEqual([row[0] for row in portions], list(range(3, 500)))

    def test_prepared_by_sql(self):
        name = self.fresh("id int PRIMARY KEY, t text")
        self.cursor.execute(f"PREPARE put (int, text) AS INSERT INTO {name} VALUES ($1, $2)")
        self.cursor.execute("EXECUTE put (%s, %s)", (1, "x"))
        self.assertEqual(self.cursor.rowcount, 1)
        self.assertEqual(self.one(f"SELECT t FROM {name}"), ("x",))
        self.cursor.execute("DEALLOCATE put")

    def test_cancel(self):
        threading.Timer(0.2, self.connection.cancel).start()
        with self.assertRaises(psycopg2.errors.QueryCanceled):
            self.cursor.execute("SELECT pg_sleep(60)")
        self.connection.rollback()
        self.assertEqual(self.one("SELECT 1"), (1,))

    def test_notices(self):
        self.cursor.execute("DROP TABLE IF EXISTS nosuch")
        self.assertEqual(self.connection.notices, ['NOTICE:  table "nosuch" does not exist, skipping\n'])

    def test_replica(self):
        replica = connect(port=os.environ["REPLICA_PORT"])
        self.addCleanup(replica.close)
        replica.autocommit = True
        cursor = replica.cursor()
        cursor.execute("SELECT pg_is_in_recovery()")
        self.assertEqual(cursor.fetchone(), (True,))
        with self.assertRaises(psycopg2.errors.ReadOnlySqlTransaction) as caught:
            cursor.execute("CREATE TABLE never (a int)")
        self.assertEqual(caught.exception.pgcode, "25006")

    def test_dictionaries_and_iteration(self):
        cursor = self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cursor.execute("SELECT 1 AS one, 'x' AS two")
        self.assertEqual([dict(row) for row in cursor], [{"one": 1, "two": "x"}])


if __name__ == "__main__":
    unittest.main()
