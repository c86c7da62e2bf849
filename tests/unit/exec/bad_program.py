#!/usr/bin/env python3
"""A channel's program that breaks the protocol in the one way its argument names."""

import json
import os
import signal
import sys

mode = sys.argv[1]


def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def outcome(attempt, kind="sent", code="bad.told"):
    say({"method": "outcome", "params": {"attempt": attempt, "kind": kind, "code": code}})


def submit(id, message):
    attempt = message["attempt"]
    if mode == "crashes":
        os._exit(7)
    elif mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif mode == "crashes_after_answer":
        say({"id": id, "result": {"kind": "sent", "code": "bad.told"}})
        os._exit(7)
    elif mode == "hangs":
        while True:
            signal.pause()
    elif mode == "garbage":
        for _ in range(1000):
            print("printed by a careless library", flush=True)
    elif mode == "some_garbage":
        print("printed by a careless library", flush=True)
        print('{"jsonrpc": "1.0"}\n[]\n"text"\n17\nnull', flush=True)
        outcome(attempt)
    elif mode == "huge_line":
        sys.stdout.write("x" * (70 << 20))
        sys.stdout.flush()
        signal.pause()
    elif mode == "deep":
        print('{"jsonrpc": "2.0", "method": "log", "params": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}", flush=True)
        signal.pause()
    elif mode == "many_values":
        print('{"jsonrpc": "2.0", "method": "receipt", "params": [' + "0," * 2_000_000 + "0]}", flush=True)
        signal.pause()
    elif mode == "twice":
        outcome(attempt)
        outcome(attempt, "refused")
        say({"id": id, "result": {"kind": "sent"}})
    elif mode == "foreign":
        outcome("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071")
        outcome("not an id at all")
        say({"id": 987654, "result": {}})
        say({"id": [1], "result": {}})
        outcome(attempt)
    elif mode == "fails":
        say({"id": id, "error": {"code": 1, "message": "not now"}})
    elif mode == "strange_values":
        say({"id": id, "result": {"kind": "perhaps", "scope": 7, "code": ["x"], "retry_after_ms": "soon", "references": {"a": 1}}})
    elif mode == "strange_calls":
        say({"method": "receipt", "params": []})
        say({"method": "receipt", "id": "a", "params": {"kind": "delivered"}})
        say({"method": "receipt", "params": {"dedupe_key": "k", "references": [{"kind": "id", "value": "1"}], "raw_base64": "*"}})
        say({"method": "read_attachment", "id": 5, "params": "x"})
        say({"method": "read_attachment", "id": 6, "params": {"attempt": attempt, "handle": 99, "offset": 0, "length": -4}})
        say({"method": "credits", "params": {"messages": 10**12, "pause_until_ms": "x"}})
        say({"method": "credits", "params": 3})
        say({"method": "log", "params": {"level": 3, "id": None, "text": []}})
        say({"method": "launch", "id": 7})
        outcome(attempt)
    elif mode == "flood":
        for _ in range(20000):
            say({"method": "log", "params": {"level": "info", "id": "flood", "text": "a thought"}})
        outcome(attempt)
    elif mode == "memory":
        held = []
        while True:
            held.append(bytearray(16 << 20))
    elif mode == "receipt":
        reference = [{"kind": "bad_id", "value": attempt}]
        say({"id": id, "result": {"kind": "pending", "references": reference}})
        say({"method": "receipt", "id": "r1", "params": {"kind": "delivered", "dedupe_key": attempt, "references": reference}})
    else:
        outcome(attempt)


def main():
    if mode == "dies_at_start":
        sys.exit(3)
    if mode == "never_ready":
        signal.pause()
    for line in sys.stdin:
        request = json.loads(line)
        method, id = request.get("method"), request.get("id")
        if method == "describe":
            if mode == "no_description":
                say({"id": id, "result": {"version": 1}})
            else:
                extensions = ["receipts.poll/1", "resume/9", {"a": 1}] if mode == "strange_extensions" else "none"
                say({"id": id, "result": {"name": "bad", "channels": ["email"], "extensions": extensions,
                                          "schema": {"type": "object", "additionalProperties": False}}})
        elif method == "configure":
            if mode == "refuses":
                say({"id": id, "error": {"code": -32602, "message": "settings.path: must be absolute"}})
            else:
                say({"id": id, "result": {}})
        elif method == "submit":
            submit(id, request["params"])
        elif method == "health":
            say({"id": id, "result": {"ok": mode != "unwell", "text": "settings.token: is over" if mode == "unwell" else ""}})
        elif method == "stop" and mode != "ignores_stop":
            say({"id": id, "result": {}})
    if mode == "ignores_stop":
        signal.pause()


main()
