#!/usr/bin/env python3
"""The smallest useful channel: each message becomes a line of JSON in a file."""

import json
import os

from messo_channel import Channel, Refused, sent, try_later


class AppendToFile(Channel):
    name = "append_to_file"
    channels = ["webhook", "email"]
    credits = 50
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["path"],
        "properties": {"path": {"type": "string", "minLength": 1, "description": "File that messages are appended to."}},
    }

    def configure(self, settings):
        self.path = settings["path"]
        if not self.path.startswith("/"):
            raise Refused("settings.path: must be absolute")

    def send(self, message):
        line = {"id": message["delivery"], "to": message["to"], "text": self.part(message, "text")}
        if message["attachments"]:
            line["attachments"] = {a["name"]: len(self.attachment(message, a)) for a in message["attachments"]}
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as problem:
            return try_later("append_to_file.cannot_write", "The file cannot be written.", str(problem), scope="provider")
        return sent("append_to_file.written")

    def health(self):
        folder = os.path.dirname(self.path)
        return (True, "The folder is there.") if os.path.isdir(folder) else (False, "settings.path: there is no folder " + folder)


AppendToFile().run()
