"""Certified mail at work: a legal notice from the post to its proof, between two simulated PEC providers."""
import base64
import hashlib
import json
import textwrap
import zipfile

from stage import BIN, DATA, DIM, OFF, ROOT, SERVICE, Hub, Peer, filled_in, follow, indented, say, title, write_secret

MAILBOX = "protocollo@pec.comune.vallechiara.example"
PASSWORD = "vallechiara-prova"
RECEIPT_PAUSE_MS = 700  # so that one sees them come one by one; real providers take seconds to minutes
SAYS = {
    "accepted": "the hub has it on disk; the answer 202 goes out",
    "outcome pending": "kept as it is sent, then handed over; the provider's 250 proves nothing yet",
    "milestone accepted": "ACCETTAZIONE: sending is proven",
    "receipt delivered": "AVVENUTA CONSEGNA: delivery is proven",
    "receipt undelivered": "AVVISO DI MANCATA CONSEGNA",
}


class Providers(Peer):
    """The town's PEC provider with its mailbox, and the citizens' one."""

    def __init__(self, minutes):
        self.folder = DATA / "pec"
        super().__init__("pec", [str(BIN / "pec_provider"), "--account", f"{MAILBOX}:{PASSWORD}", "--files", str(self.folder),
                                 "--delay", str(RECEIPT_PAUSE_MS)], minutes)
        self.smtp, self.imap, self.pop3 = self.ports[:3]


def one_page_pdf(lines):
    """A PDF of one page of text: what a citizen's notice would be attached as."""
    def literal(line):
        return line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    text = b"BT /F1 11 Tf 15 TL 60 780 Td " + b" ".join(b"(" + literal(line) + b") Tj T*" for line in lines) + b" ET"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def notice(address):
    """The job of a notice of assessment with its act as a PDF."""
    job = json.loads((ROOT / "demo/jobs/pec/avviso-accertamento.it.json").read_text())
    data = job["data"]
    act = one_page_pdf(["COMUNE DI VALLECHIARA - Ufficio Tributi", "", f"Avviso di accertamento n. {data['numero_atto']}", f"Tributo: {data['tributo']}", "",
                        *textwrap.wrap(data["motivazione"], 85), "", "Documento di prova: non ha alcun valore."])
    data["impronta"] = hashlib.sha256(act).hexdigest()
    job["attachments"] = [{"name": data["allegato"], "content_type": "application/pdf", "content": base64.b64encode(act).decode()}]
    job["recipient"]["pec"] = address
    return job


def found_town(hub, providers):
    title("1. A municipality, its certified mailbox, and the template of a legal notice")
    hub.apply(ROOT / "demo/town.toml")
    write_secret("pec.password", PASSWORD)
    say("$ messo apply demo/pec.toml")
    indented(hub.apply(filled_in("pec.toml", {"port = 4465": f"port = {providers.smtp}", "port = 4993": f"port = {providers.imap}",
                                              "FOLDER": str(providers.folder)})))
    hub.import_templates()
    hub.make_key()
    say("$ messo template preview avviso-accertamento --channel pec")
    text = hub.messo("template", "preview", "avviso-accertamento", "--channel", "pec").splitlines()
    indented("\n".join("\n".join(textwrap.wrap(line, 110)) for line in text[:16]) + "\n[...]")


def delivered(hub):
    title("2. A notice of assessment is posted; its receipts come back into the town's mailbox")
    identifier = hub.post(notice("maria.bianchi@pec.cittadini.example"))
    follow(hub, identifier, SAYS, "delivered")
    say(f"\n$ messo status {identifier}")
    indented(hub.messo("status", identifier), "   ")
    return identifier


def proof(hub, identifier, providers):
    title("3. The proof: one ZIP file that anybody can check, with no hub at hand")
    file = DATA / f"attestazione-{identifier}.zip"
    say(f"$ messo evidence {identifier} --output {DATA.name}/{file.name}")
    indented(hub.messo("evidence", identifier, "--service", SERVICE, "--output", str(file)), "   ")
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            say(f"   {DIM}{entry.file_size:>8}{OFF}  {entry.filename}")
    key = DATA / "chiave-pubblica.pem"
    key.write_text(hub.messo("evidence", "key"))
    say(f"   {DIM}indice.html is the page people read{OFF}")
    say("$ messo evidence verify FILE --key PUBLIC-KEY-OF-THE-HUB --roots AUTHORITY-OF-THE-PROVIDERS")
    indented(hub.messo("evidence", "verify", str(file), "--key", str(key), "--roots", str(providers.folder / "roots.pem")), "   ")


def not_delivered(hub):
    title("4. A full mailbox, and an address that does not exist: the law counts them differently")
    for address in ("piena.rossi@pec.cittadini.example", "inesistente.verdi@pec.cittadini.example"):
        say(f"to {address}")
        follow(hub, hub.post(notice(address)), SAYS, "undelivered")


def leave(hub, providers, minutes):
    title(f"Yours to try, for {minutes} minutes (./dev demo --stop ends it)")
    say(textwrap.dedent(f"""\
        address     http://127.0.0.1:{hub.port}        (openapi.yaml and /status are there too)
        key         {hub.key}
        post        change the recipient in demo/jobs/pec/avviso-accertamento.it.json to mai@..., esterno@..., virus@..., contraffatta@... and send it:
                    curl -s http://127.0.0.1:{hub.port}/v1/notifications -H 'Authorization: Bearer {hub.key}' \\
                         -H 'Content-Type: application/json' -d @demo/jobs/pec/avviso-accertamento.it.json
        recipients  build/bin/pec_provider --help lists what each local part does
        watch       build/bin/messo --socket {DATA.name}/messo-data/messo.sock list       (also: status, tail, receipts list)
        mailbox     imaps://127.0.0.1:{providers.imap} as {MAILBOX}, password {PASSWORD}, authority {DATA.name}/pec/ca.pem"""))


def show(minutes):
    providers = Providers(minutes)
    hub = Hub(minutes)
    found_town(hub, providers)
    proof(hub, delivered(hub), providers)
    not_delivered(hub)
    leave(hub, providers, minutes)
