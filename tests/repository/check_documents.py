#!/usr/bin/env python3
"""Links between documents lead somewhere, files that ARCHITECTURE.md names are there, docs/README.md lists every document of its folder,
README's job is one the demo posts."""
import json
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
OUTSIDE = re.compile(r"^[a-z]+:|^#")


def documents():
    folders = ("docs", "core", "plugins", "tests", "templates", "config", "packaging", "demo")
    yield from ROOT.glob("*.md")
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.md") if "node_modules" not in path.parts)


def dead_links(document):
    fenced = False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if fenced:
            continue
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            path = urllib.parse.unquote(target.split("#")[0])
            if not OUTSIDE.match(target) and not (document.parent / path).exists():
                yield f"{document.relative_to(ROOT)}:{number}: nothing is at {target}"


def files_gone():
    """ARCHITECTURE.md names files by their path, or by their name where the path was given just before."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    folders = ("core", "plugins", "tests", "docs", "config", "packaging", "templates")
    there = [path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*")]
    for name in sorted(set(re.findall(r"`([\w/.-]+\.\w+)`", text))):
        if not (ROOT / name).exists() and not any(path.endswith("/" + name) for path in there):
            yield f"ARCHITECTURE.md: there is no file {name}"
    for name in sorted(set(re.findall(r"`((?:" + "|".join(folders) + r")/[\w/-]+)`", text))):
        if not (ROOT / name).exists():
            yield f"ARCHITECTURE.md: there is no folder {name}"


def unlisted():
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").rglob("*")):
        name = path.relative_to(ROOT / "docs").as_posix()
        if path.is_file() and name != "README.md" and not name.startswith("decisions/") and f"({name})" not in index:
            yield f"docs/README.md does not list {name}"


def within(part, whole):
    """Whether `whole` says all that `part` says."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    return part == whole


def sample_problems():
    job = re.search(r"-d '(\{.*?\n\s*\})'", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    if not job:
        return ["README.md: the curl that posts a job is gone"]
    posted = json.loads(job.group(1))
    jobs = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "demo/jobs").glob("*.json")]
    return [] if any(within(posted, other) for other in jobs) else ["README.md: its job is none of demo/jobs, so nothing tries it"]


def main():
    found = list(documents())
    problems = [problem for document in found for problem in dead_links(document)]
    problems += [*files_gone(), *unlisted(), *sample_problems()]
    print("\n".join(problems) if problems else f"{len(found)} documents, no dead link.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
