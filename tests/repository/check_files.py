#!/usr/bin/env python3
"""House rules that a glance at a file can check: its length, marks of unfinished work, paths of somebody's machine."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 600
CODE = {".cpp", ".hpp", ".h", ".c", ".py", ".js", ".ts", ".sh", ".cmake", ".sql"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
HOME_PATH = re.compile(r"(?<![\w.])/(home|Users)/[a-z]\w+/")


def tracked_files():
    """Files that git knows or would add; all files where there is no repository (a source archive)."""
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode == 0:
        return [ROOT / name for name in listing.stdout.splitlines()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(("build", ".cache", ".git"))]


def problems_of(path):
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError):
        return  # data, or removed since
    name = path.relative_to(ROOT)
    if path.suffix in CODE and len(lines) > MAX_LINES:
        yield f"{name}: {len(lines)} lines; past {MAX_LINES} a file is two files"
    if name.parts[0] not in ("core", "plugins", "tests", "tools", "cmake", "packaging", "demo", "console") or path == pathlib.Path(__file__).resolve():
        return
    for number, line in enumerate(lines, 1):
        if path.suffix in CODE and UNFINISHED.search(line):
            yield f"{name}:{number}: a mark of unfinished work: finish it or write an issue"
        if HOME_PATH.search(line):
            yield f"{name}:{number}: a path of somebody's machine"


def main():
    files = tracked_files()
    problems = [problem for path in files for problem in problems_of(path)]
    print("\n".join(problems) if problems else f"{len(files)} files looked at.")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
