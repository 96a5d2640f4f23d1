#!/usr/bin/env python3
"""The lint must find what it promises to find: each test plants one bad thing in a small, clean tree."""

import tempfile
import unittest
from pathlib import Path

import lint

HEADER = "// wal/frame.h\n//\n// How a frame looks.\n#pragma once\n\n"

CLEAN = {
    "CMakeLists.txt": "foreach(folder base wal server tests)\n  add_subdirectory(${folder})\nendforeach()\n",
    "base/CMakeLists.txt": "wallaby_library(base SOURCES lsn.cc)\n",
    "base/lsn.h": "// base/lsn.h\n//\n// A position in the log.\n#pragma once\n\n#include <cstdint>\n",
    "base/lsn.cc": '#include "base/lsn.h"\n\n#include <string>\n#include <unistd.h>\n\n#include <fmt/core.h>\n',
    "wal/CMakeLists.txt": "wallaby_library(wal SOURCES frame.cc DEPS wallaby_base)\n",
    "wal/frame.h": HEADER + '#include <string>\n\n#include "base/lsn.h"\n',
    "wal/frame.cc": '#include "wal/frame.h"\n\n#include <xxhash.h>\n\n#include "base/lsn.h"\n#include "base/version.h"\n',
    "server/CMakeLists.txt": "wallaby_library(server SOURCES door.cc)\n",
    "server/door.cc": "#include <boost/asio.hpp>\n",
    "tests/CMakeLists.txt": 'file(GLOB lists "*/CMakeLists.txt")\n',
    "tests/wal/CMakeLists.txt": "wallaby_test(wal_tests SOURCES frame_test.cc)\n",
    "tests/wal/frame_test.cc": '#include "wal/frame.h"\n\n#include <gtest/gtest.h>\n',
}


