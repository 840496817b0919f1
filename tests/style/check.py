#!/usr/bin/env python3
"""The rules of the house that a machine can check. Prints "file:line: rule" and ends with 1 when one is broken.

usage: tests/style/check.py [folder]     (the repository's top by default)
"""
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cpp_functions import blank_comments_and_strings, functions  # noqa: E402

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
MAIN_LINES_MAX = 60

# Includes go down only; folders of one rank do not know each other. Files of src/ itself are the app, but for limits.h.
RANKS = {"base": 0, "io": 1, "model": 1, "http": 2, "provider": 3, "store": 3, "quota": 3,
         "auth": 4, "chat": 4, "api": 5, "app": 6}
EVERYBODYS = {"limits.h"}

TOP_LEVEL = {"CMakeLists.txt", "main.cpp", "src", "assets", "tools", "tests", "LICENSE", "README.md"}

# Library header -> the files that may include it, themselves or through a header of ours.
RESTRICTED = [
    (re.compile(r"^httplib\.h$"), re.compile(r"^(src/http/|tests/http/|tests/httplib_edits/|tests/support/)"),
     "httplib.h stays inside src/http"),
    (re.compile(r"^boost/"), re.compile(r"^(src/io/|tests/io/)"), "Boost stays inside src/io"),
    (re.compile(r"^ares"), re.compile(r"^src/io/"), "c-ares stays inside src/io"),
    (re.compile(r"^openssl/"), re.compile(r"^(src/io/|src/base/\w+\.cpp$|src/app\w*\.cpp$|src/version\w*\.cpp$|tools/|tests/)|^src/http/"),
     "OpenSSL stays inside src/io and src/base/*.cpp"),
    (re.compile(r"^argon2"), re.compile(r"^src/auth/\w+\.cpp$"), "Argon2 stays inside src/auth"),
    (re.compile(r"^sqlite3"), re.compile(r"^(src/store/|src/app\w*\.cpp$|src/version\w*\.cpp$|tests/store/)"), "sqlite3.h stays inside src/store"),
    (re.compile(r"^nlohmann/json\.hpp$"), re.compile(r"\.cpp$|^tests/"), "nlohmann/json.hpp belongs in .cpp files; headers use json_fwd.hpp"),
]

SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|TRIGGER|VIRTUAL)"
                 r"|PRAGMA\s+\w|BEGIN\s+IMMEDIATE|ALTER\s+TABLE|DROP\s+TABLE)")
BANNED_NAME = re.compile(r"(^|[_\-./])(utils?|common|helpers?)([_\-./]|$)", re.I)
MACHINE_PATH = re.compile(r"(?<![\w.*])/(work|home|root|Users)/(?!(me|you|user)\b)\w")
REGISTRY_HOST = re.compile(r"\b(registry|mirrors?|deb|security|archive|ftp|pypi|npm|packages|snapshot)\.[a-z0-9-]+\.(org|com|io|net|dev|cn)\b", re.I)
STRING = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:[^"\\\n]|\\.)*)"', re.S)
CPP = (".cpp", ".h")
TEXT = (".cpp", ".h", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".json", ".md", ".py", ".sh", ".cmake", ".txt", ".yml",
        ".yaml", ".toml", ".manifest", ".svg", ".service", ".conf", "")
LONG_FILES_ALLOWED = re.compile(r"(^|/)package-lock\.json$|/i18n/[a-z]{2}\.json$")  # a language is one file, a word a line
NOT_OURS = re.compile(r"^tests/(data|fuzz/corpus)/")


def tracked_files(top):
    """Everything that is or would be committed; without git everything but what is built."""
    git = subprocess.run(["git", "-C", top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, text=True, check=False) if shutil.which("git") and os.path.exists(os.path.join(top, ".git")) else None
    if git is not None and git.returncode == 0:
        return sorted({name for name in git.stdout.split("\0") if name and os.path.isfile(os.path.join(top, name))})
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in ("build", ".cache", ".git", "node_modules", "dist", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, name), top) for name in names]
    return sorted(found)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def layer_of(path):
    parts = path.split("/")
    if parts[0] == "main.cpp" or (parts[0] == "src" and len(parts) == 2):
        return "app"
    return parts[1] if parts[0] == "src" and parts[1] in RANKS else None


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


