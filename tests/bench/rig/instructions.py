"""Instructions the hub needs for a message, counted by callgrind on a fixed run: unlike time, the same on a busy machine. A guard against slow
decay: fails when they grew more than 10 % over the figure kept in instructions.json."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from . import flow
from .sinks import SmtpSink
from .world import Failed, say, wait_until

KEPT = Path(__file__).resolve().parents[1] / "instructions.json"
JOBS = 1000
GROWTH = 1.10


def compiler():
    return subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True, check=False).stdout.strip()


def count(build, folder):
    """Accepting, then delivering, each alone: together they would group differently from run to run. Leaves callgrind.out in the build folder."""
    if not shutil.which("valgrind"):
        raise Failed("valgrind is missing: packaging/install-deps bench")
    under = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--fair-sched=yes", f"--callgrind-out-file={folder}/callgrind.out"]
    with SmtpSink(folder) as sink, flow.warm_hub(build, folder / "hub", sink, under, 300) as (hub, wrk):
        hub.messo("provider", "pause", "relay")
        subprocess.run(["callgrind_control", "-i", "on", str(hub.pid)], check=True, capture_output=True)
        wrk.post(JOBS, 8)
        hub.messo("provider", "resume", "relay")
        hub.wait_all_done(600, pause=1.0)  # asking costs instructions too
        subprocess.run(["callgrind_control", "-d", str(hub.pid)], check=True, capture_output=True)
        dump = folder / "callgrind.out.1"
        found = wait_until(lambda: dump.exists() and re.search(r"^totals: (\d+)", dump.read_text(), re.MULTILINE), 60, lambda: "callgrind left no figure")
        shutil.copy(dump, build / "callgrind.out")
    return int(found.group(1)) / JOBS


def measure(build, flavour, folder, keep):
    counted = count(build, folder)
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if keep:
        kept[flavour] = {"instructions_per_message": round(counted, -2), "compiler": compiler()}
        KEPT.write_text(json.dumps(kept, indent=2) + "\n")
        say(f"  {counted:,.0f} instructions a message, kept in {KEPT.name}")
        return {"instructions_per_message": counted, "instructions_ratio": 1.0}
    if flavour not in kept:
        raise Failed(f"{KEPT.name} has no figure for the build {flavour}: ./dev bench --count --keep")
    before = kept[flavour]["instructions_per_message"]
    if kept[flavour]["compiler"] != compiler():
        say(f"  the kept figure is of compiler {kept[flavour]['compiler']}, this is {compiler()}")
    say(f"  {counted:,.0f} instructions a message; kept: {before:,.0f} ({counted / before - 1:+.1%}, allowed {GROWTH - 1:+.0%})")
    say(f"  where they go: callgrind_annotate {build.name}/callgrind.out")
    if counted < before / GROWTH:
        say("  It fell: keep the new figure with ./dev bench --count --keep, so that it stays there.")
    return {"instructions_per_message": counted, "instructions_ratio": counted / before}
