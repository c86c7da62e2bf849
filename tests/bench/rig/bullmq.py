"""A Node service of today as a hub: HTTP -> BullMQ on Redis (every write durable) -> Mustache -> nodemailer -> the sink. The same jobs from the
same wrk; one process takes them, another sends them, which on two cores is the quickest."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from .load import Wrk
from .world import CACHE, ROOT, Failed, Process, cpu_seconds, free_port, listens, tail, wait_until

SOURCE = Path(__file__).resolve().parents[1] / "bullmq"
MODULES = CACHE / "bench-bullmq"
WARM_UP = 500


def redis_program():
    """Debian's redis-tools has the server too, under another name, and unlike redis-server starts none by itself."""
    return shutil.which("redis-server") or shutil.which("redis-check-rdb")


def why_not():
    """Why it cannot be measured here; empty when it can."""
    missing = [name for name, there in (("redis-tools", redis_program()), ("nodejs", shutil.which("node")), ("npm", shutil.which("npm"))) if not there]
    return f"{', '.join(missing)} missing: packaging/install-deps bench" if missing else ""


def install():
    """The packages, by name from npm, once."""
    wanted = (SOURCE / "package.json").read_bytes()
    if (MODULES / "node_modules/.package-lock.json").exists() and (MODULES / "package.json").read_bytes() == wanted:
        return
    MODULES.mkdir(parents=True, exist_ok=True)
    (MODULES / "package.json").write_bytes(wanted)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=MODULES, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        (MODULES / "package.json").unlink()
        raise Failed(f"npm could not install {SOURCE / 'package.json'}:\n{done.stdout}{done.stderr}")


def completed(worker):
    text = tail(worker.log, 4000)
    if "failed " in text:
        raise Failed(f"BullMQ's worker failed:\n{text}")
    found = re.findall(r"completed (\d+)\n", text)
    return int(found[-1]) if found else 0


def measure(folder, sink, jobs):
    folder.mkdir()
    port, redis_socket = free_port(), folder / "redis.sock"
    environment = {**os.environ, "NODE_PATH": str(MODULES / "node_modules"), "NODE_ENV": "production", "PORT": str(port), "SMTP_PORT": str(sink.port),
                   "REDIS_SOCKET": str(redis_socket), "TEMPLATES": str(ROOT / "templates")}
    redis_words = ["redis-server", "--port", "0", "--unixsocket", redis_socket, "--dir", folder, "--appendonly", "yes", "--appendfsync", "always",
                   "--save", "", "--maxmemory-policy", "noeviction"]
    with Process(redis_words, folder / "redis.log", executable=redis_program()) as redis:
        wait_until(redis_socket.exists, 10, lambda: f"Redis did not come up:\n{tail(redis.log)}")
        with Process(["node", SOURCE / "api.cjs"], folder / "api.log", env=environment) as api, \
                Process(["node", SOURCE / "worker.cjs"], folder / "worker.log", env=environment) as worker:
            wait_until(lambda: listens(port), 20, lambda: f"BullMQ's API does not listen:\n{tail(api.log)}")
            wrk = Wrk(port, ["none"], folder)
            arrived = sink.messages()
            wrk.post(WARM_UP)
            wait_until(lambda: completed(worker) >= WARM_UP, 60, lambda: f"BullMQ's first jobs did not complete:\n{tail(worker.log)}")
            programs = (redis, api, worker)
            cpu = sum(cpu_seconds(one.pid) for one in programs)
            posted = wrk.post(jobs)
            wait_until(lambda: completed(worker) >= WARM_UP + jobs, 120 + jobs / 10, lambda: f"not all completed:\n{tail(worker.log)}")
            seconds = time.monotonic() - posted["first"]
            cpu = sum(cpu_seconds(one.pid) for one in programs) - cpu
            if sink.messages() - arrived < WARM_UP + jobs:
                raise Failed(f"BullMQ says all is sent, {sink.messages() - arrived} of {WARM_UP + jobs} arrived")
    return {"end_to_end_per_s": jobs / seconds, "accepted_per_s": posted["per_second"], "accept_p99_ms": posted["p99_ms"],
            "cpu_us_per_message": cpu * 1e6 / jobs}
