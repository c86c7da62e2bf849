#!/usr/bin/env python3
"""Sources are compiled in groups that differ from build to build (docs/decisions/0001): what is local to a file of core/ or plugins/ has a name
no other file of its library has. Looks at constants, types and functions of unnamed namespaces."""
import pathlib
import re
import sys
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Declarations stand in the first column: the format check sees to it.
LOCAL = re.compile(
    r"^(?:(?:static |inline )*constexpr [\w:<>, \*&]+?\b(?P<constant>\w+)(?:\[\w*\])?(?: =|\{|;)"
    r"|(?:struct|class|enum class|enum) (?P<type>\w+)\b(?!;)"
    r"|(?:\w[\w:<>,\*& ]*[ \*&])(?P<function>\w+)\((?P<parameters>.*))"
)


def libraries():
    """Folder of each library -> its sources."""
    out = defaultdict(list)
    for top in ("core", "plugins"):
        for path in sorted((ROOT / top).rglob("*.cpp")):
            if not path.name.startswith("main_"):
                out[path.relative_to(ROOT).parts[:2]].append(path)
    return out


def local_names(path):
    """(name, line) of what stands in an unnamed namespace; functions with the types of their parameters, for overloads are fine."""
    scopes = []  # of open namespaces, whether unnamed
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if opened := re.match(r"^(?:inline )?namespace ?([\w:]*) ?\{", line):
            scopes.append((opened.group(1) == "", opened.group(1)))
        elif re.match(r"^\}  // namespace", line):
            scopes.pop()
        elif any(unnamed for unnamed, _ in scopes) and (found := LOCAL.match(line)):
            inside = "::".join(name for _, name in scopes)
            name = found.group("constant") or found.group("type")
            if name is None:
                types = re.sub(r"\b\w+(?=[,)]| =)", "", found.group("parameters"))
                name = found.group("function") + "(" + re.sub(r"\s+", "", types.split("{")[0])
            yield f"{inside}::{name}", number


def main():
    problems = []
    for sources in libraries().values():
        places = {}
        for path in sources:
            for name, number in local_names(path):
                here = f"{path.relative_to(ROOT)}:{number}"
                if name in places and places[name][0] != path:
                    problems.append(f"{here}: {name.split('::')[-1]} is also local to {places[name][1]}; rename one of them")
                places.setdefault(name, (path, here))
    print("\n".join(problems) if problems else "Names local to a file are unique within their library.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
