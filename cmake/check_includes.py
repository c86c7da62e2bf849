#!/usr/bin/env python3
"""Checks that includes point one way and that each outside library stays where it belongs.

* core/CMakeLists.txt lists the libraries in dependency order; a file includes only from its own or an earlier one. LENT says who may
  also include a folder that plugins share.
* A plugin includes the plugin header, core/base and core/sms, its own files and the shared folders beside it, not another plugin.
* Headers of outside libraries appear only where PLACES says.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
SOURCES = {".cpp", ".hpp", ".h", ".c"}

# header prefix -> (folders that may include it, why only they)
PLACES = {
    "sqlite3.h": (("core/store/sqlite/",), "only the SQLite engine knows its client header"),
    "libpq": (("core/store/postgres/",), "only the PostgreSQL engine knows its client header"),
    "Poco/": (("core/api/", "core/app/", "plugins/"), "sockets and servers live at the edges"),
    "curl/": (("core/app/", "core/channel/", "core/events/", "plugins/"), "HTTP clients live at the edges"),
    "gmime/": (("core/receipts/", "plugins/"), "only readers of received mail parse MIME"),
    "toml++/": (("core/base/toml.hpp",), "it is included by base/toml.hpp, which makes it safe on hostile text"),
    "kainjow/": (("plugins/sms_http/",), "rendering is the template library's; only requests to SMS gateways are written with it"),
    "prometheus/": (("core/api/", "core/app/", "core/events/", "core/dispatch/"), "metrics are counted where things happen and served by the API"),
    "dlfcn.h": (("core/channel/",), "only the loader opens plugins"),
    "expat.h": (("plugins/pec_receipt/",), "XML from outside is read in one place, with entities off"),
    "sodium": (("core/base/", "core/config/", "core/store/", "core/evidence/", "core/app/"), "sealing and signing have one home each"),
    "re2/": (("plugins/sms_http/",), "patterns of gateways' answers"),
    "zlib.h": (("core/evidence/",), "only the archives of evidence need its check sum"),
}

# shared folder of plugins/ -> (folders of core/ that may include it, why only they)
LENT = {
    "pec_receipt": (("core/app/",), "only the composition root knows what PEC messages are"),
}

# libraries of core/ that plugins link: pure ones, below the hub
PLUGINS_KNOW = ("base", "sms")


def library_order(root):
    text = (root / "core/CMakeLists.txt").read_text(encoding="utf-8")
    return re.findall(r"^messo_library\((\w+)", text, re.MULTILINE)


def includes_of(path):
    """(line number, "<" or '"', what is included) of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def is_generated(root, path, target):
    """Whether the build writes it: some CMake file on the way names it."""
    lists = [*(root / "cmake").glob("*.cmake"), *(folder / "CMakeLists.txt" for folder in path.parents if folder.is_relative_to(root))]
    name = target.split("/")[-1]
    return any(list_file.exists() and name in list_file.read_text(encoding="utf-8") for list_file in lists)


def core_problem(root, path, order, target):
    """What is wrong with an include in quotes of a file below core/, or None."""
    library = path.relative_to(root / "core").parts[0]
    if library not in order:
        return f"core/{library} is not a library of core/CMakeLists.txt"
    first = target.split("/")[0]
    if first in order:
        if order.index(first) <= order.index(library):
            return None
        return f'"{target}" points the wrong way: {first} comes after {library} in core/CMakeLists.txt'
    if (path.parent / target).exists():
        return None
    if first in LENT:
        folders, why = LENT[first]
        return None if path.relative_to(root).as_posix().startswith(folders) else f'"{target}" does not belong here: {why}'
    if (root / "core/channel/sdk" / target).exists():
        return None if order.index(library) >= order.index("channel") else f'"{target}" is the plugin border: not for {library}'
    return None if is_generated(root, path, target) else f'"{target}" is not written from core/'


def plugin_problem(root, path, order, target):
    """The same for a file below plugins/."""
    plugins = root / "plugins"
    own = path.relative_to(plugins).parts[0]
    first = target.split("/")[0]
    if target in ("messo_channel.h", "messo_channel.hpp") or (root / "core/channel/sdk" / target).exists():
        return None
    if (path.parent / target).exists() or first == own:
        return None
    lists = plugins / first / "CMakeLists.txt"
    if "/" in target and lists.exists():
        if "messo_plugin(" in lists.read_text(encoding="utf-8"):
            return f'"{target}": a plugin does not include another plugin; share a folder beside both'
        return None
    if first in order and first not in PLUGINS_KNOW:
        return f'"{target}": of core/ a plugin knows messo_channel.h, {" and ".join(PLUGINS_KNOW)} only'
    return None if first in PLUGINS_KNOW or is_generated(root, path, target) else f'"{target}" is neither the plugin\'s own nor shared'


def outside_problem(name, target):
    for prefix, (folders, why) in PLACES.items():
        if target.startswith(prefix) and not name.startswith(folders) and not name.startswith("tests/"):
            return f"<{target}> does not belong here: {why}"
    return None


def problems(root):
    order = library_order(root)
    for folder in ("core", "plugins"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SOURCES or "node_modules" in path.parts:
                continue
            name = path.relative_to(root).as_posix()
            for number, mark, target in includes_of(path):
                wrong = outside_problem(name, target)
                if not wrong and mark == '"':
                    wrong = (core_problem if folder == "core" else plugin_problem)(root, path, order, target)
                if wrong:
                    yield f"{name}:{number}: {wrong}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1])
    found = list(problems(root))
    print("\n".join(found) if found else f"Includes point one way: {' -> '.join(library_order(root))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
