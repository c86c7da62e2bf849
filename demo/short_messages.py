"""SMS at work: an alert in three segments, from the post to the receipts of the telephone, over SMPP with an SMSC nobody of Messo wrote."""
import json
import textwrap
import time

from stage import DATA, DIM, GREEN, OFF, ROOT, Hub, Peer, filled_in, follow, indented, say, title, wait_until, write_secret

ACCOUNT, PASSWORD = "comune", "pr0va"
RECEIPT_PAUSE_MS = 600  # so that one sees them come one by one; telephones take seconds, or hours when they are off
SAYS = {
    "accepted": "the hub has it on disk; the answer 202 goes out",
    "outcome pending": "the SMSC took every part and gave each an id; nobody has read it yet",
    "receipt delivered": "a part is on the telephone",
    "receipt undelivered": "a part did not arrive: the message is lost",
}


class Smsc(Peer):
    """The npm package `smpp` as the provider's SMSC."""

    def __init__(self, minutes):
        modules = ROOT / ".cache/npm-peers/node_modules"
        settings = {"accounts": {ACCOUNT: PASSWORD}, "id_radix": 16, "receipt_radix": 10, "senders": ["Vallechiara"]}
        super().__init__("smsc", ["env", f"NODE_PATH={modules}", "node", str(ROOT / "tests/peers/npm/smsc.cjs"), "--set", json.dumps(settings)], minutes)
        self.port = self.ports[0]
        for part in (1, 2, 3):
            self.ask("rule", part=part, receipt_delay_ms=RECEIPT_PAUSE_MS * part)

    def ask(self, command, **values):
        answer = json.loads(self.tell(json.dumps({"do": command, **values})))
        return answer["ok"]


def wrapped(text):
    return "\n".join(textwrap.wrap(text, 110))


def alert(phone):
    job = json.loads((ROOT / "demo/jobs/sms/allerta.it.json").read_text())
    job["recipient"]["phone"] = phone
    return job


def found_town(hub, smsc):
    title("1. A municipality, its registered alias, its SMSC")
    hub.apply(ROOT / "demo/town.toml")
    write_secret("sms.password", PASSWORD)
    say("$ messo apply demo/sms.toml")
    indented(hub.apply(filled_in("sms.toml", {"port = 2775": f"port = {smsc.port}"})))
    hub.import_templates()
    hub.make_key()
    bound = wait_until(lambda: smsc.ask("stats")["bound"], "the bind")
    say(f"   the SMSC, the npm package smpp, says: {bound[0]['system_id']} is bound as {bound[0]['kind']}")


def text_and_cost(hub):
    title("2. What a text costs: one letter outside the GSM alphabet halves the room of every segment")
    text = alert("")["data"]["indicazioni"]
    indented(wrapped(text))
    for policy in ("unicode", "transliterate"):
        say(f"$ messo sms measure TEXT --policy {policy}")
        indented("\n".join(wrapped(line) for line in hub.messo("sms", "measure", text, "--policy", policy).splitlines()))


def delivered(hub, smsc):
    title("3. The alert is posted: three segments, three receipts, one message on the telephone")
    identifier = hub.post(alert("347 000 0001"))
    follow(hub, identifier, SAYS, "delivered")
    say("\n   what the SMSC was given:")
    for part in smsc.ask("messages", to="393470000001"):
        say(f"   {DIM}submit_sm{OFF} {part['from']} -> +{part['to']}  part {part['part']} of {part['total']}, {part['octets']} octets, "
            f"data_coding {part['data_coding']}  {DIM}message_id {part['id']}, in its receipt {part['receipt_id']}{OFF}")
    say("   what the telephone shows:")
    for message in smsc.ask("phone", to="393470000001"):
        indented(f"{GREEN}{message['from']}{OFF}\n{wrapped(message['text'])}", "      | ")
    say(f"\n$ messo status {identifier}")
    indented(hub.messo("status", identifier), "   ")


def undelivered(hub, smsc):
    title("4. One part that does not arrive loses the whole: it is told, with the network's reason, and not sent again")
    smsc.ask("rule", to="393470000002", part=2, states=["UNDELIV"], error="027")
    follow(hub, hub.post(alert("347 000 0002")), SAYS, "undelivered")


def over_a_kill(hub, smsc):
    title("5. kill -9 while receipts are on their way: the SMSC keeps them until the hub has bound again")
    smsc.ask("hold")
    identifier = hub.post(alert("347 000 0003"))
    hub.wait_for(identifier, "awaiting_receipt")
    hub.kill9()
    smsc.ask("release")
    began = time.monotonic()
    hub.start()
    hub.wait_for(identifier, "delivered")
    parts = len(smsc.ask("messages", to="393470000003"))
    say(f"   delivered {time.monotonic() - began:.1f} s after the start; the SMSC was given {parts} parts in all: nothing was sent twice")


def answered(hub, smsc):
    title("6. The citizen answers")
    smsc.ask("inbound", **{"from": "393470000001", "to": "Vallechiara", "text": "Ricevuto, grazie. È aperta anche la notte?"})
    inbound = wait_until(lambda: [r for r in json.loads(hub.messo("receipts", "list", "--json"))["items"] if r["code"] == "sms.inbound"], "the answer")
    say(f"$ messo receipts original {inbound[0]['id']}")
    indented(hub.messo("receipts", "original", inbound[0]["id"]))


def leave(hub, smsc, minutes):
    title(f"Yours to try, for {minutes} minutes (./dev demo --stop ends it)")
    control = json.dumps({"do": "phone", "to": "393470000001"})
    say(textwrap.dedent(f"""\
        address     http://127.0.0.1:{hub.port}        (openapi.yaml and /status are there too)
        key         {hub.key}
        post        curl -s http://127.0.0.1:{hub.port}/v1/notifications -H 'Authorization: Bearer {hub.key}' \\
                         -H 'Content-Type: application/json' -d @demo/jobs/sms/allerta.it.json
        watch       build/bin/messo --socket {DATA.name}/messo-data/messo.sock list       (also: status, tail, receipts list)
        telephone   echo '{control}' | curl -s -m 1 telnet://127.0.0.1:{smsc.control}
        SMSC        127.0.0.1:{smsc.port} as {ACCOUNT}, password {PASSWORD}; tests/peers/npm_smpp.hpp says what else it can be told"""))


def show(minutes):
    smsc = Smsc(minutes)
    hub = Hub(minutes)
    found_town(hub, smsc)
    text_and_cost(hub)
    delivered(hub, smsc)
    undelivered(hub, smsc)
    over_a_kill(hub, smsc)
    answered(hub, smsc)
    leave(hub, smsc, minutes)
