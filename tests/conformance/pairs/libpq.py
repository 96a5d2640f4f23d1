"""PostgreSQL's own client library, through ctypes.

    with Connection("host=127.0.0.1 port=5432 user=student") as connection:
        for result in connection.query("SELECT 1 AS one; SELECT 2 AS two"):
            print(result.columns, result.rows)

Everything goes the asynchronous way (send, wait for the socket, take results), so that a server that never answers is
told from a slow one: NoAnswer after ANSWER_WITHIN seconds. Values are bytes, or None for NULL.
Left out: single-row mode, large objects, and what the library forgot to export in version 15 (closing a statement).
"""

import ctypes
import ctypes.util
import select
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p
from dataclasses import dataclass, field

ANSWER_WITHIN = 20.0

# ExecStatusType, in the library's order.
STATUS = ("empty", "command", "rows", "copy out", "copy in", "bad response", "notice", "error", "copy both",
          "single row", "sync", "aborted")
TRANSACTION = ("idle", "active", "in transaction", "failed", "unknown")
# The error fields that a client may see, with the letters of the protocol. File, line and routine are left out.
ERROR_FIELDS = {"severity": "S", "severity (not translated)": "V", "code": "C", "message": "M", "detail": "D",
                "hint": "H", "position": "P", "context": "W", "schema": "s", "table": "t", "column": "c",
                "type": "d", "constraint": "n"}

LIBRARY = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
NoticeReceiver = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)


def declare(name, result, *arguments):
    function = getattr(LIBRARY, name)
    function.restype, function.argtypes = result, arguments
    return function


connect_start = declare("PQconnectStart", c_void_p, c_char_p)
connect_poll = declare("PQconnectPoll", c_int, c_void_p)
finish = declare("PQfinish", None, c_void_p)
connection_status = declare("PQstatus", c_int, c_void_p)
error_message = declare("PQerrorMessage", c_char_p, c_void_p)
socket_of = declare("PQsocket", c_int, c_void_p)
flush = declare("PQflush", c_int, c_void_p)
consume_input = declare("PQconsumeInput", c_int, c_void_p)
is_busy = declare("PQisBusy", c_int, c_void_p)
get_result = declare("PQgetResult", c_void_p, c_void_p)
clear = declare("PQclear", None, c_void_p)
transaction_status = declare("PQtransactionStatus", c_int, c_void_p)
parameter_status = declare("PQparameterStatus", c_char_p, c_void_p, c_char_p)
set_notice_receiver = declare("PQsetNoticeReceiver", c_void_p, c_void_p, NoticeReceiver, c_void_p)
get_cancel = declare("PQgetCancel", c_void_p, c_void_p)
cancel = declare("PQcancel", c_int, c_void_p, c_char_p, c_int)
free_cancel = declare("PQfreeCancel", None, c_void_p)

send_query = declare("PQsendQuery", c_int, c_void_p, c_char_p)
send_query_params = declare("PQsendQueryParams", c_int, c_void_p, c_char_p, c_int, POINTER(c_uint), POINTER(c_char_p),
                            POINTER(c_int), POINTER(c_int), c_int)
send_prepare = declare("PQsendPrepare", c_int, c_void_p, c_char_p, c_char_p, c_int, POINTER(c_uint))
send_query_prepared = declare("PQsendQueryPrepared", c_int, c_void_p, c_char_p, c_int, POINTER(c_char_p),
                              POINTER(c_int), POINTER(c_int), c_int)
send_describe_prepared = declare("PQsendDescribePrepared", c_int, c_void_p, c_char_p)
send_describe_portal = declare("PQsendDescribePortal", c_int, c_void_p, c_char_p)
enter_pipeline = declare("PQenterPipelineMode", c_int, c_void_p)
exit_pipeline = declare("PQexitPipelineMode", c_int, c_void_p)
pipeline_sync = declare("PQpipelineSync", c_int, c_void_p)
put_copy_data = declare("PQputCopyData", c_int, c_void_p, c_char_p, c_int)
put_copy_end = declare("PQputCopyEnd", c_int, c_void_p, c_char_p)
get_copy_data = declare("PQgetCopyData", c_int, c_void_p, POINTER(c_void_p), c_int)
free_memory = declare("PQfreemem", None, c_void_p)

