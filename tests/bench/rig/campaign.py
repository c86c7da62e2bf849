"""A large queue, and what it does to others: fairness, a provider that hangs, idle connections, memory, a start after a kill."""

import http.client
import resource
import time
from statistics import median

from .hub import Hub
from .load import Pacer, Wrk
from .sinks import SmtpPeer
from .world import PeakMemory, anonymous_mib, cpu_seconds, say, wait_until

WATCHED = "misurato"  # in the recipients whose arrivals the mail server notes
OFFICES = 40


def drain_limit(messages):
    return 300 + messages / 100


class Peer:
    """The scripted mail server, from the build folder that has it."""

    def __init__(self, program):
        self.program = program

    def start(self, folder, name="peer", rule=None):
        return SmtpPeer(self.program, folder, name, rule, WATCHED)


def drain_beside_others(hub, waiting, pacers):
    """Resumes the relay and posts beside the drain until little of it is left. The CPU the hub needs for each message it ends meanwhile."""
    before, cpu, began = hub.books(), cpu_seconds(hub.pid), time.monotonic()
    hub.messo("provider", "resume", "relay")
    for pacer in pacers:
        pacer.start()
    left = max(50, waiting // 50)
    hub.wait_all_done(drain_limit(waiting), left)
    for pacer in pacers:
        pacer.stop()
    hub.wait_all_done(drain_limit(waiting))
    seconds = time.monotonic() - began
    ended = hub.books()["accepted"] - hub.books()["open"] - (before["accepted"] - before["open"])
    return {"cpu_us": (cpu_seconds(hub.pid) - cpu) * 1e6 / ended, "per_s": ended / seconds}


def large_queue(build, peer, folder, queued):
    """`queued` bulk messages of 40 services wait; the hub is killed and started; they drain, while one-time passwords of one of these services
    and the 100 jobs a second of a small town come in."""
    folder.mkdir()
    with peer.start(folder) as sink, Hub(build, folder / "hub") as hub, PeakMemory(lambda: hub.pid) as memory:
        hub.start()
        keys = hub.found({"regione": OFFICES, "borgo": 1}, {"relay": (sink.port, None)})
        hub.messo("provider", "pause", "relay")
        cpu = cpu_seconds(hub.pid)
        filled = Wrk(hub.port, keys["regione"], folder).post(queued, 32, "bulk")
        fill_cpu = (cpu_seconds(hub.pid) - cpu) * 1e6 / queued
        hub.kill()
        ready = hub.start()
        urgent = Pacer(hub.port, keys["regione"][0], 20, f"{WATCHED}-urgente", "urgent")
        town = Pacer(hub.port, keys["borgo"][0], 100, f"{WATCHED}-borgo", "bulk")
        drained = drain_beside_others(hub, queued, [urgent, town])
        arrivals = sink.arrivals()
        return {
            "queued": queued, "peak_anon_mib": memory.mib, "ready_after_kill_s": ready, "fill_per_s": filled["per_second"], "fill_cpu_us": fill_cpu,
            "drain_per_s": drained["per_s"], "drain_cpu_us": drained["cpu_us"], "cpu_us_per_message": fill_cpu + drained["cpu_us"],
            "urgent_p99_ms": urgent.p99_ms(arrivals), "urgent_posted": len(urgent.posted),
            "town_p99_ms": town.p99_ms(arrivals), "town_posted": len(town.posted), "refused": len(urgent.refused) + len(town.refused),
        }


def alert(build, peer, folder, messages):
    """One-time passwords while an alert of so many drains."""
    folder.mkdir()
    with peer.start(folder) as sink, Hub(build, folder / "hub") as hub:
        hub.start()
        key = hub.found({"comune": 1}, {"relay": (sink.port, None)})["comune"][0]
        hub.messo("provider", "pause", "relay")
        Wrk(hub.port, [key], folder).post(messages, 32, "alert")
        urgent = Pacer(hub.port, key, 20, f"{WATCHED}-urgente", "urgent")
        drained = drain_beside_others(hub, messages, [urgent])
        return {"messages": messages, "drain_per_s": drained["per_s"], "urgent_p99_ms": urgent.p99_ms(sink.arrivals()),
                "urgent_posted": len(urgent.posted)}


def hanging_provider(build, peer, folder, jobs):
    """One town's mail server stops answering, with messages for it waiting; another town's rate with and without that, in turn."""
    folder.mkdir()
    rates = {False: [], True: []}
    for turn in range(6):
        hangs = turn % 2 == 1
        here = folder / f"turn-{turn}"
        here.mkdir()
        with peer.start(here, "healthy") as healthy, peer.start(here, "hanging", "final=hang") as hanging, Hub(build, here / "hub") as hub:
            hub.start()
            keys = hub.found({"sano": 1, "fermo": 1}, {"sano": (healthy.port, ["sano"]), "fermo": (hanging.port, ["fermo"])})
            stuck = jobs // 2 if hangs else 0
            if hangs:
                Wrk(hub.port, keys["fermo"], here).post(stuck)
            wrk = Wrk(hub.port, keys["sano"], here / "hub")
            wrk.post(500)
            hub.wait_all_done(60, stuck)
            posted = wrk.post(jobs)
            hub.wait_all_done(drain_limit(jobs), stuck)
            rates[hangs].append(jobs / (time.monotonic() - posted["first"]))
    return {"healthy_per_s": median(rates[False]), "beside_hanging_per_s": median(rates[True]), "ratio": median(rates[True]) / median(rates[False])}


def idle_connections(build, folder, jobs, idle=1000):
    """Accepting alone, with and without so many connections that asked once and are silent now, in turn."""
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, idle + 500), hard), hard))
    rates = {False: [], True: []}
    with Hub(build, folder / "hub") as hub:
        hub.start()
        keys = hub.found({"comune": 1}, {"relay": (9, None)})["comune"]
        hub.messo("provider", "pause", "relay")
        wrk = Wrk(hub.port, keys, folder)
        wrk.post(500)
        for turn in range(6):
            crowd = [http.client.HTTPConnection("127.0.0.1", hub.port) for _ in range(idle if turn % 2 == 1 else 0)]
            for one in crowd:
                one.request("GET", "/status")
                one.getresponse().read()
            rates[turn % 2 == 1].append(wrk.post(jobs)["per_second"])
            for one in crowd:
                one.close()
    return {"per_s": median(rates[False]), "beside_idle_per_s": median(rates[True]), "ratio": median(rates[True]) / median(rates[False])}


