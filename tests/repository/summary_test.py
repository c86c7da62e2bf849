#!/usr/bin/env python3
"""The closing line of ./dev check counts cases, crashes, lost results and failed steps."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/summary.py"
GTEST = """<testsuites><testsuite name="S">
<testcase name="passes" status="run" result="completed" classname="S"/>
<testcase name="off" status="notrun" result="suppressed" classname="S"/>
<testcase name="skips" status="run" result="skipped" classname="S"><skipped message=""/></testcase>
{more}</testsuite></testsuites>"""
FAILING = '<testcase name="fails" status="run" result="completed" classname="S"><failure message="x"/></testcase>'


def summary_of(programs, reports, *options):
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder, "test-results")
        results.mkdir()
        if programs is not None:
            results.joinpath("ctest.junit").write_text(f"<testsuite>{programs}</testsuite>", encoding="utf-8")
        for name, text in reports.items():
            results.joinpath(f"{name}.xml").write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, SUMMARY, f"--folder={folder}", *options], capture_output=True, text=True)
        return run.returncode, run.stdout.splitlines()


class Summary(unittest.TestCase):
    def test_cases_are_counted_instead_of_their_program(self):
        code, lines = summary_of('<testcase name="unit" status="run"/><testcase name="plain" status="run"/>', {"unit": GTEST.format(more="")})
        self.assertEqual((code, lines), (0, ["2 passed, 0 failed, 1 skipped"]))

    def test_a_failed_case_is_named(self):
        code, lines = summary_of('<testcase name="unit" status="fail"/>', {"unit": GTEST.format(more=FAILING)})
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed, 1 skipped"))
        self.assertIn("S.fails", lines[0])

    def test_a_crash_counts_as_one_failure(self):
        code, lines = summary_of('<testcase name="unit" status="fail"><failure message="SEGFAULT"/></testcase>', {})
        self.assertEqual((code, lines[-1]), (1, "0 passed, 1 failed"))
        self.assertIn("SEGFAULT", lines[0])

    def test_lost_results_and_failed_steps_fail(self):
        code, lines = summary_of(None, {}, "--failed-step=build (tsan)")
        self.assertEqual((code, lines[-1]), (1, "0 passed, 2 failed"))

    def test_nothing_run_is_not_a_success(self):
        self.assertEqual(summary_of("", {})[0], 1)


if __name__ == "__main__":
    unittest.main()
