"""A channel of Messo in Python: derive from Channel, call run(). Python 3.9 or newer, standard library only.

The protocol is JSON-RPC 2.0, one message a line, over standard input and output (plugins/exec/README.md). Standard output belongs to it:
notes go to standard error, or through log().
"""

import base64
import json
import sys


class Refused(Exception):
    """Raised by configure(): a sentence that names the setting and the remedy."""


def sent(code="sent"):
    """The provider took it, and no receipt will come."""
    return {"kind": "sent", "code": code}


def pending(references, code="accepted"):
    """The provider took it and will report. references: [{"kind": ..., "value": ...}]"""
    return {"kind": "pending", "code": code, "references": references}


def try_later(code, public_text, private_text="", scope="message", throttled=False, retry_after_ms=-1):
    """Not taken for now, and certainly not out."""
    return {"kind": "try_later", "code": code, "public_text": public_text, "private_text": private_text, "scope": scope,
            "throttled": throttled, "retry_after_ms": retry_after_ms}


def refused(code, public_text, private_text="", scope="message"):
    """Not taken, for good."""
    return {"kind": "refused", "code": code, "public_text": public_text, "private_text": private_text, "scope": scope}


def unknown(code, public_text, private_text=""):
    """It may be out and nobody knows: the only honest answer once the last byte has gone and no reply came."""
    return {"kind": "unknown", "code": code, "public_text": public_text, "private_text": private_text, "scope": "provider"}


class Channel:
    """One message at a time. What send() raises is the outcome `unknown`."""

    name = "unnamed"
    version = "1.0.0"
    channels = []
    schema = None
    credits = 1

    def configure(self, settings):
        """Settings with their secrets, as the schema wants them. No network. Raise Refused."""

    def send(self, message):
        """Sends and returns sent(), pending(), try_later(), refused() or unknown()."""
        raise NotImplementedError

    def health(self):
        """Tries the account without sending: (True or False, a sentence)."""
        return True, "The program runs."

    # ---- what a channel may call ----

    def log(self, level, id, text):
        """No addresses, no content, no secrets. level: debug, info, warning, error."""
        self._say({"method": "log", "params": {"level": level, "id": id, "text": text}})

    def attachment(self, message, attachment):
        """Its bytes."""
        out = b""
        while len(out) < attachment["size"]:
            answer = self._ask("read_attachment", {"attempt": message["attempt"], "handle": attachment["handle"], "offset": len(out)})
            chunk = base64.b64decode(answer["data_base64"])
            if not chunk:
                raise OSError("the attachment ended early")
            out += chunk
        return out

    def receipt(self, receipt):
        """Returns once the hub has kept it; only then acknowledge it to the provider."""
        self._ask("receipt", receipt)

    def part(self, message, name):
        """The text of a part: "subject", "text", "body", "html"; "" when there is none."""
        return next((part["body"] for part in message["parts"] if part["name"] == name), "")

    # ---- the protocol ----

    def run(self):
        self._waiting, self._next = [], 0
        while (request := self._read()) is not None:
            if "method" in request:
                self._work(request)

    def _work(self, request):
        method, params, id = request["method"], request.get("params") or {}, request.get("id")
        try:
            if method == "describe":
                result = {"name": self.name, "version": self.version, "channels": self.channels, "schema": self.schema,
                          "credits": self.credits}
            elif method == "configure":
                result = self.configure(params["settings"]) or {}
            elif method == "submit":
                result = self._send(params)
            elif method == "health":
                ok, text = self.health()
                result = {"ok": ok, "text": text}
            elif method == "stop":
                result = {}
            else:
                return self._say({"id": id, "error": {"code": -32601, "message": "there is no such method"}})
        except Refused as problem:
            return self._say({"id": id, "error": {"code": -32602, "message": str(problem)}})
        self._say({"id": id, "result": result})

    def _send(self, message):
        try:
            return self.send(message)
        except Exception as problem:  # whatever it was, the message may be out
            return unknown(self.name + ".exception", "The channel failed while sending; the message may have left.", repr(problem))

    def _ask(self, method, params):
        self._next += 1
        self._say({"id": self._next, "method": method, "params": params})
        while True:
            answer = self._read_line()
            if answer is None:
                raise EOFError("the hub has gone")
            if "method" in answer:
                self._waiting.append(answer)  # worked after this one
            elif answer.get("id") == self._next:
                if "error" in answer:
                    raise OSError(answer["error"]["message"])
                return answer["result"]

    def _read(self):
        return self._waiting.pop(0) if self._waiting else self._read_line()

    def _read_line(self):
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def _say(self, message):
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()
