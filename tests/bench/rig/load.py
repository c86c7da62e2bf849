"""Posting jobs: with wrk as fast as they are taken, or paced by hand."""

import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from .world import Failed, percentile, say, tail, wait_until

# What a one-stop desk sends: the template of this name, rendered with this, is an email of about 5 KB (text and HTML).
JOB = {
    "template": "appuntamento-promemoria",
    "recipient": {"language": "it", "email": "cittadino@NUMBER@@example.it"},
    "reference": "BENCH-@NUMBER@",
    "data": {
        "servizio": "Rilascio della carta d'identità elettronica", "quando": "2027-01-22T10:30:00+01:00", "codice": "VLC-@NUMBER@",
        "nominativo": "Maria Bianchi",
        "da_portare": ["la carta d'identità che scade", "una fototessera recente", "la tessera sanitaria", "la ricevuta del pagamento di 22,21 euro"],
        "link_disdetta": "https://servizi.comune.vallechiara.example/appuntamenti/VLC-@NUMBER@",
        "ufficio": {"nome": "Ufficio Anagrafe", "indirizzo": "Piazza del Municipio 1, piano terra", "orari": "lun-ven 9.00-12.30",
                    "telefono": "0000 000001", "email": "anagrafe@comune.vallechiara.example"},
    },
}


def body(priority=None, prefix="cittadino"):
    """A job's JSON with @NUMBER@ in place of its number."""
    job = dict(JOB, recipient=dict(JOB["recipient"], email=prefix + "@NUMBER@@example.it"))
    if priority:
        job["priority"] = priority
    return json.dumps(job, ensure_ascii=False)


class Wrk:
    """Runs of wrk against one server. Each posts `count` jobs whose numbers no run before it had, on `connections` kept-alive connections."""

    def __init__(self, port, keys, folder, path="/v1/notifications"):
        if not shutil.which("wrk"):
            raise Failed("wrk is missing: packaging/install-deps bench")
        self.port, self.keys, self.folder, self.path = port, keys, folder, path
        self.next, self.runs = 0, 0

    def post(self, count, connections=32, priority=None):
        """What wrk measured: accepted, other (answers), first, last (seconds of the monotonic clock), per_second, p50_ms, p99_ms, max_ms."""
        self.runs += 1
        threads = min(2, connections)
        out = self.folder / f"wrk-{self.runs}.json"
        told = {
            "BENCH_BODY": body(priority), "BENCH_COUNT": count, "BENCH_THREADS": threads, "BENCH_START": self.next, "BENCH_KEYS": ",".join(self.keys),
            "BENCH_PATH": self.path, "BENCH_OUT": out, "BENCH_TAG": f"run{self.runs}",
        }
        self.next += count * 2  # room for those posted in place of refused ones
        limit = 120 + count // 100
        log = self.folder / "wrk.log"
        with open(log, "wb") as text:
            wrk = subprocess.Popen(
                ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{limit}s", "--timeout", "60s", "-s",
                 str(Path(__file__).resolve().parents[1] / "jobs.lua"), f"http://127.0.0.1:{self.port}/"],
                env={**os.environ, **{name: str(value) for name, value in told.items()}}, stdout=text, stderr=text)
        marks = [Path(f"{out}.{index}") for index in range(threads)]
        wait_until(lambda: wrk.poll() is not None or all(mark.exists() for mark in marks), limit + 10, lambda: f"wrk did not end:\n{tail(log)}")
        if wrk.poll() is None:
            wrk.send_signal(2)
        wrk.wait()
        if not out.exists():
            raise Failed(f"wrk ended without figures:\n{tail(log)}")
        figures = json.loads(out.read_text())
        if figures["accepted"] < count:
            raise Failed(f"of {count} jobs {figures['accepted']} were accepted, {figures['other']} answered {figures['refusal']}, "
                         f"{figures['errors']} lost their connection:\n{tail(log)}")
        if figures["other"]:
            say(f"    {figures['other']} posts were answered {figures['refusal']} and repeated")
        figures["per_second"] = figures["accepted"] / (figures["last"] - figures["first"])
        return figures


class Pacer:
    """Posts `rate` jobs a second, from four threads so that a slow answer delays no other post. Their recipients are `prefix`NNNNNNNN."""

    def __init__(self, port, key, rate, prefix, priority):
        self.port, self.key, self.rate, self.prefix = port, key, rate, prefix
        self.pieces = body(priority, prefix).split("@NUMBER@")
        self.posted, self.refused = {}, []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(index,), daemon=True) for index in range(4)]

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        while not self.stopped.wait(max(0.0, self.began + number / self.rate - time.monotonic())):
            text = f"{number:08d}"
            try:
                connection.request("POST", "/v1/notifications", text.join(self.pieces).encode(), headers)
                answer = connection.getresponse()
                answer.read()
                accepted = answer.status == 202
            except (OSError, http.client.HTTPException):
                connection.close()
                accepted = False
            if accepted:
                self.posted[f"{self.prefix}{text}@example.it"] = self.began + number / self.rate  # when it was to be posted
            else:
                self.refused.append(number)
            number += len(self.threads)

    def start(self):
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def p99_ms(self, arrivals):
        """From post to the mail server."""
        missing = [who for who in self.posted if who not in arrivals]
        if missing or not self.posted:
            raise Failed(f"{self.prefix}: {len(self.posted)} posted, {len(missing)} of them never came to the mail server; {len(self.refused)} refused. "
                         "A queue that drains at once leaves no time to post: take a longer one.")
        return percentile([(arrivals[who] - at) * 1e3 for who, at in self.posted.items()], 0.99)
