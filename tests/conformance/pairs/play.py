"""Plays the steps of one file on one pair of servers, and gives each step's answer as lines."""

from . import answers, libpq
from .statements import created, parameters, types

# What PostgreSQL says where it cannot show inside a transaction block, which is undone, that it can do a thing at all.
NOT_IN_A_BLOCK = "25001"


class Player:
    def __init__(self, pair, as_oracle, extended=False):
        """`as_oracle`: this pair is PostgreSQL, which shows what is right. `extended`: all over that protocol."""
        self.pair, self.as_oracle, self.extended = pair, as_oracle, extended
        self.sessions = {}
        self.session, self.where = "main", "primary"
        self.behind = False  # whether the primary may have done something that the standby was not waited for
        self.made = []

    def begin(self, steps):
        """A file finds none of the tables that it makes."""
        self.made = sorted({one for step in steps if "refused" not in step.how for one in created(step.text)})
        self._drop()

    def end(self):
        for connection in self.sessions.values():
            connection.close()
        self.sessions.clear()
        self._drop()

    def _drop(self):
        with self.pair.primary.connect() as connection:
            for kind, name in sorted(self.made, reverse=True):  # tables first: they own sequences
                connection.query(f"DROP {kind} IF EXISTS {name}")

    def play(self, step):
        """The lines of its answer."""
        try:
            return self._play(step)
        except libpq.NoAnswer as problem:
            self._forget()
            return [f"no answer: {problem}"]
        except libpq.Lost as problem:
            self._forget()
            return [f"connection lost: {problem}"]

    def _forget(self):
        connection = self.sessions.pop((self.where, self.session), None)
        if connection is not None:
            connection.close()

    def _connection(self):
        key = (self.where, self.session)
        if self.where == "standby" and self.behind:
            self.pair.catch_up()
            self.behind = False
        if self.where == "primary":
            self.behind = True
        if key not in self.sessions:
            self.sessions[key] = getattr(self.pair, self.where).connect()
        return self.sessions[key]

    def _play(self, step):
        match step.kind:
            case "session":
                self.session = step.text
                return []
            case "on":
                self.where = step.text
                return []
            case "reconnect":
                self._forget()
                return []
            case "parameter":
                return [f"{step.text} = {self._connection().parameter(step.text)}"]
            case "statement" if "refused" in step.how:
                return self._refused(step)
        connection = self._connection()
        match step.kind:
            case "statement":
                results = self._statement(connection, step)
            case "pipeline":
                results = connection.pipeline(step.inside)
            case "execute":
                name, *words = step.how["execute"]
                binary_results = words[:2] == ["results", "binary"]
                results = connection.execute_prepared(name, parameters(words[2 * binary_results:]), binary_results)
            case "describe":
                results = connection.describe(step.text)
            case "cursor":
                results = connection.describe_cursor(step.text)
        return answers.answer_lines(results, connection, "unordered" in step.how)

    def _statement(self, connection, step):
        how = step.how
        if "prepare" in how:
            name, *named = how["prepare"]
            return connection.prepare(name, step.text, types(named))
        if "describe" in how:
            prepared = connection.prepare("", step.text, [p.oid for p in parameters(how.get("params", []))])
            return prepared if prepared[-1].error else connection.describe("")
        fail = " ".join(how["fail"]) if "fail" in how else None
        simple = "params" not in how and "binary" not in how
        if simple and not (self.extended and step.text.count(";") <= 1):
            return connection.query(step.text, step.data, fail)
        return connection.execute(step.text, parameters(how.get("params", [])), "binary" in how, step.data, fail)

    def _refused(self, step):
        """PostgreSQL has to be able to do it, and takes it back; Wallaby has to refuse it with the code that is due."""
        wanted = (step.how["refused"] or ["0A000"])[0]
        connection = self._connection()
        if not self.as_oracle:
            seen = connection.query(step.text)[-1].error.get("code")
            lines = answers.answer_lines([], connection)
            return [f"refused with {wanted}"] if seen == wanted else [f"refused with {seen}, not {wanted}", *lines]
        connection.query("BEGIN")
        done = connection.query(step.text)[-1]
        connection.query("ROLLBACK")
        connection.take_notices()
        if done.error and done.error["code"] != NOT_IN_A_BLOCK:
            return answers.error_lines("PostgreSQL cannot do it either", done.error)
        return [f"refused with {wanted}"]
