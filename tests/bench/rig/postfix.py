"""Postfix 3.7 as a hub: smtp-source hands it messages over SMTP, it keeps them durably and relays them to the sink. It comes out of its Debian
package (packaging/install-deps unpacks it), configured as Debian does, with its own configuration and queue. Needs root: Postfix starts only so."""

import os
import shutil
import subprocess
import time

from .sinks import LIBRARIES, POSTFIX
from .world import Failed, Process, cpu_seconds_of_session, free_port, listens, tail, wait_until

OWNER, GROUP = "list", "irc"  # Postfix wants a user and a group that nobody else uses; Debian has these two for programs long gone
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
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public", "saved", "trace")


def why_not():
    """Why it cannot be measured here; empty when it can."""
    if not (POSTFIX / "usr/sbin/smtp-source").exists():
        return "Postfix is not unpacked here: packaging/install-deps bench"
    return "" if os.geteuid() == 0 else "Postfix starts only as root"


def configure(folder, port, sink_port):
    config, queue, data = folder / "etc", folder / "queue", folder / "data"
    for path in (config, queue, data):
        path.mkdir()
    shutil.chown(data, OWNER)
    settings = {
        "compatibility_level": "3.6", "queue_directory": queue, "data_directory": data, "daemon_directory": POSTFIX / "usr/lib/postfix/sbin",
        "command_directory": POSTFIX / "usr/sbin", "shlib_directory": "no", "mail_owner": OWNER, "setgid_group": GROUP,
        "default_privs": "nobody", "myhostname": "posta.comune.example.it", "mydestination": "", "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8", "relayhost": f"[127.0.0.1]:{sink_port}", "alias_maps": "", "local_recipient_maps": "",
        "maillog_file": folder / "postfix.log", "maillog_file_prefixes": folder, "import_environment": "MAIL_CONFIG LD_LIBRARY_PATH TZ",
        "smtpd_client_connection_count_limit": "0", "smtp_tls_security_level": "none",
    }
    (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (config / "master.cf").write_text(MASTER_CF.format(port=port))
    for name in QUEUES:
        (queue / name).mkdir()
        if name != "pid":
            shutil.chown(queue / name, OWNER)
        (queue / name).chmod(0o755 if name in ("public", "pid") else 0o700)
    return config, queue


def queued(queue):
    return any(next((queue / name).rglob("[0-9A-F]*"), None) for name in ("incoming", "active", "deferred"))


def measure(folder, sink, jobs, kept_alive=False):
    """`kept_alive`: 32 sessions for all messages; otherwise one for each message, as smtp-source does by itself and most applications do."""
    folder.mkdir()
    log = folder / "postfix.log"
    port = free_port()
    config, queue = configure(folder, port, sink.port)
    arrived = sink.messages()
    master_words = [POSTFIX / "usr/lib/postfix/sbin/master", "-c", config, "-d"]
    with Process(master_words, folder / "master.log", env=LIBRARIES, start_new_session=True) as master:
        wait_until(lambda: listens(port), 10, lambda: f"Postfix does not listen:\n{tail(folder / 'master.log')}{tail(log)}")
        began = time.monotonic()
        sessions = ["-d"] if kept_alive else []
        source = subprocess.run([POSTFIX / "usr/sbin/smtp-source", "-s", "32", *sessions, "-m", str(jobs), "-l", "5000", "-f", "comune@example.it",
                                 "-t", "cittadino@example.org", f"127.0.0.1:{port}"], env=LIBRARIES, check=False)
        if source.returncode != 0:
            raise Failed(f"smtp-source failed:\n{tail(log)}")
        accepted = time.monotonic() - began
        wait_until(lambda: not queued(queue), 120 + jobs / 10, lambda: f"Postfix did not empty its queue:\n{tail(log)}", 0.02)
        seconds = time.monotonic() - began
        cpu = cpu_seconds_of_session(master.pid)
        sent = log.read_text().count("status=sent")
        if sent != jobs or sink.messages() - arrived < jobs:
            raise Failed(f"Postfix says {sent} sent of {jobs}, {sink.messages() - arrived} arrived")
    return {"end_to_end_per_s": jobs / seconds, "accepted_per_s": jobs / accepted, "cpu_us_per_message": cpu * 1e6 / jobs}
