"""The contract: what may be lost when the primary dies after a commit has reached a stage.

A row is a stage, and how a commit is brought to exactly that stage and no further: by holds on the stages behind it.
A cell is what the table says of one rung in this row, as words and as facts that a run can measure.
"""

from dataclasses import dataclass, field

RUNGS = ("off", "async", "semi-sync", "durable", "sync")
COLUMNS = {"semi-sync": "semi-sync (ANY 1)", "durable": "durable (ANY 1)", "sync": "sync (ALL)"}

# The facts.
TOLD = "the client was told OK"
THERE = "the furthest replica has the row"
EVERYWHERE = "every member showed the row before the client was told"
FLUSHED_THERE = "what was flushed is there"
OK_THERE = "all that was OK is there"
UNREAD = "reads were refused until all of it was acknowledged again"
BOTH_THERE = "the row that was OK and the one that was not are both there"


@dataclass(frozen=True)
class Row:
    """A commit has reached the stages `reached` ("p1 flushed", "r1 received") and no others."""
    name: str                  # for --stage
    title: str                 # in the table
    holds: tuple = ()          # (node, what it holds)
    reached: frozenset = frozenset()


def row(name, title, holds, reached):
    return Row(name, title, tuple(holds), frozenset(reached))


ON_P1 = ["p1 appended", "p1 flushed"]
NOT_TO_R2 = ("p1", "sent --replica r2")

STAGES = (
    row("appended", "appended", [("p1", "flushed")], ["p1 appended"]),
    row("flushed", "flushed on the primary only", [("p1", "sent")], ON_P1),
    row("received", "received by one replica", [("r1", "flushed"), NOT_TO_R2], [*ON_P1, "r1 received"]),
    row("flushed-there", "flushed there", [("r1", "applied"), NOT_TO_R2], [*ON_P1, "r1 received", "r1 flushed"]),
    row("applied", "applied on all", [],
        [*ON_P1, *(f"{replica} {stage}" for replica in ("r1", "r2") for stage in ("received", "flushed", "applied"))]),
)
RESTART = Row("restart", "the same primary restarts instead")
ROWS = (*STAGES, RESTART)


@dataclass(frozen=True)
class Cell:
    text: str
    facts: dict = field(hash=False)  # fact: whether it must be so


def gone(told, text=None):
    return Cell(text or words(False, told), {TOLD: told, THERE: False})


def survives(told, text=None, **more):
    return Cell(text or words(True, told), {TOLD: told, THERE: True, **more})


def words(there, told):
    """How a cell reads when there is nothing special about it."""
    return f"{'survives' if there else 'gone'}; {'OK' if told else 'no OK'}"


OK, NOT_OK = True, False
UNREAD_FIRST = Cell("there; unread until acknowledged again", {TOLD: NOT_OK, UNREAD: True, BOTH_THERE: True})

CONTRACT = {
    "appended": {
        "off": gone(OK, "**gone; OK was given**"),
        "async": gone(NOT_OK),
        "semi-sync": gone(NOT_OK),
        "durable": gone(NOT_OK),
        "sync": gone(NOT_OK),
    },
    "flushed": {
        "off": gone(OK, "**gone; OK**"),
        "async": gone(OK, "**gone; OK was given**"),
        "semi-sync": gone(NOT_OK),
        "durable": gone(NOT_OK),
        "sync": gone(NOT_OK),
    },
    "received": {
        "off": survives(OK),
        "async": survives(OK),
        "semi-sync": survives(OK, "survives; **OK possible** (lost only if that replica's OS dies too)"),
        "durable": survives(NOT_OK),
        "sync": survives(NOT_OK),
    },
    "flushed-there": {
        "off": survives(OK),
        "async": survives(OK),
        "semi-sync": survives(OK),
        "durable": survives(OK, "survives; **OK possible**, power loss of both included"),
        "sync": survives(NOT_OK),
    },
    "applied": {
        "off": survives(OK),
        "async": survives(OK),
        "semi-sync": survives(OK),
        "durable": survives(OK),
        "sync": survives(OK, "survives; **OK possible, already readable on every member**", **{EVERYWHERE: True}),
    },
    "restart": {
        "off": Cell("what was flushed is there", {FLUSHED_THERE: True}),
        "async": Cell("all that was OK is there", {OK_THERE: True}),
        "semi-sync": UNREAD_FIRST,
        "durable": UNREAD_FIRST,
        "sync": UNREAD_FIRST,
    },
}


def differences(row_name, rung, seen):
    """A sentence for each fact that is not as the contract has it."""
    said = {True: "yes", False: "no", None: "not looked at"}
    facts = CONTRACT[row_name][rung].facts
    return [f"{fact}: expected {said[wanted]}, seen {said[seen.get(fact)]}"
            for fact, wanted in facts.items() if seen.get(fact) != wanted]


def verdict(row_name, rung, seen):
    """What the cell says after it was measured."""
    if not differences(row_name, rung, seen):
        return CONTRACT[row_name][rung].text
    if THERE in seen:
        return f"DIFFERS: {words(seen[THERE], seen[TOLD])}"
    return "DIFFERS: " + "; ".join(f"{'' if true else 'NOT '}{fact}" for fact, true in seen.items())
