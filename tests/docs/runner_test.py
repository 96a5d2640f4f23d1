"""The runner's own parts: how a document is read, what counts as equal, how commands are run. No node is started."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness.checks import CheckFailed, poll_until  # noqa: E402

from document import BadDocument, Command, Heard, Until, parse  # noqa: E402
from matching import Names, match  # noqa: E402
from settling import still_moving  # noqa: E402
from shell import Shell  # noqa: E402

DOCUMENT = """\
# A title
<!-- cluster: p1 --ack semi-sync --sync-replicas "ANY 1 (r1, r2)" r1 r2 -->
```console
$ wallaby put t k v &
semi-sync: waiting
$ echo one \\
  two && true
one two
```
    $ not run
```
$ not run either
```
<!-- until: p1 replicas.r1.state = streaming -->
<!-- from: 1 -->
```console
0/1A8@1
```
## Another
<!-- cluster: none -->
<!-- crash-table: begin -->
"""


class Reading(unittest.TestCase):
    def test_experiments_with_their_nodes_and_steps(self):
        first, second = parse(DOCUMENT, "doc.md")
        self.assertEqual(first.nodes, [("p1", ["--ack", "semi-sync", "--sync-replicas", "ANY 1 (r1, r2)"]), ("r1", []),
                                       ("r2", [])])
        self.assertEqual(first.steps, [
            Command(4, "wallaby put t k v &", ["semi-sync: waiting"], 5),
            Command(6, "echo one \\\n  two && true", ["one two"], 8),
            Until(14, "p1", "replicas.r1.state", "streaming"),
            Heard(17, 1, ["0/1A8@1"], 17)])
        self.assertEqual([one.background for one in first.steps[:2]], [True, False])
        self.assertEqual((second.heading, second.nodes, second.steps), ("Another", [], []))

    def test_what_cannot_be_read_names_its_line(self):
        for text, part in (("```console\n$ true\n```\n", "doc.md:3: no `<!-- cluster"),
                           ("<!-- cluster: p1 -->\n<!-- untill: p1 a = b -->\n", "doc.md:2: there is no `untill"),
                           ("<!-- cluster: p1 -->\n<!-- until: p1 waiting 1 -->\n", "doc.md:2: not `until"),
                           ("<!-- cluster: --ack sync -->\n", "doc.md:1: `cluster:` names nodes"),
                           ("<!-- cluster: p1 -->\n```console\n$ true\n", "doc.md:3: the block")):
            with self.assertRaises(BadDocument) as caught:
                parse(text, "doc.md")
            self.assertIn(part, str(caught.exception))


class Matching(unittest.TestCase):
    def equal(self, said, seen, names=None):
        return match(said.splitlines(), seen.splitlines(), names or Names())

    def test_a_position_is_the_same_everywhere(self):
        names = Names()
        self.assertTrue(self.equal("0/58 and 0/A8@1, 0/58", "0/60 and 0/200@1, 0/60", names))
        self.assertTrue(self.equal("0/A8", "0/200", names))
        self.assertFalse(self.equal("0/A8", "0/208", names), "it is 0/200 in this run")
        self.assertFalse(self.equal("0/B0", "0/200", names), "that one is called 0/A8")
        self.assertFalse(self.equal("0/B0@1", "0/300@2", names), "a timeline is no position")
        self.assertTrue(self.equal("0/B0", "0/300", names), "nothing was learnt from what did not match")
        self.assertEqual(names.to_run("get t k --after 0/A8@1 0/77"), "get t k --after 0/200@1 0/77")
        self.assertEqual(names.unknown_in("get t k --after 0/A8@1 0/77"), ["0/77"])
        self.assertEqual(names.to_document("0/60 0/77"), "0/58 0/77")

    def test_times_and_sizes_vary_and_settings_do_not(self):
        self.assertTrue(self.equal("took 0.61 ms", "took 2 s"))
        self.assertTrue(self.equal("80 bytes, 4.29 GB", "1 byte, 33 kB"))
        self.assertFalse(self.equal("degrade=2s", "degrade=3s"))
        self.assertTrue(self.equal('{"wait_ms":0.61,"a":1}', '{"wait_ms":12,"a":1}'))
        self.assertFalse(self.equal('{"wait_ms":0.000}', '{"wait_ms":12}'))
        self.assertFalse(self.equal("2 commits", "3 commits"))

    def test_a_zero_is_a_zero(self):
        self.assertTrue(self.equal("0 bytes", "0 B"))
        self.assertTrue(self.equal("0.00 ms", "0 us"))
        self.assertFalse(self.equal("0 bytes", "8 bytes"))
        self.assertFalse(self.equal("0.00 ms", "0.01 ms"))
        self.assertFalse(self.equal("8 bytes", "0 bytes"))

    def test_blanks_bars_ids_clocks_and_processes(self):
        self.assertTrue(self.equal("a   b", "a b"))
        self.assertFalse(self.equal("a b", "ab"))
        self.assertTrue(self.equal("  r1  received   0.61 ms |   ###", "  r1  received  0.6 ms |#"))
        self.assertTrue(self.equal("digest 5d41402abc4b2a76", "digest 0123456789abcdef"))

        self.assertTrue(self.equal("12:34:56.789 info  in use (pid 12)", "01:02:03.4 info in use (pid 4567)"))

    def test_the_bars_of_a_trace_may_come_in_any_order(self):
        rows = ["  p1  sent to r1   0.50 ms |  #", "  p1  acknowledged  0.50 ms |  #", "  r1  received   0.61 ms |   ##"]
        self.assertTrue(match(["head", *rows, "end"], ["head", *reversed(rows), "end"], Names()))
        self.assertFalse(match(["head", *rows, "end"], ["head", *rows[1:], "end"], Names()))
        self.assertFalse(match(["head", *rows], [*rows, "head"], Names()))

    def test_dots_stand_for_the_rest_of_a_line_or_for_lines(self):
        self.assertTrue(self.equal("waiting for ...", "waiting for r1, r2 (none is here)"))
        self.assertTrue(self.equal("first\n...\nlast", "first\nlast"))
        self.assertTrue(self.equal("first\n...\nlast", "first\nlast\nlast"))
        self.assertFalse(self.equal("first\n...\nlast", "first\nlast\nmore"))
        self.assertTrue(self.equal("...\n0/58\n...", "0/10\n0/20\n0/30"))

    def test_more_or_less_than_expected_is_different(self):
        self.assertFalse(self.equal("a", "a\nb"))
        self.assertFalse(self.equal("a\nb", "a"))
        self.assertTrue(self.equal("", ""))
        self.assertFalse(self.equal("a.c", "abc"), "text is no pattern")


class Settling(unittest.TestCase):
    @staticmethod
    def replica(name="r1", **more):
        return {"name": name, "state": "streaming", "holds": [], "apply_delay_ms": 0, "received": "0/A8", "flushed": "0/A8",
                "applied": "0/A8"} | more

    def moving(self, *replicas, holds=(), appended="0/A8", alive=("r1", "r2")):
        holds = [{"stage": stage, "replica": replica, "ceiling": at} for stage, replica, at in holds]
        status = {"appended": appended, "flushed": "0/A8", "holds": holds, "replicas": list(replicas)}
        return still_moving(status, lambda name: name in alive)

    def test_all_that_can_move_has_moved(self):
        self.assertEqual(self.moving(self.replica(), self.replica("r2")), "")
        self.assertEqual(self.moving(self.replica(), appended="0/B0"), "p1 flushes")
        self.assertEqual(self.moving(self.replica(applied="0/58")), "r1 has not applied all")
        self.assertEqual(self.moving(self.replica(received="0/58")), "r1 has not received all")

    def test_what_is_held_does_not_move(self):
        self.assertEqual(self.moving(appended="0/B0", holds=[("flushed", "", "0/A8")]), "")
        self.assertEqual(self.moving(self.replica(applied="0/58", holds=["applied"])), "")
        self.assertEqual(self.moving(self.replica(applied="0/58", apply_delay_ms=1000)), "")
        self.assertEqual(self.moving(self.replica(flushed="0/58", applied="0/58", holds=["flushed"])), "")
        self.assertEqual(self.moving(self.replica(received="0/58", flushed="0/58", holds=["flushed"])), "r1 has not received all")
        behind = {"received": "0/58", "flushed": "0/58", "applied": "0/58"}
        self.assertEqual(self.moving(self.replica(**behind), holds=[("sent", "", "0/58")]), "")
        self.assertEqual(self.moving(self.replica(**behind), holds=[("sent", "r1", "0/58")]), "")
        self.assertEqual(self.moving(self.replica(**behind), holds=[("sent", "r2", "0/58")]), "r1 has not received all")

    def test_who_was_killed_or_started_is_waited_for(self):
        self.assertEqual(self.moving(self.replica(), alive=()), "r1 comes or goes")
        self.assertEqual(self.moving(self.replica(state="away")), "r1 comes or goes")
        self.assertEqual(self.moving(self.replica(state="away", applied="0/0"), alive=()), "")


class Running(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="wallaby-docs-")
        self.shell = Shell(pathlib.Path(self.directory.name), dict(os.environ))

    def tearDown(self):
        self.shell.close()
        self.directory.cleanup()

    @staticmethod
    def wait_for(job):
        poll_until("the command has said something", lambda: job.news()[0])

    def test_one_shell_for_all_commands(self):
        self.assertEqual(self.shell.run("a=b"), [])
        self.assertEqual(self.shell.run("echo $a; echo oops >&2"), ["b", "oops"])
        self.assertEqual(self.shell.run("(exit 5)  # a comment"), [])
        self.assertEqual(self.shell.status, 5)
        self.assertEqual(self.shell.run("echo $?"), ["5"])
        self.assertEqual(self.shell.run("cat"), [], "nobody types")

    def test_what_a_background_command_says_is_kept_apart(self):
        self.shell.run("mkfifo fifo")
        job = self.shell.begin("sh -c 'echo begun; read line <fifo; echo $line; exit 5' &")
        self.wait_for(job)
        self.assertEqual(job.news()[0], ["begun"])
        job.shown = job.up_to(1)
        self.assertEqual(self.shell.run("echo heard >fifo; echo told"), ["told"])
        self.assertEqual(self.shell.run("wait $!; echo $?"), ["5"])
        self.assertEqual(job.news()[0], ["heard"])

    def test_ctrl_c_and_kill_for_background_commands(self):
        self.wait_for(self.shell.begin("sh -c 'trap \"exit 5\" INT; echo begun; while :; do :; done' &"))
        self.shell.run("kill -INT %1")
        self.assertEqual(self.shell.run("wait $!; echo $?"), ["5"])
        self.shell.begin("tail -f /dev/null &")
        self.assertEqual(self.shell.run("kill -9 $!; wait $!; echo $?"), ["137"], "bash's own remark is left out")

    def test_a_command_that_does_not_end_is_given_up(self):
        with self.assertRaises(CheckFailed):
            self.shell.run("tail -f /dev/null", within=0.1)


if __name__ == "__main__":
    unittest.main()
