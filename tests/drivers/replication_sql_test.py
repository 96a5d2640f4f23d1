"""Replication seen and steered from SQL: PostgreSQL's views and functions, the ack switch, commits that wait, and what
a restart leaves. Over libpq, on a primary and a replica."""

import threading

from support import AGAINST_POSTGRES, make, subject
from pairs.libpq import Lost
from pairs.postgres import PostgresPair
from harness import expect, expect_equal, expect_in, main, poll_until
from harness.checks import CheckFailed

# Wallaby's own columns follow PostgreSQL's.
VIEWS = ("pg_stat_replication", "pg_stat_wal_receiver", "pg_replication_slots", "pg_stat_activity", "pg_settings",
         "pg_database", "pg_roles", "pg_tables", "pg_indexes", "pg_sequences")


def one(connection, sql):
    """The only value of the only row, as text; fails on an error."""
    result = connection.query(sql)[-1]
    if result.error:
        raise CheckFailed(f"{sql}\n  {result.error}")
    expect_equal((len(result.rows), len(result.columns)), (1, 1), f"one value: {sql}")
    value = result.rows[0][0]
    return None if value is None else value.decode()


def run(connection, sql):
    """Rows as lists of texts; fails on an error."""
    result = connection.query(sql)[-1]
    if result.error:
        raise CheckFailed(f"{sql}\n  {result.error}")
    return [[None if value is None else value.decode() for value in row] for row in result.rows]


def error(connection, sql):
    return connection.query(sql)[-1].error


class InTheBackground:
    """A statement that may have to wait."""

    def __init__(self, server, *statements):
        self.connection = server.connect()
        for statement in statements[:-1]:
            run(self.connection, statement)
        self.results = None
        self.thread = threading.Thread(target=self._run, args=(statements[-1],), daemon=True)
        self.thread.start()

    def _run(self, sql):
        try:
            self.results = self.connection.query(sql)
        except Exception as problem:  # pylint: disable=broad-except
            self.results = problem

    def waits(self):
        return self.thread.is_alive()

    def answers(self):
        self.thread.join(30)
        expect(not self.thread.is_alive(), "it has been answered")
        if isinstance(self.results, Exception):
            raise self.results
        return self.results

    def answer(self):
        return self.answers()[-1]

    def notices(self):
        return [notice["message"] for notice in list(self.connection.notices)]


