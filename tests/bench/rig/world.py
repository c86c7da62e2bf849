"""What every measurement stands on: folders, ports, processes, and what the kernel says of them."""

import os
import platform
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".cache"


class Failed(Exception):
    """The measurement cannot go on; the text says why and what to do."""


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds, limit, otherwise, pause=0.01):
    """Looks until it holds and returns what it said; after `limit` seconds fails with the sentence otherwise() gives."""
    until = time.monotonic() + limit
    while not (value := holds()):
        if time.monotonic() > until:
            raise Failed(otherwise())
        time.sleep(pause)
    return value


def tail(path, size=2000):
    try:
        return path.read_bytes()[-size:].decode(errors="replace")
    except OSError:
        return ""


class Scratch:
    """A fresh folder on a real disk (durable writes are what is measured), gone at the end. Postfix's user must be able to pass through it."""

    def __init__(self, parent):
        self.path = Path(tempfile.mkdtemp(prefix="messo-bench-", dir=parent))
        self.path.chmod(0o755)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A program with its output in a file. Ended by its own id, never by its name."""

    def __init__(self, command, log, **options):
        self.log = log
        with open(log, "ab") as out:
            self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)
        self.pid = self.child.pid

    def running(self):
        return self.child.poll() is None

    def end(self, signal_number=15, limit=60):
        if self.running():
            self.child.send_signal(signal_number)
        try:
            return self.child.wait(limit)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _cpu_fields(stat):
    return stat.rpartition(")")[2].split()


def cpu_seconds(pid):
    """User and system time of a process, with that of its children that have ended."""
    fields = _cpu_fields(Path(f"/proc/{pid}/stat").read_text())
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_of_session(leader):
    """The same of all living processes of a session, and of the dead ones that these have buried."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = _cpu_fields(path.read_text())
        except OSError:
            continue  # ended meanwhile
        if int(fields[3]) == leader:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def anonymous_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


class PeakMemory:
    """The most anonymous memory a process had, looked at fifty times a second; its restarts are followed through `pid_of`."""

    def __init__(self, pid_of):
        self.pid_of = pid_of
        self.mib = 0.0
        self.stopped = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.stopped.wait(0.02):
            try:
                self.mib = max(self.mib, anonymous_mib(self.pid_of()))
            except OSError:
                continue  # between two lives

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.watcher.join()


def percentile(values, share):
    """The value that `share` (0 to 1) of all do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def fsync_ms(folder, times=100):
    """Median time of a 4 KiB write made durable: what bounds everything that promises durability here."""
    took = []
    path = folder / "fsync-probe"
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    path.unlink()
    return statistics.median(took)


def _first_match(path, name):
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def machine(folder):
    kind = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", folder], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "processor": _first_match("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_first_match("/proc/meminfo", "MemTotal").split()[0]) / 1048576, 1),
        "kernel": platform.release(),
        "file_system": kind,
        "fsync_ms": round(fsync_ms(folder), 2),
        "load_before": round(os.getloadavg()[0], 2),
    }
