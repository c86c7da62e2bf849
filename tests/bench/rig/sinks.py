"""Mail servers that take everything. smtp-sink of Postfix is the one rates are measured with; our scripted one tells when a message arrived."""

import json
import os
import re
import socket

from .world import CACHE, Failed, Process, free_port, listens, tail, wait_until

POSTFIX = CACHE / "postfix"
LIBRARIES = {**os.environ, "LD_LIBRARY_PATH": str(POSTFIX / "usr/lib/postfix")}


class SmtpSink(Process):
    """smtp-sink, counting."""

    def __init__(self, folder):
        program = POSTFIX / "usr/sbin/smtp-sink"
        if not program.exists():
            raise Failed("smtp-sink is not unpacked here: packaging/install-deps bench")
        self.port = free_port()
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        super().__init__([program, "-c", *as_nobody, f"127.0.0.1:{self.port}", "1024"], folder / "smtp-sink.log", env=LIBRARIES)
        wait_until(lambda: listens(self.port), 10, lambda: f"smtp-sink does not listen:\n{tail(self.log)}")

    def messages(self):
        found = re.findall(r"mesg=(\d+)\s", tail(self.log, 400))
        return int(found[-1]) if found else 0


class SmtpPeer(Process):
    """The scripted server of the tests. `rule`: how it misbehaves; `watched`: recipients with this text have their arrivals noted."""

    def __init__(self, program, folder, name="peer", rule=None, watched=None):
        if not program.exists():
            raise Failed(f"{program} is not built: ./dev build smtp_peer")
        ready, self.noted = folder / f"{name}.ready", folder / f"{name}.arrivals"
        words = [program, "--discard", "--ready", ready]
        words += ["--fail", rule] if rule else []
        words += ["--arrivals", self.noted, "--arrivals-of", watched] if watched else []
        super().__init__(words, folder / f"{name}.log")
        wait_until(ready.exists, 10, lambda: f"smtp_peer did not come up:\n{tail(self.log)}")
        self.port, self.control = (int(word) for word in ready.read_text().split())

    def stats(self):
        with socket.create_connection(("127.0.0.1", self.control), timeout=10) as line:
            line.sendall(b"stats\n")
            return json.loads(line.makefile().readline())

    def messages(self):
        return self.stats()["messages"]

    def arrivals(self):
        """Recipient -> seconds of the monotonic clock, of the first time it came."""
        first = {}
        for line in self.noted.read_text().splitlines() if self.noted.exists() else []:
            seconds, who = line.split()
            first.setdefault(who, float(seconds))
        return first
