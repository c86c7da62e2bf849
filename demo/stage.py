"""What every demonstration stands on: the programs it starts and ends, the hub, and how things are said."""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "demo-data"
BIN = ROOT / "build/bin"
SERVICE = "vallechiara/sportello-unico"
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


def filled_in(name, values):
    """demo/NAME with what only this run knows in the place of what stands there; its path."""
    text = (ROOT / "demo" / name).read_text()
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    file = DATA / name
    file.write_text(text)
    return file


def write_secret(name, text):
    """A file of this run that only its owner may read."""
    file = DATA / name
    file.touch(mode=0o600)
    file.write_text(text)


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


def ended(pid):
    """Whether a process is gone; one that nobody has waited for yet counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


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
            wait_until(lambda pid=pid: ended(pid), f"process {pid} to end")
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


class Peer:
    """A test peer that runs as a program: its ports, and its control port, which takes one command a line."""

    def __init__(self, name, command, minutes):
        ready = DATA / f"{name}.ready"
        self.guard = start(name, [*command, "--ready", str(ready)], minutes)
        wait_until(lambda: ready.exists() or self.guard.poll() is not None, f"{command[0]} to start")
        if not ready.exists():
            raise Failed(f"{Path(command[0]).name} ended at once:\n{(DATA / f'{name}.log').read_text()[-2000:]}")
        self.ports = [int(word) for word in ready.read_text().split()]
        self.control = self.ports[-1]

    def tell(self, command):
        with socket.create_connection(("127.0.0.1", self.control), timeout=10) as s:
            s.sendall(command.encode() + b"\n")
            return s.makefile().readline().strip()


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

    def apply(self, file):
        return self.messo("apply", str(file), "--yes")

    def import_templates(self):
        return self.messo("template", "import", str(ROOT / "templates"), "--organisation", "vallechiara", "--publish")

    def make_key(self):
        self.key = json.loads(self.messo("key", "create", "--service", SERVICE, "--name", "demo", "--json"))["secret"]

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


# ---- a timeline as it grows ---------------------------------------------------------------------------------------------------------


def entry_text(entry, says):
    details = entry.get("details", {})
    key = " ".join(word for word in (entry["kind"], details.get("milestone") or details.get("receipt") or details.get("outcome")) if word)
    told = [details["code"]] if "code" in details else []
    if "verification" in details:
        told.append(f"signature {details['verification'].upper()}" if details["code"].startswith("pec.") else details["verification"])
    return f"{GREEN}{key:<20}{OFF} {says.get(key, entry['status'])}{DIM}{'  [' + ', '.join(told) + ']' if told else ''}{OFF}"


def follow(hub, identifier, says, *ends):
    """Prints the timeline as it grows, until the notification has one of these statuses. `says`: what an entry means, by kind and result."""
    began, shown = time.monotonic(), 0

    def look():
        nonlocal shown
        view = hub.notification(identifier)
        for entry in view.get("timeline", [])[shown:]:
            say(f"   {time.monotonic() - began:5.1f} s  {entry_text(entry, says)}")
            shown += 1
        return view.get("status") in ends and view
    return wait_until(look, f"{identifier} to be {' or '.join(ends)}")