result_status = declare("PQresultStatus", c_int, c_void_p)
command_status = declare("PQcmdStatus", c_char_p, c_void_p)
error_field = declare("PQresultErrorField", c_char_p, c_void_p, c_int)
result_error_message = declare("PQresultErrorMessage", c_char_p, c_void_p)
row_count = declare("PQntuples", c_int, c_void_p)
column_count = declare("PQnfields", c_int, c_void_p)
column_name = declare("PQfname", c_char_p, c_void_p, c_int)
column_type = declare("PQftype", c_uint, c_void_p, c_int)
column_modifier = declare("PQfmod", c_int, c_void_p, c_int)
column_size = declare("PQfsize", c_int, c_void_p, c_int)
column_format = declare("PQfformat", c_int, c_void_p, c_int)
value_is_null = declare("PQgetisnull", c_int, c_void_p, c_int, c_int)
value_length = declare("PQgetlength", c_int, c_void_p, c_int, c_int)
value_at = declare("PQgetvalue", c_void_p, c_void_p, c_int, c_int)
parameter_count = declare("PQnparams", c_int, c_void_p)
parameter_type = declare("PQparamtype", c_uint, c_void_p, c_int)


class NoAnswer(Exception):
    """Nothing came in time. The connection is of no use any more."""


class Lost(Exception):
    """The connection could not be made, or broke."""


@dataclass
class Column:
    name: str
    type: int
    size: int
    modifier: int
    binary: bool


@dataclass
class Result:
    """One result: rows, a command's tag, an error, what a COPY sent, or a mark of a pipeline."""

    kind: str
    tag: str = ""
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    parameters: list = field(default_factory=list)  # of a described statement: type OIDs
    copied: list = field(default_factory=list)
    error: dict = field(default_factory=dict)


def text(raw):
    return (raw or b"").decode(errors="replace")


def fields_of(handle):
    """The fields of an error or a notice."""
    found = {}
    for name, letter in ERROR_FIELDS.items():
        value = error_field(handle, ord(letter))
        if value is not None:
            found[name] = text(value)
    return found or {"message": text(result_error_message(handle)).strip()}


def taken(handle):
    """A library's result as our own; frees it."""
    try:
        result = Result(STATUS[result_status(handle)], text(command_status(handle)))
        if result.kind in ("error", "bad response"):
            result.error = fields_of(handle)
        result.columns = [
            Column(text(column_name(handle, c)), column_type(handle, c), column_size(handle, c),
                   column_modifier(handle, c), bool(column_format(handle, c)))
            for c in range(column_count(handle))]
        result.parameters = [parameter_type(handle, p) for p in range(parameter_count(handle))]
        for row in range(row_count(handle)):
            result.rows.append([
                None if value_is_null(handle, row, c) else
                ctypes.string_at(value_at(handle, row, c), value_length(handle, row, c))
                for c in range(len(result.columns))])
        return result
    finally:
        clear(handle)


