"""The reader of statement files, answers as lines, and the list of differences: without any server."""

import pathlib
import tempfile
import unittest

from pairs import answers, differences, statements
from pairs.libpq import Column, Result


def steps(text):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "topic.sql")
        path.write_text(text, encoding="utf-8")
        return statements.read(path)


class StatementFiles(unittest.TestCase):
    def test_a_message_ends_with_a_line_that_ends_with_a_semicolon(self):
        read = steps("-- Prose.\nSELECT 1;\nSELECT\n  2;\nSELECT 3; SELECT 4;\n")
        self.assertEqual([(step.line, step.text) for step in read],
                         [(2, "SELECT 1;"), (3, "SELECT\n  2;"), (5, "SELECT 3; SELECT 4;")])

    def test_directives_belong_to_the_next_statement(self):
        first, second = steps("-- params int4:1 'text:two words'\n-- binary\nSELECT $1, $2;\nSELECT 1;\n")
        self.assertEqual(first.how, {"params": ["int4:1", "text:two words"], "binary": []})
        self.assertEqual(second.how, {})

    def test_directives_on_their_own_are_steps(self):
        read = steps("-- session other\n-- on standby\n-- parameter TimeZone\n-- execute p :1\n")
        self.assertEqual([(step.kind, step.text) for step in read],
                         [("session", "other"), ("on", "standby"), ("parameter", "TimeZone"), ("execute", "p :1")])

    def test_bare_takes_the_semicolon_away(self):
        self.assertEqual(steps("-- bare\nSELECT 1 FROM;\n")[0].text, "SELECT 1 FROM")

    def test_data_of_a_copy(self):
        read = steps("COPY t FROM STDIN;\n1\ta\n2\tb\n\\.\nSELECT 1;\n")
        self.assertEqual(read[0].data, [b"1\ta\n", b"2\tb\n"])
        self.assertEqual(read[1].line, 5)

    def test_pipelines(self):
        (one,) = steps("-- pipeline\nSELECT 1;\n-- sync\n-- params :2\nSELECT $1;\n-- end\n")
        self.assertEqual([None if inside is None else inside[0] for inside in one.inside],
                         ["SELECT 1;", None, "SELECT $1;"])

    def test_what_is_misspelt_is_refused(self):
        for text in ("-- sesion other\n", "SELECT 1\n", "-- binary\n", "COPY t FROM STDIN;\n1\n",
                     "-- pipeline\nSELECT 1;\n",
                     "-- binary\n-- session other\n"):
            with self.assertRaises(statements.Misspelt):
                steps(text)

    def test_what_a_file_makes(self):
        self.assertEqual(statements.created('CREATE TABLE IF NOT EXISTS "a b" (x int); create sequence s;'),
                         [("TABLE", '"a b"'), ("SEQUENCE", "s")])


class Answers(unittest.TestCase):
    def test_rows(self):
        result = Result("rows", "SELECT 2", [Column("id", 23, 4, -1, False), Column("v", 1043, -1, 24, True)],
                        [[b"2", b"x"], [b"1", None]])
        lines = ["columns: id int4/4 · v varchar/-1 mod 24 binary", "row: 2 | x78", "row: 1 | NULL", "tag: SELECT 2"]
        self.assertEqual(answers.result_lines(result), lines)
        self.assertEqual(answers.result_lines(result, unordered=True), [lines[0], lines[2], lines[1], lines[3]])

    def test_values_that_look_alike_do_not(self):
        seen = [answers.shown_value(value, False) for value in (None, b"NULL", b"", b" ", b"a|b", b"a\nb", b"a\\nb")]
        self.assertEqual(seen, ["NULL", "'NULL'", "''", "' '", "'a|b'", "a\\nb", "a\\\\nb"])

    def test_errors(self):
        fields = {"severity": "ERROR", "severity (not translated)": "ERROR", "code": "22012", "message": "no",
                  "hint": "h"}
        self.assertEqual(answers.error_lines("error", fields), ["error: ERROR 22012 no", "  hint: h"])


class Differences(unittest.TestCase):
    def entries(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "differences.txt")
            path.write_text(text, encoding="utf-8")
            return differences.read(path)

    def test_an_entry_explains_what_it_names_and_no_more(self):
        (entry,) = self.entries("file: topic\nstatement: ^SELECT 1\nlines: ^  hint:\nreason: It helps.\n")
        one, two = steps("SELECT 1;\nSELECT 2;\n")
        told, more = ["error: E", "transaction: idle"], ["error: E", "  hint: h", "transaction: idle"]
        self.assertTrue(entry.explains(one, told, more))
        self.assertFalse(entry.explains(two, told, more))
        self.assertFalse(entry.explains(one, told, ["error: other", "  hint: h", "transaction: idle"]))
        self.assertEqual(entry.used, 1)

    def test_an_entry_may_say_what_wallaby_answers(self):
        (entry,) = self.entries("file: topic\nstatement: .\nwallaby: ERROR 0A000\nreason: Not supported.\n  Really.\n")
        (one,) = steps("SELECT 1;\n")
        self.assertTrue(entry.explains(one, ["row: 1"], ["error: ERROR 0A000 no"]))
        self.assertFalse(entry.explains(one, ["row: 1"], ["row: 2"]))
        self.assertEqual(entry.reason, "Not supported. Really.")

    def test_entries_need_a_reason_and_a_limit(self):
        for text in ("file: topic\nstatement: .\nlines: x\n", "file: topic\nstatement: .\nreason: r\n", "nothing\n"):
            with self.assertRaises(ValueError):
                self.entries(text)


if __name__ == "__main__":
    unittest.main()
