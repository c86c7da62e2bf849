#!/usr/bin/env python3
"""Messo and Postfix deliver the same number of messages to the same kind of server, one after the other on the same machine.

    build/bench/beside_postfix [--jobs N] [--json]

Postfix comes out of its Debian package (packaging/install-deps unpacks it below .cache/postfix) and runs as it is configured by default, with
its own queue in a temporary folder: smtp-source hands it the messages over SMTP on 32 connections, it relays them to smtp-sink. Messo's figures
are those of end_to_end. Both keep every message durably before they answer. Needs root, for Postfix starts only so.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(__file__).absolute().parent.parent  # where the link to this file is: build/bench
CACHE = BUILD.parent / ".cache"
POSTFIX = CACHE / "postfix"
OWNER, GROUP = "list", "irc"  # Postfix wants a user and a group that nobody else uses; Debian has these two for programs long gone
LIBRARIES = {**os.environ, "LD_LIBRARY_PATH": str(POSTFIX / "usr/lib/postfix")}
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds, limit, otherwise):
    """Looks until it holds; after `limit` seconds ends the program with the sentence otherwise() gives."""
    until = time.monotonic() + limit
    while not holds():
        if time.monotonic() > until:
            raise SystemExit(otherwise())
        time.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def configure(folder, port, sink):
    config, queue, data = folder / "etc", folder / "queue", folder / "data"
    for path in (config, queue, data):
        path.mkdir()
    shutil.chown(data, OWNER)
    programs = POSTFIX / "usr/lib/postfix/sbin"
    settings = {
        "compatibility_level": "3.6", "queue_directory": queue, "data_directory": data, "daemon_directory": programs,
        "command_directory": POSTFIX / "usr/sbin", "shlib_directory": "no", "mail_owner": OWNER, "setgid_group": GROUP,
        "default_privs": "nobody", "myhostname": "posta.comune.example.it", "mydestination": "", "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8", "relayhost": f"[127.0.0.1]:{sink}", "alias_maps": "", "local_recipient_maps": "",
        "maillog_file": folder / "postfix.log", "maillog_file_prefixes": folder, "import_environment": "MAIL_CONFIG LD_LIBRARY_PATH TZ",
        "smtpd_client_connection_count_limit": "0", "smtp_tls_security_level": "none",
    }
    (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (config / "master.cf").write_text(MASTER_CF.format(port=port))
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public",
                 "saved", "trace"):
        (queue / name).mkdir()
        if name != "pid":
            shutil.chown(queue / name, OWNER)
        (queue / name).chmod(0o700)
    for name in ("public", "pid"):
        (queue / name).chmod(0o755)
    return config, queue


def cpu_seconds_of_session(leader):
    """Of all living processes of the session, and of the dead ones that these have buried."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[3]) == leader:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def queued(queue):
    return any(next((queue / name).rglob("[0-9A-F]*"), None) for name in ("incoming", "active", "deferred"))


def postfix(jobs):
    with tempfile.TemporaryDirectory(prefix="messo-postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        port, sink_port = free_port(), free_port()
        config, queue = configure(folder, port, sink_port)
        sink = subprocess.Popen([POSTFIX / "usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{sink_port}", "1024"], env=LIBRARIES)
        master = subprocess.Popen([POSTFIX / "usr/lib/postfix/sbin/master", "-c", config, "-d"], env=LIBRARIES, start_new_session=True)
        try:
            for one in (sink_port, port):
                wait_until(lambda: listens(one), 10, lambda: f"nothing listens on port {one}")
            began = time.monotonic()
            source = subprocess.run([POSTFIX / "usr/sbin/smtp-source", "-s", "32", "-m", str(jobs), "-l", "5000", "-d", "-f",
                                     "comune@example.it", "-t", "cittadino@example.org", f"127.0.0.1:{port}"], env=LIBRARIES, check=False)
            if source.returncode != 0:
                raise SystemExit("smtp-source failed: " + (folder / "postfix.log").read_text()[-2000:])
            accepted = time.monotonic() - began
            wait_until(lambda: not queued(queue), 600,
                       lambda: "Postfix did not empty its queue: " + (folder / "postfix.log").read_text()[-2000:])
            seconds = time.monotonic() - began
            sent = (folder / "postfix.log").read_text().count("status=sent")
            if sent != jobs:
                raise SystemExit(f"Postfix says {sent} sent of {jobs}")
            cpu = cpu_seconds_of_session(master.pid)
        finally:
            os.kill(master.pid, signal.SIGTERM)
            master.wait()
            sink.terminate()
        sink.wait()
        return {"per_second": jobs / seconds, "accept_per_second": jobs / accepted, "cpu_us_per_message": cpu * 1e6 / jobs}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--jobs", type=int, default=5000)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    if not (POSTFIX / "usr/sbin/smtp-source").exists():
        raise SystemExit("Postfix is not unpacked here: packaging/install-deps test")
    if os.geteuid() != 0:
        raise SystemExit("Postfix starts only as root")
    theirs = postfix(options.jobs)
    run = subprocess.run([BUILD / "bench/end_to_end", "--jobs", str(options.jobs), "--json"], check=True, capture_output=True, text=True)
    ours = json.loads(run.stdout)
    result = {
        "jobs": options.jobs,
        "messo_per_second": ours["end_to_end_per_second"],
        "postfix_per_second": theirs["per_second"],
        "ratio": ours["end_to_end_per_second"] / theirs["per_second"],
        "messo_cpu_us_per_message": ours["hub_cpu_us_per_message"],
        "postfix_cpu_us_per_message": theirs["cpu_us_per_message"],
        "messo_accept_per_second": ours["accept_per_second"],
        "postfix_accept_per_second": theirs["accept_per_second"],
    }
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<34} {value:.6g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
