#!/usr/bin/env python3
"""Breaks every rule of check.py once, in a small made-up tree, and sees that it is found at its line - and nothing else."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import check  # noqa: E402
from cpp_functions import functions  # noqa: E402

GOOD = {
    "CMakeLists.txt": "",
    "main.cpp": '#include "app.h"\nint main() {}\n',
    "src/limits.h": "#pragma once\n",
    "src/app.h": '#pragma once\n#include "api/routes.h"\n',
    "src/base/text.h": '#pragma once\n#include "limits.h"\n',
    "src/base/text.cpp": '#include "base/text.h"\n',
    "src/base/CMakeLists.txt": "add_library(whinchat_base text.cpp)\n",
    "src/io/loop.h": '#pragma once\n#include "base/text.h"\n',
    "src/io/loop_impl.h": "#pragma once\n#include <boost/asio.hpp>\n",
    "src/http/server.h": '#pragma once\n#include "io/loop.h"\n',
    "src/http/exchange.h": "#pragma once\n#include <httplib.h>\n",
    "src/store/users.h": "#pragma once\n",
    "src/chat/turn.h": '#pragma once\n#include "store/users.h"\n#include "http/server.h"\n',
    "src/api/routes.h": '#pragma once\n#include "chat/turn.h"\n',
}


def lines(count):
    return "\n".join("  ++x;" for _ in range(count))


class Rules(unittest.TestCase):
    def broken(self, **changed):
        files = dict(GOOD, **changed)
        with tempfile.TemporaryDirectory() as top:
            for name, text in files.items():
                path = os.path.join(top, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return sorted((path, line, rule.split(":")[0]) for path, line, rule in check(top))

    def expect(self, path, text, line, rule):
        found = self.broken(**{path: text})
        self.assertEqual([(p, n) for p, n, _ in found], [(path, line)], found)
        self.assertIn(rule, found[0][2])

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.broken(), [])

    def test_an_include_that_goes_up(self):
        self.expect("src/base/text.h", '#pragma once\n\n#include "http/server.h"\n', 3, "base must not know http")

    def test_an_include_between_neighbours(self):
        self.expect("src/provider/demo.h", '#pragma once\n#include "store/users.h"\n', 2, "provider must not know store")

    def test_a_layer_that_knows_the_app(self):
        self.expect("src/api/other.h", '#pragma once\n#include "app.h"\n', 2, "api must not know app")

    def test_an_include_of_nothing(self):
        self.expect("src/http/server.h", '#pragma once\n#include "../io/loop.h"\n', 2, '"../io/loop.h" is not a file under src/')

    def test_libraries_outside_their_folder(self):
        for header, rule in (("httplib.h", "httplib.h stays"), ("boost/asio.hpp", "Boost stays"), ("ares.h", "c-ares stays"),
                             ("openssl/ssl.h", "OpenSSL stays"), ("sqlite3.h", "sqlite3.h stays"),
                             ("nlohmann/json.hpp", "belongs in .cpp")):
            self.expect("src/api/routes.h", f"#pragma once\n#include <{header}>\n", 2, rule)

    def test_a_library_that_comes_through_a_header_of_ours(self):
        self.expect("src/http/server.h", '#pragma once\n#include "io/loop_impl.h"\n', 2, "Boost stays")
        self.expect("src/chat/turn.h", '#pragma once\n#include "http/exchange.h"\n', 2, "httplib.h stays")

    def test_a_long_file(self):
        self.expect("tools/run", "#\n" * 601, 601, "the file has 601 lines")
        self.expect("main.cpp", "int main() {}\n" + "\n" * 60, 61, "the file has 61 lines")
        self.assertEqual(self.broken(**{"tools/run": "#\n" * 600}), [])

    def test_a_long_function(self):
        text = "#pragma once\nnamespace a {\n\nint f(int x) {\n" + lines(69) + "\n}\n}\n"
        self.expect("src/base/text.h", text, 4, "a function of 71 lines")
        self.assertEqual(self.broken(**{"src/base/text.h": text.replace("  ++x;\n", "", 1)}), [])

    def test_a_name_that_says_nothing(self):
        for name in ("src/base/util.h", "src/http/string_utils.h", "src/api/common/x.h", "tests/helpers.h"):
            self.expect(name, "#pragma once\n", 1, "a name that says nothing")

    def test_sql_outside_the_store(self):
        self.expect("src/api/routes.h", '#pragma once\n// SELECT a FROM b in a comment is fine\nauto q = "SELECT a FROM b";\n', 3, "SQL text")
        self.assertEqual(self.broken(**{"src/store/users.h": '#pragma once\nauto q = "SELECT a FROM b";\n'}), [])

    def test_a_file_that_nothing_builds(self):
        for name in ("src/base/clock.cpp", "tests/base/clock_test.cpp", "src/base/more_text.cpp"):
            self.expect(name, "", 1, "no CMakeLists.txt names this file")

    def test_paths_and_hosts_of_one_machine(self):
        self.expect("README.md", "a\nsee /home" + "/jane/x\n", 2, "an absolute path")
        self.expect("README.md", "from https://registry" + ".example.org/x\n", 1, "package registry")

    def test_the_top_level(self):
        self.expect("docs/a.md", "", 1, '"docs" does not belong at the top level')
        self.assertEqual(self.broken(**{".github/x.yml": ""}), [])

    def test_headers(self):
        self.expect("src/base/text.h", "int f();\n", 1, "#pragma once")
        self.expect("src/base/text.h", "#pragma once\nusing namespace std;\n", 2, "forces no namespace")


class Functions(unittest.TestCase):
    def found(self, text):
        return [(first, last) for first, last, _ in functions(text)]

    def test_what_counts_as_a_function(self):
        self.assertEqual(self.found("struct A {\n  A(int x)\n      : a_{x}, b_(1) {\n  }\n  int a_;\n};\n"), [(2, 4)])
        self.assertEqual(self.found("namespace {\nvoid f() const noexcept {\n if (a) {\n }\n}\n}\n"), [(2, 5)])
        self.assertEqual(self.found('TEST_CASE("a { b") {\n  auto l = [] {\n  };\n}\n'), [(1, 4)])
        self.assertEqual(self.found("template <class T>\nauto f(T t) -> int {\n}\n"), [(1, 3)])
        self.assertEqual(self.found("bool operator==(A a, A b) {\n}\n"), [(1, 2)])

    def test_what_does_not(self):
        self.assertEqual(self.found("constexpr A kTable[] = {\n  {f(1), 2},\n};\n"), [])
        self.assertEqual(self.found("enum class A : int {\n  kB,\n};\n// void f() {\n"), [])
        self.assertEqual(self.found('auto s = R"(void f() {\n})";\n'), [])


if __name__ == "__main__":
    unittest.main()
