"""The hub as it is shipped: messod with its default settings, its command line, a town or several."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time

from .world import ROOT, Failed, Process, free_port, tail, wait_until


def key_text(number):
    return f"messo_live_{number:043d}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Hub:
    """`build` is a build folder (bin/messod, bin/messo, plugins/). All its data are below `folder`."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        folder.mkdir(exist_ok=True)
        self.port, self.admin_port = free_port(), free_port()
        self.config, self.log, self.socket = folder / "messo.toml", folder / "messod.log", folder / "data/messo.sock"
        self.config.write_text(f'[folders]\ndata = "{folder}/data"\nplugins = "{build}/plugins"\n'
                               f'[listen]\npublic = "127.0.0.1:{self.port}"\nadmin = "127.0.0.1:{self.admin_port}"\n')
        self.process = None
        self.keys = []

    @property
    def pid(self):
        return self.process.pid if self.process else 0

    def start(self, under=(), limit=60):
        """Returns the seconds until /status answers 200. `under`: a program that runs it, like valgrind."""
        began = time.monotonic()
        self.process = Process([*under, self.build / "bin/messod", "--config", self.config], self.log)
        wait_until(lambda: not self.process.running() or self.ready(), limit, lambda: f"messod is not ready after {limit} s:\n{tail(self.log)}", 0.005)
        if not self.process.running():
            raise Failed(f"messod ended at once:\n{tail(self.log)}")
        return time.monotonic() - began

    def ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/status")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self):
        return self.process.end()

    def kill(self):
        """As a power cut would, for the process."""
        self.process.end(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.running():
            self.kill()

    def messo(self, *words):
        done = subprocess.run([self.build / "bin/messo", "--socket", self.socket, *map(str, words)], capture_output=True, text=True, check=False,
                              env={name: value for name, value in os.environ.items() if not name.startswith("MESSO_")})
        if done.returncode != 0:
            raise Failed(f"messo {' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def books(self):
        """accepted, open, and closed by result."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", "/v1/admin/books")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def wait_all_done(self, limit, at_most=0, pause=0.02):
        """Until no more than so many messages are open."""
        wait_until(lambda: self.books()["open"] <= at_most, limit, lambda: f"not all was delivered after {limit} s: {json.dumps(self.books())}", pause)

    def found(self, towns, providers):
        """`towns`: name -> number of services. `providers`: name -> (port of its mail server, organisations or none for all).
        Returns name -> keys, one for each service."""
        lines, keys = [], {}
        for town, services in towns.items():
            lines.append(f'[[organisation]]\nkey = "{town}"\nname = "Comune di {town}"\n')
            keys[town] = []
            for number in range(services):
                service, secret = f"ufficio-{number}", key_text(len(self.keys))
                self.keys.append(secret)
                keys[town].append(secret)
                lines.append(f'[[service]]\norganisation = "{town}"\nkey = "{service}"\nname = "Ufficio {number}"\n'
                             f'[service.senders.email]\naddress = "ufficio{number}@{town}.example.it"\nname = "Comune di {town}"\n'
                             f'[[key]]\nservice = "{town}/{service}"\nname = "bench"\n'
                             f'secret_sha256 = "{hashlib.sha256(secret.encode()).hexdigest()}"\n')
        for name, (port, organisations) in providers.items():
            lines.append(f'[[provider]]\nkey = "{name}"\nplugin = "smtp"\nchannel = "email"\norganisations = {json.dumps(organisations or [])}\n'
                         f'[provider.config]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n')
        file = self.folder / "town.toml"
        file.write_text("".join(lines))
        self.messo("apply", file, "--yes")
        for town in towns:
            self.messo("template", "import", ROOT / "templates", "--organisation", town, "--publish")
        return keys
