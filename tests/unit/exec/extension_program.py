#!/usr/bin/env python3
"""A channel's program with every extension, that answers as the question itself says: a reference's value, a mailbox's name, a call's path.

Its argument: a file; while somebody holds its lock, what is to hang hangs, and says so with a file of that name and ".entered".
"""

import base64
import fcntl
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../plugins/exec/examples"))
from messo_channel import CannotSay, Channel, pending, receipt, refused, sent, try_later, unknown, unreadable  # noqa: E402


def hang():
    open(sys.argv[1] + ".entered", "w").close()
    with open(sys.argv[1], encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


def delivered(key):
    return receipt("delivered", [{"kind": "id", "value": key}], key, raw=b"byte\x00for byte")


class Extensions(Channel):
    name = "extensions"
    channels = ["email"]
    credits = 7

    def mailboxes(self):
        return ["INBOX", {"name": "slow", "every_ms": 60000}, "raises", "hangs", "INBOX", "", {"every_ms": 3}, 17, "x" * 256]

    def send(self, message):
        return sent()

    def query(self, attempt, references):
        what = references[0]["value"] if references else "sent"
        if what == "later":
            self.outcome(attempt, sent("told.later"))
            return {}
        if what == "cannot_say":
            raise CannotSay("no book is kept")
        if what == "raises":
            raise OSError("the book is gone")
        if what == "hangs":
            hang()
        answers = {"pending": pending([{"kind": "id", "value": attempt}], "asked.pending"), "refused": refused("asked.refused", "No."),
                   "try_later": try_later("asked.never_came", "Not there."), "unknown": unknown("asked.unknown", "Not yet."),
                   "nonsense": {"kind": ["x"], "code": 5}, "text": "what?"}
        return answers.get(what, sent("asked.sent"))

    def poll(self, mailbox, cursor, limit, again):
        if cursor == "raises":
            raise OSError("the mailbox cannot be reached: " + "x" * 10000)
        if cursor == "hangs":
            hang()
        if cursor == "no_list":
            return "items", "", False
        if cursor == "no_id":
            return [{"id": "1", "receipts": []}, {"receipts": []}], "2", False
        if cursor == "too_many":
            return [{"id": str(i), "receipts": []} for i in range(limit + len(again) + 1)], "x", False
        if cursor == "long_cursor":
            return [], "c" * 5000, False
        if cursor == "large":
            return [{"id": "1", "receipts": [receipt("delivered", [{"kind": "id", "value": "1"}], "1", raw=b"x" * (24 << 20))]}], "2", True
        if cursor == "mixed":
            return [{"id": "1", "receipts": [delivered("a")]},
                    {"id": "2", "receipts": [{"kind": "delivered"}]},
                    unreadable("3", "extensions.corrupt", "no receipt", b"\xff\xfe"),
                    {"id": "4", "receipts": "none", "raw_base64": base64.b64encode(b"bytes").decode()},
                    {"id": "5"},
                    {"id": "6", "raw_base64": "***"}], "7", False
        return [{"id": id, "receipts": [delivered(id)]} for id in ["1", *again]], cursor + "+" + mailbox, True

    def ack(self, mailbox, ids):
        if mailbox == "raises":
            raise OSError("the mailbox is locked")
        if mailbox == "hangs":
            hang()
        self.log("info", "acked", mailbox + ":" + ",".join(ids))

    def callback(self, call):
        if call["headers"].get("x-secret") != "segreto":
            return 403, "wrong secret\n"
        what = call["path"]
        if what == "/raises":
            raise ValueError("no such report")
        if what == "/hangs":
            hang()
        if what == "/bad_receipt":
            return 200, "", [{"kind": "delivered"}]
        if what == "/no_receipts":
            return 200, "", 17
        if what == "/status":
            return 1000, ["x"]
        return 200, call["method"] + "?" + call["query"] + ":" + call["body"].hex() + ":" + call["client_address"], [delivered("k")]


Extensions().run()