class LintTest(unittest.TestCase):
    def findings(self, changes):
        """What the lint says about the clean tree with `changes` (path -> text) on top."""
        with tempfile.TemporaryDirectory() as name:
            for path, text in {**CLEAN, **changes}.items():
                file = Path(name, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return list(lint.lint(Path(name)))

    def expect(self, changes, *beginnings):
        """Exactly these findings, each known by how its line begins."""
        findings = self.findings(changes)
        self.assertEqual(len(findings), len(beginnings), findings)
        for finding, beginning in zip(findings, beginnings):
            self.assertTrue(finding.startswith(beginning), f"{finding}\ndoes not begin with\n{beginning}")

    def in_frame_cc(self, code):
        return {"wal/frame.cc": '#include "wal/frame.h"\n\n' + code + "\n"}

    def in_frame_test(self, code):
        return {"tests/wal/frame_test.cc": '#include "wal/frame.h"\n\n' + code + "\n"}

    def test_clean_tree(self):
        self.expect({})

    def test_include_order(self):
        self.expect(self.in_frame_cc("#include <fmt/core.h>\n\n#include <string>"), "wal/frame.cc:5: include_order")
        self.expect(self.in_frame_cc('#include "base/lsn.h"\n\n#include <string>'), "wal/frame.cc:5: include_order")
        self.expect(self.in_frame_cc("#include <string>\n#include <fmt/core.h>"), "wal/frame.cc:4: include_order")
        self.expect({"wal/frame.cc": "#include <string>\n#include \"wal/frame.h\"\n"}, "wal/frame.cc:2: include_order")

    def test_include_from_root(self):
        self.expect(self.in_frame_cc('#include "wal/gone.h"'), "wal/frame.cc:3: include_from_root")
        self.expect(self.in_frame_cc("#include <base/lsn.h>"), "wal/frame.cc:3: include_from_root")

    def test_layers(self):
        self.expect({"base/lsn.cc": '#include "wal/frame.h"\n'}, "base/lsn.cc:1: layers: base/ may not use wal/")
        self.expect({"server/door.cc": '#include "wal/frame.h"\n'}, "server/door.cc:1: layers")
        self.expect(self.in_frame_cc("#include <boost/asio/ip/tcp.hpp>"), "wal/frame.cc:3: layers: Asio")
        self.expect(self.in_frame_cc("#include <mutex>"), "wal/frame.cc:3: layers")
        self.expect(self.in_frame_cc("auto t = std::chrono::steady_clock::now();"), "wal/frame.cc:3: layers")

    def test_generated_headers_stay_in_codecs(self):
        lists = {"proto/CMakeLists.txt": "wallaby_library(proto SOURCES record.cc record_codec.cc)\n",
                 "CMakeLists.txt": CLEAN["CMakeLists.txt"].replace("base", "base proto")}
        include = '#include "proto/record.pb.h"\n'
        self.expect({**lists, "proto/record_codec.cc": include})
        self.expect({**lists, "proto/record.cc": include}, "proto/record.cc:1: layers: generated")

    def test_capturing_lambda_in_co_await(self):
        for bad in ("co_await f([x] { return x; });",
                    "co_await f(1, [&]() mutable {\n  g();\n});",
                    "if (co_await f([a = v[0]] { return a; })) g();",
                    "co_await f([] { g(); }, [this](int) { h(); });"):
            self.expect(self.in_frame_cc(bad), "wal/frame.cc:3: coroutine_lambda")
        for good in ("co_await f([] { return 1; });", "co_await f(v[i](2));", "auto l = [x] { }; co_await f(l);",
                     "// co_await f([x] { });", 'co_await f("[x] {");', "co_await g(); auto [a, b] = c;",
                     "spawn([x]() -> Task { co_await x; });", "co_await g(); f([x] {});"):
            self.expect(self.in_frame_cc(good))

    def test_file_length(self):
        self.expect(self.in_frame_cc("\n" * 397))
        self.expect(self.in_frame_cc("\n" * 398), "wal/frame.cc:400: file_length")

    def test_unfinished(self):
        for word in ("TODO", "FIXME", "XXX"):
            self.expect(self.in_frame_cc(f"// {word}: later"), "wal/frame.cc:3: unfinished")
        self.expect(self.in_frame_test("TEST(Frame, DISABLED_Long) {}"), "tests/wal/frame_test.cc:3: unfinished")
        self.expect(self.in_frame_test("GTEST_SKIP();"), "tests/wal/frame_test.cc:3: unfinished")
        self.expect({"tests/wal/a.sh": "mktemp -d /tmp/a.XXXXXX\n"})

    def test_header_opening(self):
        header = "wal/frame.h:1: header_opening"
        self.expect({"wal/frame.h": "#pragma once\n"}, header, header)
        self.expect({"wal/frame.h": "// wal/frame.h\n#pragma once\n"}, header)
        self.expect({"wal/frame.h": HEADER.replace("wal/frame.h", "wal/old.h")}, header)
        self.expect({"wal/frame.h": HEADER.replace("#pragma once", "")}, header)

    def test_sleeping(self):
        test = "tests/wal/frame_test.cc:3: sleeping"
        self.expect(self.in_frame_test("std::this_thread::sleep_for(1s);"), test)
        self.expect(self.in_frame_test("usleep(10);"), test)
        self.expect(self.in_frame_test("// does not sleep(1)"))
        self.expect({"tests/wal/a.sh": "put a b; sleep 1\n"}, "tests/wal/a.sh:1: sleeping")
        self.expect({"tests/wal/a.sh": "while ! up; do sleep 0.1; done\n"}, "tests/wal/a.sh:1: sleeping")
        self.expect({"tests/wal/a.sh": "while ! up; do sleep 0.1; done # lint: poll\necho asleep\n"})
        self.expect({"tests/wal/a.py": "time.sleep(1)\n"}, "tests/wal/a.py:1: sleeping")

    def test_everything_is_built(self):
        self.expect({"wal/tail.cc": ""}, "wal/tail.cc:1: built")
        self.expect({"tests/wal/tail_test.cc": ""}, "tests/wal/tail_test.cc:1: built")
        self.expect({"tests/wal/kill_test.sh": ""}, "tests/wal/kill_test.sh:1: built")
        self.expect({"tests/sim/seed_test.cc": ""}, "tests/sim/seed_test.cc:1: built")
        self.expect({"wal/CMakeLists.txt": "# frame.cc\n"}, "wal/frame.cc:1: built")
        self.expect({"engine/CMakeLists.txt": "wallaby_library(engine SOURCES store.cc)\n", "engine/store.cc": ""},
                    "engine/CMakeLists.txt:1: folder_added")

    def test_unknown_folder(self):
        findings = self.findings({"junk/drawer.h": "// junk/drawer.h\n//\n// Things.\n#pragma once\n"})
        self.assertEqual([line.split(": ")[1] for line in findings], ["folder"], findings)


if __name__ == "__main__":
    unittest.main()
