#!/usr/bin/env python3
"""Messo at work: the messages of a municipal one-stop desk, a mail server that fails, a daemon that is killed.

Usage: ./dev demo [--pec | --sms] [--stop] [--keep-minutes N]

Starts messod and a local mail server on 127.0.0.1, shows what happens, and leaves both running to try by hand
(for 60 minutes, or N). --pec shows certified mail instead: a legal notice, from the post to its proof, with the
receipts of two simulated providers. --sms shows SMS over SMPP: an alert in three segments, and what comes back from the
telephone. --stop ends what an earlier demo left running. Everything is below demo-data/.
"""
import concurrent.futures
import email
import email.policy
import json
import subprocess
import sys
import textwrap
import time
import uuid

import certified_mail
import short_messages
from stage import BIN, DATA, DIM, GREEN, OFF, ROOT, Failed, Hub, Peer, filled_in, indented, say, stop_earlier, title, wait_until

BATCH = 300


class MailServer(Peer):
    """A real SMTP server that keeps what it takes and misbehaves when told."""

    def __init__(self, minutes):
        self.folder = DATA / "mail"
        self.folder.mkdir()
        super().__init__("mail", [str(BIN / "smtp_peer"), "--store", str(self.folder)], minutes)
        self.port = self.ports[0]

    def stats(self):
        return json.loads(self.tell("stats"))

    def mail_to(self, address):
        """The newest message to an address, as the citizen's mail program reads it."""
        for file in sorted(self.folder.glob("*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if address in str(message["To"]):
                return message
        return None


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
    indented(hub.apply(ROOT / "demo/town.toml"))
    say("$ messo template import templates --publish")
    indented(hub.import_templates())
    hub.make_key()


def test_mode(hub):
    title("2. Nothing is configured to send yet: test mode keeps messages as files and never counts them as sent")
    identifier = hub.post(job("1-avvio.it.json"))
    hub.wait_for(identifier, "simulated")
    say(f"$ messo status {identifier}")
    indented(hub.messo("status", identifier))


def real_mail(hub, server):
    title(f"3. A mail server (127.0.0.1:{server.port}): the desk's messages in Italian and English, as each citizen gets them")
    indented(hub.apply(filled_in("relay.toml", {"port = 2525": f"port = {server.port}"})))
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


def ordinary_mail(minutes):
    server = MailServer(minutes)
    hub = Hub(minutes)
    found_town(hub)
    test_mode(hub)
    real_mail(hub, server)
    failing_server(hub, server)
    kill(hub, server)
    leave(hub, server, minutes)


SHOWS = {"--pec": certified_mail.show, "--sms": short_messages.show}


def main(words):
    minutes, shown = 60, [word for word in words if word in SHOWS]
    words = [word for word in words if word not in SHOWS]
    if "-h" in words or "--help" in words:
        return print(__doc__)
    if words[:1] == ["--keep-minutes"] and len(words) == 2 and words[1].isdigit():
        minutes = int(words[1])
    elif words == ["--stop"]:
        return say("stopped" if stop_earlier() else "nothing is running")
    elif words or len(shown) > 1:
        raise Failed(f"{' '.join(words or shown)} cannot be shown. ./dev demo --help lists what can.")
    began = time.monotonic()
    stop_earlier()
    subprocess.run(["rm", "-rf", str(DATA)], check=True)
    DATA.mkdir(mode=0o700)
    SHOWS.get(shown[0] if shown else "", ordinary_mail)(minutes)
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