class Includes:
    """Who includes what, and which headers of ours bring a restricted library along."""

    def __init__(self, files, read):
        self.files = set(files)
        self.of = {path: [(match.group(1), match.group(2), line_of(text, match.start())) for match in INCLUDE.finditer(text)]
                   for path in files if path.endswith(CPP) for text in [read(path)]}
        self.brought = {}

    def brought_by(self, path):
        """The library headers that including this file of ours includes too."""
        if path not in self.brought:
            self.brought[path] = set()  # ends a circle
            for _, name, _ in self.of.get(path, ()):
                ours = "src/" + name
                self.brought[path] |= self.brought_by(ours) if ours in self.files else {name}
        return self.brought[path]

    def check(self, path):
        layer = layer_of(path)
        for quote, name, line in self.of[path]:
            ours = "src/" + name
            brought = self.brought_by(ours) if ours in self.files else {name}
            for header, allowed, rule in RESTRICTED:
                if allowed.search(path) or (ours in self.files and not allowed.search(ours)):
                    continue  # fine here, or already wrong in the header that is included
                if any(header.search(library) for library in brought):
                    yield line, rule
            if layer is not None and quote == '"' and name not in EVERYBODYS:
                yield from self.check_direction(path, layer, name, line)

    def check_direction(self, path, layer, name, line):
        if "src/" + name not in self.files:
            if not name.endswith(".inc"):
                yield line, f'"{name}" is not a file under src/ (paths are relative to src/)'
            return
        other = layer_of("src/" + name)
        if path != "src/limits.h" and other != layer and RANKS.get(other, 0) >= RANKS[layer]:
            yield line, f"{layer} must not know {other}: includes go down only"


def check_sql(path, text):
    if not path.startswith("src/") or path.startswith("src/store/"):
        return
    for match in STRING.finditer(text):
        if SQL.search(match.group(2) or match.group(3) or ""):
            yield line_of(text, match.start()), "SQL text belongs in src/store"


def check_lengths(path, text):
    lines = text.count("\n") + (not text.endswith("\n"))
    limit = MAIN_LINES_MAX if path == "main.cpp" else FILE_LINES_MAX
    if lines > limit and not LONG_FILES_ALLOWED.search(path) and not path.endswith((".md", ".svg")) and "/i18n/" not in path:
        yield limit + 1, f"the file has {lines} lines; {limit} are allowed"
    if path.endswith(CPP):
        for first, last, header in functions(text):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield first, f"a function of {last - first + 1} lines; {FUNCTION_LINES_MAX} are allowed: {header[:80]}"


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if MACHINE_PATH.search(line):
            yield number, "an absolute path of one machine"
        if REGISTRY_HOST.search(line):
            yield number, "the name of a package registry or mirror"


def check_cpp_form(path, text):
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "a header begins with #pragma once"
    if path.endswith(".h") and path.startswith("src/"):
        clean = blank_comments_and_strings(text)
        for match in re.finditer(r"^[ \t]*using namespace\b", clean, re.M):
            yield line_of(clean, match.start()), "a header forces no namespace on who includes it"


def check_names(files):
    for path in files:
        top = path.split("/")[0]
        if top not in TOP_LEVEL and not top.startswith("."):
            yield path, 1, f"\"{top}\" does not belong at the top level"
        if BANNED_NAME.search(path):
            yield path, 1, "a name that says nothing (util, common, helpers)"


def check_listed(files, read):
    """Every .cpp of src, tests and tools is named in a CMake list: beside it, above it, or in tools/cmake."""
    lists = {path: read(path) for path in files if path.endswith("CMakeLists.txt") or path.startswith("tools/cmake/")}
    for path in files:
        if not (path.endswith(".cpp") and path.startswith(("src/", "tests/", "tools/"))):
            continue
        candidates = []
        folder = os.path.dirname(path)
        while True:
            listing = os.path.join(folder, "CMakeLists.txt") if folder else "CMakeLists.txt"
            if listing in lists:
                candidates.append((os.path.relpath(path, folder or "."), lists[listing]))
            if not folder:
                break
            folder = os.path.dirname(folder)
        candidates += [(path, text) for name, text in lists.items() if name.startswith("tools/cmake/")]
        if not any(re.search(r"(?<![\w./-])(\$\{\w+\}/|)" + re.escape(name) + r"(?![\w.-])|/" + re.escape(path) + r"(?![\w.-])", text)
                   for name, text in candidates):
            yield path, 1, "no CMakeLists.txt names this file: nothing builds it"


def check(top):
    """All broken rules as (file, line, rule)."""
    files = tracked_files(top)

    def read(path):
        with open(os.path.join(top, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    includes = Includes(files, read)

    yield from check_names(files)
    yield from check_listed(files, read)
    for path in files:
        if os.path.splitext(path)[1] not in TEXT or NOT_OURS.search(path):
            continue
        text = read(path)
        rules = [check_text(path, text)]
        if path.startswith(("src/", "tools/", "tests/", "assets/")) or path == "main.cpp":
            rules.append(check_lengths(path, text))
        if path.endswith(CPP):
            rules += [includes.check(path), check_sql(path, text), check_cpp_form(path, text)]
        for found in rules:
            for line, rule in found:
                yield path, line, rule


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    broken = sorted(set(check(os.path.abspath(top))))
    for path, line, rule in broken:
        print(f"{path}:{line}: {rule}")
    if broken:
        print(f"style: {len(broken)} broken rules")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
