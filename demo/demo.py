#!/usr/bin/env python3
"""Messo at work: the messages of a municipal one-stop desk, a mail server that fails, a daemon that is killed.

Usage: ./dev demo [--stop] [--keep-minutes N]

Starts messod and a local mail server on 127.0.0.1, shows what happens, and leaves both running to try by hand
(for 60 minutes, or N). --stop ends what an earlier demo left running. Everything is below demo-data/.
"""
import concurrent.futures
import email
import email.policy
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "demo-data"
BIN = ROOT / "build/bin"
PEER = BIN / "smtp_peer"
SERVICE = "vallechiara/sportello-unico"
BATCH = 300
BOLD, DIM, GREEN, OFF = ("\033[1m", "\033[2m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 4


def title(text):
    print(f"\n{BOLD}== {text}{OFF}", flush=True)


def say(text):
    print(text, flush=True)


def indented(text, mark="   | "):
    for line in text.rstrip().splitlines():
        print(mark + line)
    sys.stdout.flush()


class Failed(Exception):
    """The demonstration cannot go on; the text says why and what to do."""


def wait_until(condition, what, seconds=30.0):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {seconds:.0f} s in vain for: {what}. Logs are in {DATA.name}/.")
        time.sleep(0.02)


def free_port(wanted):
    """`wanted` when nobody has it, otherwise any free one."""
    for port in (wanted, 0):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return s.getsockname()[1]
            except OSError:
                continue
    raise Failed("no free port on 127.0.0.1")


# ---- processes ----------------------------------------------------------------------------------------------------------------------


def stop_earlier():
    """Ends what an earlier demo left running, each by its own process id and only if it still is that program."""
    stopped = False
    for file in DATA.glob("*.pid"):
        pid = int(file.read_text() or 0)
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            words = []
        if any(str(DATA).encode() in word for word in words):
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists(), f"process {pid} to end")
            stopped = True
        file.unlink()
    return stopped