def wait_at_rest(pid):
    """Until what starting costs is over: from one look to the next, half a second later, it has used no processor time."""
    seen = []

    def rests():
        seen.append(cpu_seconds(pid))
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_until(rests, 60, lambda: f"the hub does not come to rest: {seen[-2:]} s of processor time", 0.5)


def idle_hub(build, folder, seconds):
    """A hub with a town, a provider and nothing to do."""
    folder.mkdir()
    with Hub(build, folder / "hub") as hub:
        hub.start()
        hub.found({"comune": 1}, {"relay": (9, None)})
        wait_at_rest(hub.pid)
        cpu = cpu_seconds(hub.pid)
        time.sleep(seconds)  # the time that is measured
        return {"cpu_percent": (cpu_seconds(hub.pid) - cpu) / seconds * 100, "anon_mib": anonymous_mib(hub.pid)}


def measure(build, peer_program, folder, queued, jobs):
    """All of it; figures under the names of report.BARS."""
    peer = Peer(peer_program)
    small = min(10_000, queued)
    say(f"  {small} queued ...")
    shorter = [large_queue(build, peer, folder / f"few-{turn}", small) for turn in range(3)]
    few = {name: median([one[name] for one in shorter]) for name in shorter[0]}
    say(f"  {queued} queued ...")
    many = large_queue(build, peer, folder / "many", queued)
    alerted = max(1000, min(100_000, queued // 10))
    say(f"  an alert of {alerted} ...")
    siren = alert(build, peer, folder / "alert", alerted)
    say("  a provider that hangs ...")
    hanging = hanging_provider(build, peer, folder / "hanging", jobs)
    say("  1,000 idle connections ...")
    crowd = idle_connections(build, folder / "idle-connections", jobs)
    say("  nothing to do ...")
    idle = idle_hub(build, folder / "idle", 20 if queued >= 100_000 else 5)
    return {
        "queued": queued,
        "queued_peak_anon_mib": many["peak_anon_mib"],
        "queued_memory_ratio": many["peak_anon_mib"] / few["peak_anon_mib"],
        "queued_cpu_ratio": many["cpu_us_per_message"] / few["cpu_us_per_message"],
        "ready_after_kill_s": many["ready_after_kill_s"],
        "urgent_beside_bulk_p99_ms": many["urgent_p99_ms"],
        "urgent_beside_alert_p99_ms": siren["urgent_p99_ms"],
        "town_beside_region_p99_ms": many["town_p99_ms"],
        "beside_hanging_ratio": hanging["ratio"],
        "beside_idle_connections_ratio": crowd["ratio"],
        "idle_cpu_percent": idle["cpu_percent"],
        "idle_anon_mib": idle["anon_mib"],
        "details": {"few": few, "many": many, "alert": siren, "hanging": hanging, "idle_connections": crowd, "idle": idle},
    }
