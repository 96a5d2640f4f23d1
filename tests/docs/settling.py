"""Whether a cluster has come to rest: a person who types leaves it seconds between two commands, so the runner waits
until all that can move has moved. What a hold keeps back cannot."""

from harness.checks import lsn


def ceiling(status, stage, replica=""):
    return min((lsn(hold["ceiling"]) for hold in status["holds"]
                if hold["stage"] == stage and hold["replica"] in ("", replica)), default=None)


def still_moving(status, is_alive):
    """What of the primary's status will soon be another; empty: nothing. `is_alive(name)`: its process runs."""
    flushed = lsn(status["flushed"])
    if flushed < lsn(status["appended"]) and ceiling(status, "flushed") is None:
        return "p1 flushes"
    for replica in status["replicas"]:
        name = replica["name"]
        if is_alive(name) != (replica["state"] != "away"):
            return f"{name} comes or goes"
        if replica["state"] == "away":
            continue
        sent = ceiling(status, "sent", name)
        target = flushed if sent is None else min(flushed, sent)
        for stage in ("received", "flushed", "applied"):
            if stage in replica["holds"] or stage == "applied" and replica["apply_delay_ms"] > 0:
                break
            if lsn(replica[stage]) < target:
                return f"{name} has not {stage} all"
    return ""
