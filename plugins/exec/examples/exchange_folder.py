#!/usr/bin/env python3
"""A gateway that exchanges files, as many older ones do: a message is a file in OUT, its receipts come as files in IN, each named so that
it sorts after those before it.

Shows the extensions: poll() fetches the receipts, ack() clears them away, query() finds out what a crash left in doubt.
"""

import json
import os

from messo_channel import CannotSay, Channel, Refused, pending, receipt, try_later, unreadable


class ExchangeFolder(Channel):
    name = "exchange_folder"
    channels = ["sms", "webhook", "email"]
    credits = 50
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["folder"],
        "properties": {"folder": {"type": "string", "minLength": 1, "description": "Folder that holds OUT and IN."}},
    }

    def configure(self, settings):
        if not settings["folder"].startswith("/"):
            raise Refused("settings.folder: must be absolute")
        self.out, self.into = (os.path.join(settings["folder"], name) for name in ("OUT", "IN"))

    def send(self, message):
        attempt = message["attempt"]
        line = {"to": message["to"], "text": self.part(message, "text")}
        try:
            with open(self._file(attempt) + ".new", "w", encoding="utf-8") as file:
                json.dump(line, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.rename(self._file(attempt) + ".new", self._file(attempt))  # the gateway sees whole files only
        except OSError as problem:
            return try_later("exchange_folder.cannot_write", "The gateway cannot be reached.", str(problem), scope="provider")
        return pending([{"kind": "exchange_file", "value": attempt}], "exchange_folder.written")

    def query(self, attempt, references):
        if os.path.exists(self._file(attempt)):
            return pending([{"kind": "exchange_file", "value": attempt}], "exchange_folder.found")
        raise CannotSay("the gateway may have taken the file already")

    def poll(self, mailbox, cursor, limit, again):
        names = sorted(name for name in os.listdir(self.into) if name.endswith(".json"))
        fresh = [name for name in names if name > cursor]
        page = fresh[:limit]
        items = [self._read(name) for name in names if name in page or name in again]
        return items, page[-1] if page else cursor, len(fresh) > limit

    def ack(self, mailbox, ids):
        for name in ids:
            path = os.path.join(self.into, os.path.basename(name))
            if os.path.exists(path):  # or it was cleared away before a crash
                os.remove(path)

    def health(self):
        missing = [folder for folder in (self.out, self.into) if not os.path.isdir(folder)]
        return (False, "settings.folder: there is no " + missing[0]) if missing else (True, "Both folders are there.")

    # {"file": ATTEMPT, "state": "delivered" or "undelivered", "at_ms": ...}
    def _read(self, name):
        raw = b""
        try:
            with open(os.path.join(self.into, name), "rb") as file:
                raw = file.read()
            told = json.loads(raw)
            references = [{"kind": "exchange_file", "value": told["file"]}]
            return {"id": name, "receipts": [receipt(told["state"], references, told["file"] + "/" + told["state"], told["at_ms"], raw=raw)]}
        except (OSError, ValueError, LookupError, TypeError) as problem:
            return unreadable(name, "exchange_folder.unreadable", "the file is no receipt: " + type(problem).__name__, raw)

    def _file(self, attempt):
        return os.path.join(self.out, attempt + ".json")


if __name__ == "__main__":
    ExchangeFolder().run()
