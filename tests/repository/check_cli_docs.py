#!/usr/bin/env python3
"""docs/cli.md tells every command and flag of `messo`, and no other: its last section is what `messo ... --help` says.

check_cli_docs.py MESSO            exit code 1 names what differs
check_cli_docs.py MESSO --write    brings the section up to date
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/cli.md"
HEADING = "## Every command and flag"
ENTRY = re.compile(r"^  (\S.*?)(?:\s{2,}(\S.*))?$")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


class Command:
    """What one `--help` says: rows of (names, value, default, meaning)."""

    def __init__(self, program, words):
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("MESSO_")}
        answer = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True, env=quiet)
        lines = answer.stdout.splitlines()
        self.words = words
        self.about = "" if not words else lines[0]
        sections = {}
        section = None
        for line in lines:
            if re.match(r"^(Positionals|Options|Subcommands):$", line):
                section = sections.setdefault(line[:-1], [])
            elif not line.strip():
                section = None
            elif section is not None and (entry := ENTRY.match(line)):
                section.append([entry.group(1), entry.group(2) or ""])
            elif section is not None:
                section[-1][1] = (section[-1][1] + " " + line.strip()).strip()
        self.children = [name for name, _ in sections.get("Subcommands", [])]
        entries = sections.get("Positionals", []) + sections.get("Options", [])
        self.rows = [self.row(*entry) for entry in entries if not entry[0].startswith("-h,")]

    @staticmethod
    def row(spelled, meaning):
        names, _, value = spelled.partition(" ")
        repeated = value.endswith(" ...")
        required = "REQUIRED" in value
        environment = re.search(r"\(Env:(\w+)\)", value)
        choices = re.search(r"\{([^}]*)\}", value)
        default = re.search(r"=(\[[^\]]*\]|[^\s\]]+)(?: \.\.\.)?$", value)
        kind = "" if not names.startswith("-") else re.split(r"[ :=]", value)[0]
        shown = choices.group(1).replace(",", ", ") if choices else {"TEXT": "text", "UINT": "number"}.get(kind, kind)
        name = ", ".join(f"`{one}`" for one in names.split(","))
        notes = [
            "needed" if required and names.startswith("-") else "may be left out" if not required and not names.startswith("-") else "",
            f"without it: {default.group(1).strip('[]').replace(',', ', ')}" if default else "",
            "may be repeated" if repeated and "may be repeated" not in meaning else "",
            f"also `{environment.group(1)}`" if environment else "",
        ]
        return f"| {name} | {shown} | {'; '.join([meaning, *filter(None, notes)])} |"

    def text(self):
        title = f"### `messo {' '.join(self.words)}`\n\n{self.about}\n" if self.words else "### With every command\n"
        return title + ("\n| | value | meaning |\n|---|---|---|\n" + "\n".join(self.rows) + "\n" if self.rows else "")


def tree(program, words=()):
    command = Command(program, list(words))
    yield command
    for child in command.children:
        yield from tree(program, (*words, child))


def main():
    program = sys.argv[1]
    commands = [command for command in tree(program) if command.rows or not command.children]
    wanted = HEADING + "\n\nAs `messo COMMAND --help` tells it.\n\n" + "\n".join(command.text() for command in commands)
    page = PAGE.read_text(encoding="utf-8")
    written, found, generated = page.partition(HEADING)
    if "--write" in sys.argv[2:]:
        PAGE.write_text(written.rstrip("\n") + "\n\n" + wanted, encoding="utf-8")
        return 0
    commands_at_top = [command.words[0] for command in commands if command.words]
    problems = [f"docs/cli.md: its table of commands lacks `{name}`" for name in dict.fromkeys(commands_at_top) if f"| `{name}" not in written]
    problems += [f"docs/cli.md: {flag} is no flag of messo" for flag in sorted(set(FLAG.findall(written)) - set(FLAG.findall(wanted)) - {"--help"})]
    if found + generated != wanted:
        problems += difflib.unified_diff((found + generated).splitlines(), wanted.splitlines(), "docs/cli.md", "messo --help", lineterm="")
        problems.append("Bring docs/cli.md up to date: python3 tests/repository/check_cli_docs.py build/bin/messo --write")
    print("\n".join(problems) if problems else f"docs/cli.md tells of {len(commands)} commands.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