def start(name, command, minutes):
    """Starts a program that goes on without us, but not for ever. Returns its process id."""
    log = open(DATA / f"{name}.log", "ab")
    guard = subprocess.Popen(["timeout", "--kill-after=30", f"{minutes}m", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    (DATA / f"{name}.pid").write_text(str(guard.pid))
    return guard


def child_of(guard):
    """The program that `timeout` runs."""
    def look():
        text = Path(f"/proc/{guard.pid}/task/{guard.pid}/children").read_text().split()
        return int(text[0]) if text else 0
    return wait_until(look, "the program to start")


class MailServer:
    """A real SMTP server that keeps what it takes and misbehaves when told."""

    def __init__(self, minutes):
        self.folder = DATA / "mail"
        self.folder.mkdir()
        ready = DATA / "mail.ready"
        start("mail", [str(PEER), "--store", str(self.folder), "--ready", str(ready)], minutes)
        wait_until(ready.exists, "the mail server")
        self.port, self.control = (int(word) for word in ready.read_text().split())

    def tell(self, command):
        with socket.create_connection(("127.0.0.1", self.control), timeout=10) as s:
            s.sendall(command.encode() + b"\n")
            return s.makefile().readline().strip()

    def stats(self):
        return json.loads(self.tell("stats"))

    def mail_to(self, address):
        """The newest message to an address, as the citizen's mail program reads it."""
        for file in sorted(self.folder.glob("*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if address in str(message["To"]):
                return message
        return None


class Hub:
    """messod with its command line."""

    def __init__(self, minutes):
        self.minutes = minutes
        self.port, admin = free_port(8780), free_port(8781)
        self.config = DATA / "messo.toml"
        self.config.write_text(f'[listen]\npublic = "127.0.0.1:{self.port}"\nadmin = "127.0.0.1:{admin}"\n[log]\nlevel = "warning"\n')
        self.key = ""
        self.start()

    def start(self):
        self.guard = start("messod", [str(BIN / "messod"), "--config", str(self.config)], self.minutes)
        began = time.monotonic()
        wait_until(self.answers, "messod")
        return time.monotonic() - began

    def answers(self):
        if self.guard.poll() is not None:
            raise Failed(f"messod ended at once:\n{(DATA / 'messod.log').read_text()[-2000:]}")
        try:
            return self.request("GET", "/status")[0] == 200
        except OSError:
            return False

    def kill9(self):
        os.kill(child_of(self.guard), signal.SIGKILL)
        self.guard.wait()

    def messo(self, *words):
        """Runs `messo WORDS`; returns what it prints."""
        done = subprocess.run([str(BIN / "messo"), "--socket", str(DATA / "messo-data/messo.sock"), *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"messo {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
            if body is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, path, body=body, headers={**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (http.client.HTTPException, ConnectionError) as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def post(self, job):
        status, answer = self.request("POST", "/v1/notifications", json.dumps(job).encode())
        if status != 202:
            raise Failed(f"POST /v1/notifications answered {status}: {json.dumps(answer, ensure_ascii=False)}")
        return answer["id"]

    def notification(self, identifier):
        return self.request("GET", f"/v1/notifications/{identifier}")[1]

    def wait_for(self, identifier, *statuses):
        return wait_until(lambda: (n := self.notification(identifier)).get("status") in statuses and n, f"{identifier} to be {' or '.join(statuses)}")

    def books(self):
        """Accepted, open, and closed by result: they always balance."""
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(DATA / "messo-data/messo.sock"))
        connection.request("GET", "/v1/admin/books")
        return json.loads(connection.getresponse().read())


# ---- the story ----------------------------------------------------------------------------------------------------------------------


def job(name):
    return json.loads((ROOT / "demo/jobs" / name).read_text())


def show_mail(message):
    for header in ("From", "To", "Subject", "Date", "Message-ID"):
        print(f"   | {DIM}{header}:{OFF} {message[header]}")
    text = message.get_body(("plain",)).get_content()
    print("   |")
    for paragraph in text.strip().splitlines():
        indented("\n".join(textwrap.wrap(paragraph, 110))) if paragraph else print("   |")


def found_town(hub):
    title("1. A municipality and its templates")
    say("$ messo apply demo/town.toml")
    indented(hub.messo("apply", str(ROOT / "demo/town.toml"), "--yes"))
    say("$ messo template import templates --publish")
    indented(hub.messo("template", "import", str(ROOT / "templates"), "--organisation", "vallechiara", "--publish"))
    hub.key = json.loads(hub.messo("key", "create", "--service", SERVICE, "--name", "demo", "--json"))["secret"]


def test_mode(hub):
    title("2. Nothing is configured to send yet: test mode keeps messages as files and never counts them as sent")
    identifier = hub.post(job("1-avvio.it.json"))
    hub.wait_for(identifier, "simulated")
    say(f"$ messo status {identifier}")
    indented(hub.messo("status", identifier))


def real_mail(hub, server):
    title(f"3. A mail server (127.0.0.1:{server.port}): the desk's messages in Italian and English, as each citizen gets them")
    relay = DATA / "relay.toml"
    relay.write_text((ROOT / "demo/relay.toml").read_text().replace("port = 2525", f"port = {server.port}"))
    indented(hub.messo("apply", str(relay), "--yes"))
    for file in sorted((ROOT / "demo/jobs").glob("*.json")):
        one = job(file.name)
        identifier = hub.post(one)
        hub.wait_for(identifier, "sent")
        address = one["recipient"]["email"]
        message = wait_until(lambda address=address: server.mail_to(address), f"the mail to {address}")
        print(f"\n{GREEN}{file.name}{OFF} -> {address}")
        show_mail(message)
        print()
        indented(hub.messo("status", identifier), "   ")


def failing_server(hub, server):
    title("4. The mail server fails: the message waits, is tried again, and arrives")
    server.tell("fail mail=reply:451 4.3.0 mail system busy")
    one = job("4-promemoria.en.json")
    one["reference"] = "AGENDA-48213/2"
    identifier = hub.post(one)
    wait_until(lambda: any(step["deliveries"] and step["deliveries"][0]["attempts"] and step["deliveries"][0]["attempts"][0].get("outcome")
                           for step in hub.notification(identifier)["steps"]), "the first attempt")
    say("the server answers 451 to every message; after the first attempt:")
    indented(hub.messo("status", identifier), "   ")
    server.tell("clear")
    hub.wait_for(identifier, "sent")
    say("\nthe server is well again; a moment later:")
    indented(hub.messo("status", identifier), "   ")


class Batch:
    """Posts many jobs at once. An unanswered post is posted again with the same Idempotency-Key, as every client should."""

    def __init__(self, hub):
        self.hub = hub
        self.run = uuid.uuid4().hex[:8]
        self.accepted = {}

    def post(self, number):
        one = job("4-promemoria.en.json")
        one["recipient"]["email"] = f"citizen{number}@mail.example"
        one["reference"] = f"BATCH-{self.run}-{number}"
        body = json.dumps(one).encode()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                status, answer = self.hub.request("POST", "/v1/notifications", body, {"Idempotency-Key": f"batch-{self.run}-{number}"})
            except OSError:
                time.sleep(0.02)
                continue
            if status == 202:
                self.accepted[number] = answer["id"]
                return
            if status < 500 and status != 429:
                raise Failed(f"a post was answered {status}: {answer}")
        raise Failed("the hub did not accept a job for 60 s")


def kill(hub, server):
    title(f"5. kill -9 in the middle of a batch of {BATCH}")
    server.tell("forget")
    before = hub.books()["accepted"]
    batch = Batch(hub)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(batch.post, number) for number in range(BATCH)]
        wait_until(lambda: len(batch.accepted) > BATCH // 2, "half of the batch")
        hub.kill9()
        answered = len(batch.accepted)
        seconds = hub.start()
        for post in posts:
            post.result()
    wait_until(lambda: hub.books()["open"] == 0, "the books to close", 60)
    stats, books = server.stats(), hub.books()
    say(f"   killed after {answered} answers; ready again after {seconds:.2f} s; the clients posted the rest, repeating what had no answer")
    say(f"   accepted: {books['accepted'] - before}    arrived at the mail server: {stats['unique']} different messages, {stats['repeated']} of them twice")
    say(f"   books: {json.dumps(books)}")
    if books["accepted"] - before != BATCH or stats["unique"] != BATCH:
        raise Failed("the books do not balance. Please report this with demo-data/ attached.")
    say(f"   {GREEN}nothing was lost{OFF}")


def leave(hub, server, minutes):
    title(f"Yours to try, for {minutes} minutes (./dev demo --stop ends it)")
    say(textwrap.dedent(f"""\
        address   http://127.0.0.1:{hub.port}        (openapi.yaml and /status are there too)
        key       {hub.key}
        post      curl -s http://127.0.0.1:{hub.port}/v1/notifications -H 'Authorization: Bearer {hub.key}' \\
                       -H 'Content-Type: application/json' -d @demo/jobs/5-avviso-pagamento.it.json
        watch     build/bin/messo --socket {DATA.name}/messo-data/messo.sock list       (also: status, tail, doctor)
        mail      {DATA.name}/mail/*.eml        (mail server on 127.0.0.1:{server.port})"""))


def main(words):
    minutes = 60
    if "-h" in words or "--help" in words:
        return print(__doc__)
    if words[:1] == ["--keep-minutes"] and len(words) == 2 and words[1].isdigit():
        minutes = int(words[1])
    elif words == ["--stop"]:
        return say("stopped" if stop_earlier() else "nothing is running")
    elif words:
        raise Failed(f"unknown option {words[0]}. ./dev demo --help lists them.")
    began = time.monotonic()
    stop_earlier()
    subprocess.run(["rm", "-rf", str(DATA)], check=True)
    DATA.mkdir(mode=0o700)
    server = MailServer(minutes)
    hub = Hub(minutes)
    found_town(hub)
    test_mode(hub)
    real_mail(hub, server)
    failing_server(hub, server)
    kill(hub, server)
    leave(hub, server, minutes)
    say(f"\n{DIM}{time.monotonic() - began:.1f} s{OFF}")
    return None


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failed as failure:
        stop_earlier()
        sys.exit(f"\ndemo: {failure}")
    except KeyboardInterrupt:
        stop_earlier()
        sys.exit("\ndemo: interrupted, everything it started is stopped")
