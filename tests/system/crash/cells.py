"""One cluster that lives through one cell of the table after another.

    ready       a primary p1 and two replicas, equal, nothing held; the switch is thrown to the cell's rung
    hold        holds on the stages behind the row's
    put         one row, in the background; the cell waits until it has reached exactly the row's stages
    kill -9     the primary; how the put ends tells what its client was told
    look        the furthest replica does what a promotion does first: lets go of its holds, flushes all that it
                received, applies it. Is the row there?

Then p1 is started again on its own directory, the three become equal, and the next cell can come: it has its own key.
"""

from harness import Cluster, expect, expect_equal, lsn

from . import contract

TABLE = "t"
STAGES_OF = {"p1": ("appended", "flushed"), "r1": ("received", "flushed", "applied"),
             "r2": ("received", "flushed", "applied")}


class Lab:
    def __init__(self, programs, first_port):
        self.cluster = Cluster(programs, first_port)
        self.p1 = self.cluster.node("primary", "p1")
        self.replicas = [self.cluster.node("replica", name, "--primary", self.p1.address) for name in ("r1", "r2")]
        self.count = 0

    def clean_up(self):
        self.cluster.clean_up()

    def measure(self, row, rung):
        """The facts of one cell."""
        self.cluster.new_story()
        self.count += 1
        key = f"{rung}-{row.name}-{self.count}"
        self.get_ready(rung)
        if row is not contract.RESTART:
            return self.kill_for_good(row, key, everywhere=rung == "sync")
        if rung in ("off", "async"):
            return self.restart_alone(rung, key)
        return self.restart_in_doubt(key)

    # --- the parts of a cell

    def get_ready(self, rung):
        for node in (self.p1, *self.replicas):
            if not node.running():
                node.start()
            node.thaw()
        for replica in self.replicas:
            replica.run("release")
        self.p1.run("ack", rung)

        def equal(status):
            names = {r["name"] for r in status["replicas"] if r["state"] == "streaming" and
                     lsn(r["applied"]) == lsn(status["flushed"]) == lsn(status["appended"])}
            return names == {"r1", "r2"} == set(status["members"]) and not status["reads_refused"]

        self.p1.until("and its replicas are equal", equal)

    def was_told(self, put):
        """Whether the client of the only write was told OK. The stage was seen before, so the primary has decided."""
        waits = self.p1.status()["waiting"] > 0
        if not waits:
            put.answer()
        return not waits

    def kill_for_good(self, row, key, everywhere):
        for name, what in row.holds:
            self.named(name).run("hold", *what.split())
        looks_first = everywhere and not row.holds
        if looks_first:
            self.p1.run("hold", "acknowledged")
        put, at = self.p1.begin_put(key)
        self.p1.until(f"says: exactly {', '.join(sorted(row.reached))}", lambda s: reached(s, at) == row.reached)
        seen = {}
        if looks_first:
            expect(not self.was_told(put), "a hold on `acknowledged` stands, so the client waits")
            seen[contract.EVERYWHERE] = all([self.has(node, key) for node in self.replicas])
            self.p1.run("release")
            self.p1.until("has acknowledged it", lambda s: lsn(s["acknowledged"]) >= lsn(at))
        seen[contract.TOLD] = self.was_told(put)
        self.kill_primary(put, seen[contract.TOLD])
        seen[contract.THERE] = self.has(self.promote_furthest(row, at), key)
        return seen

    def kill_primary(self, put, told):
        self.p1.kill()
        if not told:
            put.answer(expect=5)

    def promote_furthest(self, row, at):
        """As a promotion begins. Gives the furthest replica."""
        states = {replica.name: replica.status() for replica in self.replicas}
        beyond = {f"{name} {stage}" for name, status in states.items() for stage in STAGES_OF[name]
                  if lsn(status[stage]) >= lsn(at)}
        expect_equal(sorted(beyond), sorted(stage for stage in row.reached if not stage.startswith("p1")),
                     "where the replicas say that they are, after the primary's end")
        furthest = max(self.replicas, key=lambda replica: lsn(states[replica.name]["received"]))
        furthest.run("release")
        furthest.until("has applied all that it received",
                       lambda s: lsn(s["received"]) == lsn(s["flushed"]) == lsn(s["applied"]))
        return furthest

    def restart_alone(self, rung, key):
        """What one primary's own disk keeps: a row is flushed, another one is not, and the primary dies."""
        put, at = self.p1.begin_put(key)
        self.p1.until("has flushed it", lambda s: lsn(s["flushed"]) >= lsn(at))
        put.answer()
        self.p1.run("hold", "flushed")
        unflushed, _ = self.p1.begin_put(f"{key}-unflushed")
        told = self.was_told(unflushed)
        expect_equal(told, rung == "off", "whether the client of the row that is not flushed was told OK")
        self.kill_primary(unflushed, told)
        self.restart_without_replicas()
        fact = contract.FLUSHED_THERE if rung == "off" else contract.OK_THERE
        return {fact: self.has(self.p1, key)}

    def restart_in_doubt(self, key):
        """One row was acknowledged, another one waits, and the restarted primary cannot know which is which."""
        self.p1.put(TABLE, key, "v")
        for replica in self.replicas:
            replica.freeze()
        put, at = self.p1.begin_put(f"{key}-waiting")
        self.p1.until("has flushed it", lambda s: lsn(s["flushed"]) >= lsn(at))
        told = self.was_told(put)
        self.kill_primary(put, told)
        self.restart_without_replicas()
        keys = (key, f"{key}-waiting")
        refused = [self.p1.run("get", TABLE, each, expect=(0, 1, 3)).status == 3 for each in keys]
        for replica in self.replicas:
            replica.step("SIGCONT")
            replica.thaw()
        self.p1.until("answers reads again", lambda s: not s["reads_refused"])
        return {contract.TOLD: told, contract.UNREAD: all(refused),
                contract.BOTH_THERE: all([self.has(self.p1, each) for each in keys])}

    def restart_without_replicas(self):
        for replica in self.replicas:
            replica.freeze()
        self.p1.start()

    # --- asking

    def named(self, name):
        return next(node for node in self.cluster.nodes if node.name == name)

    @staticmethod
    def has(node, key):
        return node.run("get", TABLE, key, expect=(0, 1)).status == 0


def reached(status, at):
    """The stages at or past position `at`, as the primary tells: {"p1 flushed", "r1 received", ...}"""
    told = {"p1": status, **{replica["name"]: replica for replica in status["replicas"]}}
    return {f"{name} {stage}" for name, stages in STAGES_OF.items() for stage in stages
            if name in told and lsn(told[name][stage]) >= lsn(at)}
