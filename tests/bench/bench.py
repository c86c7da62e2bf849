#!/usr/bin/env python3
"""Measures the hub as it is shipped, between a real HTTP load generator (wrk) and a real mail server (Postfix's smtp-sink), all on this machine.

`./dev bench` builds what is needed and runs it; docs/benchmarks.md tells what each figure is."""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from rig import bullmq, campaign, flow, instructions, postfix, profile, report  # noqa: E402
from rig.sinks import SmtpSink  # noqa: E402
from rig.world import ROOT, Failed, Scratch, machine, say  # noqa: E402

PEER_JOBS = 5000  # enough for a steady rate of the slower ones


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    what = parser.add_argument_group("what is measured: the whole flow, and")
    what.add_argument("--peers", action="store_true", help="Postfix and BullMQ + Redis + nodemailer in the same run, with ratios")
    what.add_argument("--campaign", action="store_true", help="only a long queue: fairness, memory, a start after a kill; a provider that hangs; idle connections")
    what.add_argument("--count", action="store_true", help="only instructions for a message; fails when they grew more than 10 %%")
    what.add_argument("--profile", type=Path, nargs="?", const=Path("flame.svg"), metavar="SVG", help="only a flame graph (default: flame.svg in the build folder)")
    what.add_argument("--all", action="store_true", help="the whole flow, --peers, --campaign and --count")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, default=20_000, help="messages of a run (default: %(default)s)")
    how.add_argument("--runs", type=int, default=3, help="runs of the whole flow, of which the median counts (default: %(default)s)")
    how.add_argument("--queued", type=int, default=1_000_000, help="length of the campaign's queue (default: %(default)s)")
    how.add_argument("--keep", action="store_true", help="with --count: keep the figure as the one to compare with")
    how.add_argument("--folder", default="/var/tmp", help="where the data are: on the disk to be measured (default: %(default)s)")
    out = parser.add_argument_group("results")
    out.add_argument("--json", type=Path, metavar="FILE", help="also as JSON")
    out.add_argument("--markdown", action="store_true", help="also as the results of docs/benchmarks.md")
    parser.add_argument("--build", dest="flavour", choices=("release", "dev"), default="release", help="release (default) or dev, for trying")
    parser.add_argument("--needs", action="store_true", help=argparse.SUPPRESS)  # only prints what is to be built first: a preset, programs
    parser.add_argument("--build-folder", type=Path, default=Path("."), help=argparse.SUPPRESS)  # bin/messod, bin/messo, plugins/
    parser.add_argument("--peer-program", type=Path, help=argparse.SUPPRESS)  # smtp_peer, for --campaign
    options = parser.parse_args()
    options.build_folder = options.build_folder.resolve()
    if options.profile == Path("flame.svg"):
        options.profile = options.build_folder / "flame.svg"
    if options.all:
        options.peers = options.campaign = options.count = True
    options.flow = options.all or options.peers or not (options.campaign or options.count or options.profile)
    return options


def one_turn(options, folder, turn):
    """The hub and its peers, one after the other, before the same sink."""
    here = folder / f"turn-{turn}"
    here.mkdir()
    with SmtpSink(here) as sink:
        figures = flow.measure(options.build_folder, here, sink, options.jobs)
        if options.peers:
            theirs = postfix.measure(here / "postfix-kept-alive", sink, min(options.jobs, PEER_JOBS), kept_alive=True)
            figures.update(postfix_kept_alive_per_s=theirs["end_to_end_per_s"],
                           ratio_postfix_kept_alive=figures["end_to_end_per_s"] / theirs["end_to_end_per_s"])
            theirs = postfix.measure(here / "postfix", sink, min(options.jobs, PEER_JOBS))
            figures.update(postfix_per_s=theirs["end_to_end_per_s"], postfix_cpu_us_per_message=theirs["cpu_us_per_message"],
                           ratio_postfix=figures["end_to_end_per_s"] / theirs["end_to_end_per_s"])
            theirs = bullmq.measure(here / "bullmq", sink, min(options.jobs, PEER_JOBS))
            figures.update(bullmq_per_s=theirs["end_to_end_per_s"], bullmq_cpu_us_per_message=theirs["cpu_us_per_message"],
                           bullmq_accepted_per_s=theirs["accepted_per_s"], ratio_bullmq=figures["end_to_end_per_s"] / theirs["end_to_end_per_s"])
    return figures


def prepare_peers():
    for peer in (postfix, bullmq):
        if why := peer.why_not():
            raise Failed(why)
    bullmq.install()


def measure(options, folder):
    """The figures, and each turn's own."""
    figures, turns = {}, []
    if options.peers:
        prepare_peers()
    if options.flow:
        for turn in range(options.runs):
            say(f"run {turn + 1} of {options.runs}: {options.jobs:,} jobs ...")
            turns.append(one_turn(options, folder, turn))
        figures.update(report.medians(turns))
    for wanted, name, run in (
        (options.campaign, "campaign", lambda here: campaign.measure(options.build_folder, options.peer_program, here, options.queued, options.jobs)),
        (options.count, "instructions", lambda here: instructions.measure(options.build_folder, options.flavour, here, options.keep)),
        (options.profile, "profile", lambda here: profile.measure(options.build_folder, here, options.jobs, options.profile)),
    ):
        if wanted:
            say(f"{name} ...")
            here = folder / name
            here.mkdir()
            figures.update(run(here) or {})
    return figures, turns


def main():
    options = arguments()
    if options.needs:
        print(options.flavour, "smtp_peer" if options.campaign else "")
        return 0
    with Scratch(options.folder) as folder:
        about = report.circumstances(machine(folder), options)
        say(f"{about['processor']}, {about['cores']} cores; a durable write of 4 KiB takes {about['fsync_ms']} ms; load {about['load_before']}")
        if about["load_before"] > 0.5:
            say("This machine is busy: rates will be too low. CPU for a message and ratios carry over better.")
        figures, turns = measure(options, folder)
    if not figures:
        return 0
    say("\n" + report.table(figures, turns))
    if options.json:
        report.write_json(options.json, figures, turns, about)
    if options.markdown:
        words = [word for word in sys.argv[1:] if not word.startswith("--build-folder") and not word.startswith("--peer-program")]
        report.write_markdown(figures, about, " ".join(words))
        say(f"\n  {report.PAGE.relative_to(ROOT)} has these results now.")
    broken = figures.get("lost", 0) + figures.get("duplicates", 0)
    return 1 if broken or figures.get("instructions_ratio", 0) > instructions.GROWTH else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")
