"""A channel of Messo in Python: derive from Channel, call run(). Python 3.9 or newer, standard library only.

The protocol is JSON-RPC 2.0, one message a line, over standard input and output (plugins/exec/README.md). Standard output belongs to it:
notes go to standard error, or through log().
"""

import base64
import json
import sys


class Refused(Exception):
    """Raised by configure(): a sentence that names the setting and the remedy."""


class CannotSay(Exception):
    """Raised by query(): there is no way to tell of this message, now or later; an operator decides."""


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


def receipt(kind, references, dedupe_key, at_ms=0, code="", raw=b"", verification="not_checked", milestone=""):
    """What came back later: kind is delivered, undelivered or milestone; dedupe_key the same whenever the provider tells it."""
    out = {"kind": kind, "references": references, "dedupe_key": dedupe_key, "at_ms": at_ms, "code": code, "verification": verification,
           "raw_base64": base64.b64encode(raw).decode()}
    return {**out, "milestone": milestone} if milestone else out


def unreadable(id, code, problem, raw=b""):
    """An item of poll() that cannot be read: tried again, and in the end shown to an operator with its bytes. problem: without content."""
    return {"id": id, "code": code, "problem": problem, "raw_base64": base64.b64encode(raw).decode()}


class Channel:
    """One message, one question after the other. What send() raises is the outcome `unknown`.

    Of query(), balance(), poll() and callback() define those that the provider can answer; they are declared to the hub by being there.
    """

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

    # ---- extensions: none of them unless you define it ----

    query = None
    """query(attempt, references): what became of a message in doubt: sent(), pending(), refused(), try_later() (it certainly never arrived:
    it is sent again), unknown() (ask again later); or raise CannotSay."""

    balance = None
    """balance(): what is left on the account: {"amount": "12.34", "currency": "EUR", "messages": 830, "text": ...}, one of the first and the
    third at least."""

    poll = None
    """poll(mailbox, cursor, limit, again): what came after the cursor, oldest first, and those of `again` that are still there: (items,
    cursor, more). Marks nothing. An item is {"id": ..., "receipts": [receipt(...)]} or unreadable(...)."""

    callback = None
    """callback(call): a call of the provider: method, path, query, headers, body (bytes), client_address, url. Checks the signature or
    secret before anything else. Returns (status, text) or (status, text, [receipt(...)])."""

    def mailboxes(self):
        """The mailboxes of poll(): names, or {"name": ..., "every_ms": ...}. Known once configure() has returned."""
        return ["INBOX"]

    def ack(self, mailbox, ids):
        """The items are durable: the provider's copies may go. Comes again after a crash: an id that is gone is no error."""

    # ---- what a channel may call ----

    def log(self, level, id, text):
        """No addresses, no content, no secrets. level: debug, info, warning, error."""
        self.__say({"method": "log", "params": {"level": level, "id": id, "text": text}})

    def attachment(self, message, attachment):
        """Its bytes."""
        out = b""
        while len(out) < attachment["size"]:
            answer = self.__ask("read_attachment", {"attempt": message["attempt"], "handle": attachment["handle"], "offset": len(out)})
            chunk = base64.b64decode(answer["data_base64"])
            if not chunk:
                raise OSError("the attachment ended early")
            out += chunk
        return out

    def receipt(self, receipt):
        """Returns once the hub has kept it; only then acknowledge it to the provider."""
        self.__ask("receipt", receipt)

    def outcome(self, attempt, outcome):
        """What became of a message of which send() or query() returned {}."""
        self.__say({"method": "outcome", "params": {**outcome, "attempt": attempt}})

    def part(self, message, name):
        """The text of a part: "subject", "text", "body", "html"; "" when there is none."""
        return next((part["body"] for part in message["parts"] if part["name"] == name), "")

    # ---- the protocol ----

    def run(self):
        self.__waiting, self.__next = [], 0
        while (request := self.__read()) is not None:
            if "method" in request:
                self.__work(request)

    def __work(self, request):
        method, params, id = request["method"], request.get("params") or {}, request.get("id")
        try:
            if method == "describe":
                result = {"name": self.name, "version": self.version, "channels": self.channels, "schema": self.schema,
                          "credits": self.credits, "extensions": self.__extensions()}
            elif method == "configure":
                result = self.configure(params["settings"]) or {}
                if self.poll:
                    result["mailboxes"] = self.mailboxes()
            elif method == "submit":
                result = self.__send(params)
            elif method == "health":
                ok, text = self.health()
                result = {"ok": ok, "text": text}
            elif method == "stop":
                result = {}
            elif method in ("query", "balance", "poll", "ack", "callback"):
                result = self.__extension(method, params)
            else:
                return self.__say({"id": id, "error": {"code": -32601, "message": "there is no such method"}})
        except Refused as problem:
            return self.__say({"id": id, "error": {"code": -32602, "message": str(problem)}})
        except CannotSay as problem:
            return self.__say({"id": id, "error": {"code": -32001, "message": str(problem)}})
        self.__say({"id": id, "result": result})

    def __extensions(self):
        names = {"query/1": self.query, "balance/1": self.balance, "receipts.poll/1": self.poll, "receipts.callback/1": self.callback}
        return [name for name, defined in names.items() if defined]

    def __extension(self, method, params):
        try:
            if method == "query":
                return self.query(params["attempt"], params["references"])
            if method == "balance":
                return self.balance()
            if method == "poll":
                items, cursor, more = self.poll(params["mailbox"], params["cursor"], params["limit"], params["again"])
                return {"items": items, "cursor": cursor, "more": more}
            if method == "ack":
                return self.ack(params["mailbox"], params["ids"]) or {}
            status, text, *receipts = self.callback({**params, "body": base64.b64decode(params["body_base64"])})
            return {"status": status, "body": text, "receipts": receipts[0] if receipts else []}
        except (Refused, CannotSay):
            raise
        except Exception as problem:  # of this question only: the hub puts it again
            raise Refused(f"{method}: {problem!r}") from problem

    def __send(self, message):
        try:
            return self.send(message)
        except Exception as problem:  # whatever it was, the message may be out
            return unknown(self.name + ".exception", "The channel failed while sending; the message may have left.", repr(problem))

    def __ask(self, method, params):
        self.__next += 1
        self.__say({"id": self.__next, "method": method, "params": params})
        while True:
            answer = self.__read_line()
            if answer is None:
                raise EOFError("the hub has gone")
            if "method" in answer:
                self.__waiting.append(answer)  # worked after this one
            elif answer.get("id") == self.__next:
                if "error" in answer:
                    raise OSError(answer["error"]["message"])
                return answer["result"]

    def __read(self):
        return self.__waiting.pop(0) if self.__waiting else self.__read_line()

    def __read_line(self):
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def __say(self, message):
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()
