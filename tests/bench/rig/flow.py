"""The whole flow: jobs posted over HTTP, kept durably, rendered, delivered over SMTP, recorded durably; then accepting alone."""

import time
from contextlib import contextmanager

from .hub import Hub
from .load import Wrk
from .world import PeakMemory, cpu_seconds

WARM_UP = 500


@contextmanager
def warm_hub(build, folder, sink, under=(), limit=60):
    """A hub with one town whose first messages have been delivered, and wrk at its door."""
    with Hub(build, folder) as hub:
        hub.start(under, limit)
        keys = hub.found({"comune": 1}, {"relay": (sink.port, None)})["comune"]
        wrk = Wrk(hub.port, keys, folder)
        wrk.post(WARM_UP)
        hub.wait_all_done(limit)
        yield hub, wrk


def deliver(hub, wrk, sink, jobs, connections=32):
    """Posts so many jobs and waits until the last is recorded as sent."""
    books, arrived, cpu, sink_cpu = hub.books(), sink.messages(), cpu_seconds(hub.pid), cpu_seconds(sink.pid)
    posted = wrk.post(jobs, connections)
    hub.wait_all_done(120 + jobs / 50)
    seconds = time.monotonic() - posted["first"]
    hub_cpu = cpu_seconds(hub.pid) - cpu
    sink_cpu = cpu_seconds(sink.pid) - sink_cpu
    after = hub.books()
    sent = after["closed"].get("sent", 0) - books["closed"].get("sent", 0)
    arrived = sink.messages() - arrived
    return {
        "end_to_end_per_s": jobs / seconds,
        "accepted_in_flow_per_s": posted["per_second"],
        "accept_in_flow_p50_ms": posted["p50_ms"],
        "accept_in_flow_p99_ms": posted["p99_ms"],
        "hub_cpu_us_per_message": hub_cpu * 1e6 / jobs,
        "sink_cpu_us_per_message": sink_cpu * 1e6 / jobs,
        "lost": max(0, posted["accepted"] - min(sent, arrived)),
        "duplicates": max(0, arrived - (after["accepted"] - books["accepted"])),
    }


def accept_alone(hub, wrk, jobs):
    """With delivery paused: 32 connections, then 4."""
    hub.messo("provider", "pause", "relay")
    many = wrk.post(jobs, 32)
    few = wrk.post(max(jobs // 4, 1), 4)
    return {
        "accepted_per_s": many["per_second"], "accept_p50_ms": many["p50_ms"], "accept_p99_ms": many["p99_ms"],
        "accept_4_per_s": few["per_second"], "accept_4_p50_ms": few["p50_ms"], "accept_4_p99_ms": few["p99_ms"],
    }


def measure(build, folder, sink, jobs, connections=32):
    with warm_hub(build, folder / "hub", sink) as (hub, wrk), PeakMemory(lambda: hub.pid) as memory:
        figures = deliver(hub, wrk, sink, jobs, connections)
        figures.update(accept_alone(hub, wrk, jobs))
        figures["peak_anon_mib"] = memory.mib
    return figures
