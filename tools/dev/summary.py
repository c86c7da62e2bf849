#!/usr/bin/env python3
"""Sums the tests of the given build folders and ends with the line "N passed, N failed, N skipped".

CTest knows programs; a GoogleTest program also leaves test-results/<name>.xml, whose cases are counted instead of it.
A program that failed without a failed case (it crashed) counts as one failure.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def cases_of(report):
    """(passed, names of failed, skipped) of one GoogleTest report."""
    passed, failed, skipped = 0, [], 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None:
            failed.append(f"{case.get('classname')}.{case.get('name')}")
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped += 1
        elif case.get("status") != "notrun":
            passed += 1
    return passed, failed, skipped


def program_result(folder, program):
    """The same for one program as CTest reports it."""
    name, status = program.get("name"), program.get("status")
    report = folder / "test-results" / f"{name}.xml"
    try:
        passed, failed, skipped = cases_of(report)
    except (OSError, ElementTree.ParseError):
        passed, failed, skipped = 0, [], 0
        if status == "run":
            passed = 1
        elif status in ("notrun", "disabled"):
            skipped = 1
    if status == "fail" and not failed:
        reason = program.find("failure")
        failed = [f"{name} ({reason.get('message') if reason is not None and reason.get('message') else 'crashed or timed out'})"]
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--failed-step", action="append", default=[])
    options = parser.parse_args()

    passed, skipped, failures = 0, 0, [f"step: {step}" for step in options.failed_step]
    for folder in options.folder:
        try:
            programs = ElementTree.parse(folder / "test-results" / "ctest.junit").getroot().iter("testcase")
        except (OSError, ElementTree.ParseError):
            failures.append(f"{folder}: the tests left no result")
            continue
        for program in programs:
            more_passed, failed, more_skipped = program_result(folder, program)
            passed += more_passed
            skipped += more_skipped
            failures += [f"{folder}: {case}" for case in failed]

    for failure in failures:
        print(f"FAILED  {failure}")
    print(f"{passed} passed, {len(failures)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