def shows_sync_rep(connection, within=30.0):
    """Waits until a session waits for a replica."""
    poll_until("a session waits", lambda: run(connection,
                                              "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
               within)


def views_begin_with_postgres_columns(c):
    with PostgresPair() as postgres, subject(c) as pair:
        with postgres.primary.connect() as left, pair.primary.connect() as right:
            for view in VIEWS:
                wanted, seen = ([column.name for column in connection.query(f"SELECT * FROM {view} LIMIT 0")[0].columns]
                                for connection in (left, right))
                expect_equal(seen[:len(wanted)], wanted, f"the columns of {view}")


def the_views_tell_of_the_replica(c):
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (1);\n")
        pair.catch_up()
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            poll_until("the replica has reported it", lambda: one(
                primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' "
                         "AND replay_lsn = pg_current_wal_lsn()") == "1")
            expect_equal(run(primary, "SELECT application_name FROM pg_stat_replication"), [[pair.nodes[1].name]]
                         if not AGAINST_POSTGRES else [["walreceiver"]], "its name")
            expect_equal(run(standby, "SELECT status FROM pg_stat_wal_receiver"), [["streaming"]], "on the replica")
            expect_equal(one(standby, "SELECT pg_is_in_recovery()"), "t", "it is a replica")
            expect_equal(one(primary, "SELECT pg_is_in_recovery()"), "f", "it is the primary")
            expect_equal(one(standby, "SELECT pg_last_wal_replay_lsn()"), one(primary, "SELECT pg_current_wal_lsn()"),
                         "both are at the same position")


def a_commit_waits_for_the_replica(c):
    """The switch at sync and the replica's replay paused: an INSERT waits, and nobody sees its row."""
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\n")
        pair.catch_up()
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            run(primary, "ALTER SYSTEM SET ack_mode = 'sync'")
            expect_equal(one(primary, "SHOW ack_mode"), "sync", "the switch")
            run(standby, "SELECT pg_wal_replay_pause()")
            expect_equal(one(standby, "SELECT pg_is_wal_replay_paused()"), "t", "paused")
            insert = InTheBackground(pair.primary, "INSERT INTO t VALUES (1)")
            shows_sync_rep(primary)
            poll_until("a notice names the replica",
                       lambda: any(pair.nodes[1].name in notice for notice in insert.notices()))
            expect(insert.waits(), "the INSERT waits")
            expect_equal(one(primary, "SELECT count(*) FROM t"), "0", "another session does not see the row")
            expect_equal(one(standby, "SELECT count(*) FROM t"), "0", "nor does one on the replica")
            run(standby, "SELECT pg_wal_replay_resume()")
            expect_equal(insert.answer().tag, "INSERT 0 1", "it returns")
            expect_equal(one(primary, "SELECT count(*) FROM t"), "1", "the row on the primary")
            expect_equal(one(standby, "SELECT count(*) FROM t"), "1", "and on the replica")


def a_sessions_own_rung_holds_only_its_reply(c):
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\n")
        pair.catch_up()
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            run(standby, "SELECT pg_wal_replay_pause()")
            insert = InTheBackground(pair.primary, "SET synchronous_commit = remote_apply", "INSERT INTO t VALUES (1)")
            shows_sync_rep(primary)
            poll_until("others see the row once it is flushed here", lambda: one(primary, "SELECT count(*) FROM t") == "1")
            run(primary, "INSERT INTO t VALUES (2)")
            expect(insert.waits(), "its own reply waits, another session's does not")
            run(standby, "SELECT pg_wal_replay_resume()")
            expect_equal(insert.answer().tag, "INSERT 0 1", "it returns")


def a_cancelled_wait_is_an_unknown_outcome(c):
    """The commit is in the log already: it cannot be taken back, and the error says what can be asked."""
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\n")
        pair.catch_up()
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            run(primary, "ALTER SYSTEM SET ack_mode = 'sync'")
            run(standby, "SELECT pg_wal_replay_pause()")
            insert = InTheBackground(pair.primary, "INSERT INTO t VALUES (1)")
            shows_sync_rep(primary)
            insert.connection.cancel()
            told = insert.answer().error
            expect_equal(told.get("code"), "40003", f"statement completion unknown: {told}")
            token = one(insert.connection, "SELECT last_commit_lsn()")
            expect_in(token, " ".join(told.values()), "it names the token")
            before = one(primary, f"SELECT commit_status('{token}')")
            run(standby, "SELECT pg_wal_replay_resume()")
            poll_until("the commit is acknowledged", lambda: one(primary, f"SELECT commit_status('{token}')") != before)
            expect_equal(one(primary, "SELECT count(*) FROM t"), "1", "it came through")


def answers(door):
    try:
        with door.connect() as connection:
            return one(connection, "SELECT 1") == "1"
    except Lost:
        return False


def what_a_restart_leaves(c):
    """A sequence goes on where it was, also after kill -9; so do tables, indexes, settings of the system."""
    with subject(c) as pair:
        primary = pair.nodes[0]
        make(c, pair.primary, "CREATE TABLE t (id serial PRIMARY KEY, v text UNIQUE);\n"
             "INSERT INTO t (v) VALUES ('a'), ('b');\n"
                              "CREATE SEQUENCE s;\nSELECT nextval('s');\nALTER SYSTEM SET ack_mode = 'semi-sync';\n")
        for stop in (primary.kill, primary.stop):
            stop()
            primary.start()
            # Under semi-sync it lets nobody in before the replica has acknowledged what was in its log.
            poll_until("it lets clients in", lambda: answers(pair.primary))
            with pair.primary.connect() as connection:
                expect_equal(one(connection, "SHOW ack_mode"), "semi-sync", "the switch")
                before = int(one(connection, "SELECT max(id) FROM t"))
                after = int(one(connection, f"INSERT INTO t (v) VALUES ('{before}') RETURNING id"))
                expect_equal(after, before + 1, "the next number")
                expect_equal(error(connection, "INSERT INTO t (v) VALUES ('a')").get("code"), "23505", "the index")
        with pair.primary.connect() as connection:
            expect_equal(one(connection, "SELECT nextval('s')"), "2", "the other sequence")
            poll_until("the replica is back", lambda: one(
                connection, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1")
        c.converges()


def both_doors_see_one_house(c):
    """A table of the native door is one of keys and values in SQL; a table of SQL is read, and not written, there."""
    with subject(c) as pair:
        node = pair.nodes[0]
        node.put("greetings", "hello", "world")
        with pair.primary.connect() as connection:
            expect_equal(run(connection, "SELECT * FROM greetings"), [["hello", "world"]], "seen from SQL")
            run(connection, "INSERT INTO greetings (key, value) VALUES ('bye', 'moon')")
            expect_equal(node.get("greetings", "bye"), "moon", "written by SQL")
            run(connection, "UPDATE greetings SET value = 'sun' WHERE key = 'hello'")
            expect_equal(node.get("greetings", "hello"), "sun", "changed by SQL")
            run(connection, "CREATE TABLE users (id int PRIMARY KEY, name text)")
            run(connection, "INSERT INTO users VALUES (7, 'Alice')")
        expect_in("belongs to SQL", node.run("put", "users", "x", "y", expect=None).err, "its rows stay whole")
        expect_in("Alice", node.run("scan", "users").out, "and can be read")
        dump = c.quietly("waldump", node.data).out
        expect_in("users", dump, "the log names the table")
        expect_in("Alice", dump, "and the row's values")


def a_token_makes_the_replica_wait(c):
    """Read your own writes on the replica: the primary reports each commit's token, the replica waits for it."""
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\n")
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            run(primary, "SET report_commit_lsn = on")
            for number in range(20):
                run(primary, f"INSERT INTO t VALUES ({number})")
                token = primary.parameter("wallaby.commit_lsn")
                expect_equal(token, one(primary, "SELECT last_commit_lsn()"), "the token comes with the commit")
                expect_equal(one(standby, f"SELECT wallaby_wait_for_lsn('{token}', 20000)"), "t",
                             "the replica is there")
                expect_equal(one(standby, "SELECT count(*) FROM t"), str(number + 1), "and has the row")
            run(standby, "SELECT pg_wal_replay_pause()")
            run(primary, "INSERT INTO t VALUES (99)")
            token = primary.parameter("wallaby.commit_lsn")
            expect_equal(one(standby, f"SELECT wallaby_wait_for_lsn('{token}', 100)"), "f", "not in time")
            run(standby, "SELECT pg_wal_replay_resume()")
            expect_equal(one(standby, f"SELECT wallaby_wait_for_lsn('{token}', 20000)"), "t", "then it is")


def holding_and_stepping(c):
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\n")
        pair.catch_up()
        with pair.primary.connect() as primary, pair.standby.connect() as standby:
            run(primary, "SELECT wallaby_hold('flushed')")
            insert = InTheBackground(pair.primary, "INSERT INTO t VALUES (1)")
            poll_until("it is appended", lambda: one(
                primary, "SELECT pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()") == "t")
            expect(insert.waits(), "it waits for the disk")
            expect_equal(one(primary, "SELECT count(*) FROM t"), "0", "nobody sees it")
            run(primary, "SELECT wallaby_release()")
            expect_equal(insert.answer().tag, "INSERT 0 1", "released")
            # Else the hold stands before that row, and the first step is its.
            pair.catch_up()
            run(standby, "SELECT wallaby_hold('applied')")
            run(primary, "INSERT INTO t VALUES (2)")
            run(primary, "INSERT INTO t VALUES (3)")
            poll_until("both have been received", lambda: one(standby, "SELECT pg_last_wal_receive_lsn()") == one(
                primary, "SELECT pg_current_wal_lsn()"))
            run(standby, "SELECT wallaby_step(1)")
            poll_until("one is applied", lambda: one(standby, "SELECT count(*) FROM t") == "2")
            run(standby, "SELECT wallaby_step(1)")
            poll_until("the other one as well", lambda: one(standby, "SELECT count(*) FROM t") == "3")
            run(standby, "SELECT wallaby_release()")


def expect_ended(error):
    expect_equal((error.get("severity"), error.get("code"), error.get("message")),
                 ("FATAL", "57P01", "terminating connection due to administrator command"), "why it ended")


def a_stop_tells_the_clients(c):
    """One that is idle, one that runs, and one whose commit waits: it hears what is known of that first."""
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE t (id int PRIMARY KEY);\nALTER SYSTEM SET ack_mode = 'sync';\n")
        with pair.standby.connect() as standby:
            run(standby, "SELECT pg_wal_replay_pause()")
        idle = pair.primary.connect()
        asleep = InTheBackground(pair.primary, "SELECT pg_sleep(600)")
        insert = InTheBackground(pair.primary, "INSERT INTO t VALUES (1)")
        shows_sync_rep(idle)
        poll_until("one sleeps", lambda: run(idle, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        took = pair.nodes[0].stop()
        expect(took < 5, f"the clients do not hold up the stop: {took:.1f} s")
        # libpq's own word, that the connection is closed, comes behind the server's.
        expect_ended(idle.query("SELECT 1")[0].error)
        expect_ended(asleep.answers()[0].error)
        expect_equal(insert.answers()[0].error.get("code"), "40003", "what became of the commit is not known")
        idle.close()
        with pair.standby.connect() as standby:
            run(standby, "SELECT pg_wal_replay_resume()")
        pair.nodes[0].start()
        # Not before the replica has acknowledged what was in the log.
        poll_until("it is back", lambda: answers(pair.primary))


main(__file__, [views_begin_with_postgres_columns, the_views_tell_of_the_replica, a_commit_waits_for_the_replica,
                a_sessions_own_rung_holds_only_its_reply, a_cancelled_wait_is_an_unknown_outcome,
                a_token_makes_the_replica_wait, holding_and_stepping, what_a_restart_leaves, a_stop_tells_the_clients,
                both_doors_see_one_house])