class Connection:
    def __init__(self, conninfo):
        self.notices = []
        self.handle = connect_start(conninfo.encode())
        self._receiver = NoticeReceiver(lambda _, notice: self.notices.append(fields_of(notice)))
        set_notice_receiver(self.handle, self._receiver, None)
        self._connect(time.monotonic() + ANSWER_WITHIN)

    def _connect(self, deadline):
        state = 2 if connection_status(self.handle) != 1 else 0  # PGRES_POLLING_WRITING, or failed at once
        while state not in (0, 3):  # failed, ok
            self._wait(select.POLLOUT if state == 2 else select.POLLIN, deadline)
            state = connect_poll(self.handle)
        if state == 0:
            why = text(error_message(self.handle)).strip()
            self.close()
            raise Lost(why)

    def close(self):
        if self.handle:
            finish(self.handle)
            self.handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- what it knows

    def transaction(self):
        return TRANSACTION[transaction_status(self.handle)]

    def parameter(self, name):
        value = parameter_status(self.handle, name.encode())
        return None if value is None else text(value)

    def take_notices(self):
        taken_now, self.notices[:] = list(self.notices), []
        return taken_now

    # --- one request, all its results

    def query(self, sql, data=None, fail=None):
        """The simple protocol. `data` is what a COPY FROM STDIN gets; with `fail` it is broken off by the client."""
        self._send(send_query(self.handle, sql.encode()))
        return self._results(data, fail)

    def execute(self, sql, parameters=(), binary_result=False, data=None, fail=None):
        """The extended protocol with the unnamed statement; `parameters`: of values.Parameter."""
        types = (c_uint * max(1, len(parameters)))(*[p.oid for p in parameters])
        self._send(send_query_params(self.handle, sql.encode(), len(parameters), types,
                                     *self._values(parameters), int(binary_result)))
        return self._results(data, fail)

    def prepare(self, name, sql, types=()):
        oids = (c_uint * max(1, len(types)))(*types)
        self._send(send_prepare(self.handle, name.encode(), sql.encode(), len(types), oids))
        return self._results()

    def execute_prepared(self, name, parameters=(), binary_result=False):
        self._send(send_query_prepared(self.handle, name.encode(), len(parameters), *self._values(parameters),
                                       int(binary_result)))
        return self._results()

    def describe(self, name):
        self._send(send_describe_prepared(self.handle, name.encode()))
        return self._results()

    def describe_cursor(self, name):
        self._send(send_describe_portal(self.handle, name.encode()))
        return self._results()

    def pipeline(self, statements):
        """Sends all, a Sync behind each None and at the end, then takes all results in order."""
        self._send(enter_pipeline(self.handle))
        syncs = 0
        for statement in [*statements, None]:
            if statement is None:
                self._send(pipeline_sync(self.handle))
                syncs += 1
                continue
            sql, parameters = statement
            types = (c_uint * max(1, len(parameters)))(*[p.oid for p in parameters])
            self._send(send_query_params(self.handle, sql.encode(), len(parameters), types,
                                         *self._values(parameters), 0))
        results = []
        deadline = time.monotonic() + ANSWER_WITHIN
        while syncs:
            handle = self._next(deadline)
            if handle is None:
                continue  # between the results of two statements
            results.append(taken(handle))
            syncs -= results[-1].kind == "sync"
        self._send(exit_pipeline(self.handle))
        return results

    def cancel(self):
        """Asks, on a connection of its own, to end what runs."""
        handle = get_cancel(self.handle)
        reason = ctypes.create_string_buffer(256)
        done = cancel(handle, reason, 256)
        free_cancel(handle)
        if not done:
            raise Lost(text(reason.value))

    # --- inside

    @staticmethod
    def _values(parameters):
        count = max(1, len(parameters))
        raw = (c_char_p * count)(*[p.raw for p in parameters])
        lengths = (c_int * count)(*[len(p.raw or b"") for p in parameters])
        formats = (c_int * count)(*[int(p.binary) for p in parameters])
        return raw, lengths, formats

    def _send(self, done):
        if not done:
            raise Lost(text(error_message(self.handle)).strip())

    def _wait(self, what, deadline):
        poll = select.poll()
        poll.register(socket_of(self.handle), what)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise NoAnswer(f"nothing within {ANSWER_WITHIN:g} s")

    def _next(self, deadline):
        while flush(self.handle) == 1:
            self._wait(select.POLLIN | select.POLLOUT, deadline)
            consume_input(self.handle)
        while is_busy(self.handle):
            self._wait(select.POLLIN, deadline)
            if not consume_input(self.handle):
                break  # the result that comes next tells why
        return get_result(self.handle)

    def _results(self, data=None, fail=None):
        results = []
        deadline = time.monotonic() + ANSWER_WITHIN
        while (handle := self._next(deadline)) is not None:
            result = taken(handle)
            results.append(result)
            if result.kind == "copy in":
                self._put(data or [], fail)
            elif result.kind == "copy out":
                result.copied = self._copied(deadline)
        if connection_status(self.handle) != 0 and not (results and results[-1].error):
            raise Lost(text(error_message(self.handle)).strip())
        return results

    def _put(self, data, fail):
        for piece in data:
            self._send(put_copy_data(self.handle, piece, len(piece)) == 1)
        self._send(put_copy_end(self.handle, None if fail is None else fail.encode()) == 1)

    def _copied(self, deadline):
        rows, row = [], c_void_p()
        while (length := get_copy_data(self.handle, byref(row), 1)) >= 0:
            if length == 0:
                self._wait(select.POLLIN, deadline)
                consume_input(self.handle)
                continue
            rows.append(ctypes.string_at(row, length))
            free_memory(row)
        return rows
