"""Figures as a table for people, JSON for programs, and the results of docs/benchmarks.md."""

import datetime
import json
import statistics
import subprocess
from dataclasses import dataclass

from .world import ROOT, Failed

PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- results: written by ./dev bench --markdown -->", "<!-- end of results -->"


@dataclass(frozen=True)
class Row:
    """One figure. `least` or `most`: its bar, where it has one."""

    name: str
    label: str
    form: str = ".0f"
    unit: str = ""
    least: float | None = None
    most: float | None = None

    def bar(self):
        if self.least is not None:
            return f"≥ {self.least:,g}{self.unit}"
        return f"≤ {self.most:,g}{self.unit}" if self.most is not None else ""

    def met(self, value):
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def text(self, value):
        return f"{value:,{self.form}}{self.unit}"


ROWS = [
    Row("end_to_end_per_s", "end to end: first request to last state recorded", ".0f", "/s", least=6000),
    Row("hub_cpu_us_per_message", "hub CPU for a message", ".0f", " µs", most=220),
    Row("accepted_in_flow_per_s", "accepted meanwhile", ".0f", "/s"),
    Row("accept_in_flow_p50_ms", "accept meanwhile, p50", ".1f", " ms"),
    Row("accept_in_flow_p99_ms", "accept meanwhile, p99", ".1f", " ms"),
    Row("accepted_per_s", "accepted, accepting alone, 32 connections", ".0f", "/s", least=10000),
    Row("accept_p50_ms", "accept alone, 32 connections, p50", ".1f", " ms"),
    Row("accept_p99_ms", "accept alone, 32 connections, p99", ".1f", " ms", most=15),
    Row("accept_4_per_s", "accepted, accepting alone, 4 connections", ".0f", "/s"),
    Row("accept_4_p50_ms", "accept alone, 4 connections, p50", ".1f", " ms"),
    Row("accept_4_p99_ms", "accept alone, 4 connections, p99", ".1f", " ms", most=5),
    Row("peak_anon_mib", "peak anonymous memory", ".0f", " MiB"),
    Row("lost", "lost", ".0f", most=0),
    Row("duplicates", "duplicates", ".0f", most=0),
    Row("postfix_per_s", "Postfix, a session for each message, end to end", ".0f", "/s"),
    Row("postfix_cpu_us_per_message", "Postfix, CPU for a message", ".0f", " µs"),
    Row("ratio_postfix", "Messo / Postfix, end to end", ".1f", "×", least=10),
    Row("postfix_kept_alive_per_s", "Postfix, 32 kept-alive sessions, end to end", ".0f", "/s"),
    Row("ratio_postfix_kept_alive", "Messo / that", ".1f", "×"),
    Row("bullmq_per_s", "BullMQ + Redis + nodemailer, end to end", ".0f", "/s"),
    Row("bullmq_cpu_us_per_message", "BullMQ + Redis + nodemailer, CPU for a message", ".0f", " µs"),
    Row("ratio_bullmq", "Messo / BullMQ, end to end", ".1f", "×", least=6),
    Row("queued", "messages in the long queue", ".0f"),
    Row("queued_peak_anon_mib", "peak anonymous memory with it", ".0f", " MiB", most=150),
    Row("queued_memory_ratio", "that against 10,000 queued", ".2f", "×", most=1.2),
    Row("queued_cpu_ratio", "hub CPU for a message against 10,000 queued", ".2f", "×", most=1.15),
    Row("ready_after_kill_s", "kill -9 to ready, long queue", ".2f", " s", most=1),
    Row("urgent_beside_bulk_p99_ms", "urgent, post to sink, p99, while the queue (bulk) drains", ".0f", " ms", most=1000),
    Row("urgent_beside_alert_p99_ms", "urgent, post to sink, p99, while an alert drains", ".0f", " ms", most=1000),
    Row("town_beside_region_p99_ms", "a town's 100/s beside 40 services of another, post to sink, p99", ".0f", " ms", most=2000),
    Row("beside_hanging_ratio", "rate of a provider beside one that hangs", ".2f", "×", least=0.85),
    Row("beside_idle_connections_ratio", "accept rate beside 1,000 idle connections", ".2f", "×", least=0.85),
    Row("idle_cpu_percent", "idle hub, CPU", ".2f", " %", most=0.5),
    Row("idle_anon_mib", "idle hub, anonymous memory", ".0f", " MiB", most=40),
    Row("instructions_per_message", "instructions for a message", ".0f"),
    Row("instructions_ratio", "that against the kept figure", ".2f", "×", most=1.1),
]


def medians(turns):
    """One figure of each name from several turns of the same measurement; what must never happen is summed."""
    return {name: sum(one[name] for one in turns) if name in ("lost", "duplicates") else statistics.median([one[name] for one in turns]) for name in turns[0]}


def table(figures, turns):
    lines = [f"  {'':<66}{'measured':>12}  {'bar':<12}{'':<8}spread"]
    for row in ROWS:
        if row.name in figures:
            verdict = "" if not row.bar() else "met" if row.met(figures[row.name]) else "missed"
            values = [one[row.name] for one in turns if row.name in one]
            spread = f"{min(values):,{row.form}} - {max(values):,{row.form}}" if len(values) > 1 else ""
            lines.append(f"  {row.label:<66}{row.text(figures[row.name]):>12}  {row.bar():<12}{verdict:<8}{spread}".rstrip())
    return "\n".join(lines)


def commit():
    described = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=10"], cwd=ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def circumstances(machine, options):
    return {"date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(), "commit": commit(), "build": options.flavour, "jobs": options.jobs,
            "runs": options.runs, **machine}


def write_json(path, figures, turns, about):
    path.write_text(json.dumps({**figures, "about": about, "turns": turns}, indent=2, ensure_ascii=False) + "\n")


def write_markdown(figures, about, words):
    """Replaces the results in docs/benchmarks.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Failed(f"{PAGE.name} has no place for results between\n{BEGIN}\n{END}")
    lines = [f"{about['date']}, commit {about['commit']}, `./dev bench {words}`.".replace(" `./dev bench `", " `./dev bench`"),
             f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']}, {about['file_system']}; a durable write of "
             f"4 KiB takes {about['fsync_ms']} ms; load before: {about['load_before']}. Build: {about['build']}, {about['jobs']:,} jobs a run, median of "
             f"{about['runs']}.", "", "| what | measured | bar | |", "|---|---|---|---|"]
    lines += [f"| {row.label} | {row.text(figures[row.name])} | {row.bar()} | {'' if not row.bar() else 'met' if row.met(figures[row.name]) else 'missed'} |"
              for row in ROWS if row.name in figures]
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8")
