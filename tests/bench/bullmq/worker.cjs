// Takes jobs from the queue, renders them with Mustache and sends them with nodemailer. Prints the number of completed jobs, at most 50 times a
// second. Environment: SMTP_PORT, REDIS_SOCKET, TEMPLATES (Messo's own templates, whose style sheet the mail has too).
const fs = require("node:fs");
const path = require("node:path");
const Mustache = require("mustache");
const nodemailer = require("nodemailer");
const { Worker } = require("bullmq");

const style = fs.readFileSync(path.join(process.env.TEMPLATES, "_partials/stile.html.mustache"), "utf8");
const subject = "Promemoria: appuntamento {{giorno}}";
const text = `Gentile {{nominativo}},

Le ricordiamo il Suo appuntamento.

Servizio: {{servizio}}
Giorno: {{giorno}}
Ora: {{ora}}
Codice: {{codice}}

Che cosa portare:
{{#da_portare}}
- {{.}}
{{/da_portare}}

DOVE

{{ufficio.nome}}
{{ufficio.indirizzo}}
{{ufficio.orari}}
{{ufficio.telefono}}
{{ufficio.email}}

Se non può venire lo sposti o lo disdica qui, così il posto va a un'altra persona: {{link_disdetta}}

Comune di Esempio - Ufficio Anagrafe
Messaggio automatico: non risponda a questo indirizzo. Per informazioni scriva all'ufficio indicato sopra o lo chiami negli orari di apertura.
Il Comune tratta i Suoi dati per svolgere il servizio richiesto (articolo 13 del regolamento UE 2016/679).
`;
const html = `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comune di Esempio</title>
${style}</head>
<body>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" class="foglio" width="600" cellpadding="0" cellspacing="0">
<tr><td class="testata">Comune di Esempio</td></tr>
<tr><td class="corpo">
<h1>Le ricordiamo il Suo appuntamento</h1>
<p>Gentile {{nominativo}},</p>
<p>Le ricordiamo il Suo appuntamento.</p>
<table class="dati">
<tr><th scope="row">Servizio</th><td>{{servizio}}</td></tr>
<tr><th scope="row">Giorno</th><td>{{giorno}}</td></tr>
<tr><th scope="row">Ora</th><td>{{ora}}</td></tr>
<tr><th scope="row">Codice</th><td>{{codice}}</td></tr>
</table>
<h2>Che cosa portare</h2>
<ul>
{{#da_portare}}
<li>{{.}}</li>
{{/da_portare}}
</ul>
<h2>Dove</h2>
<p>{{ufficio.nome}}<br>{{ufficio.indirizzo}}<br>{{ufficio.orari}}<br>{{ufficio.telefono}}<br>{{ufficio.email}}</p>
<p>Se non può venire <a href="{{link_disdetta}}">sposti o disdica l'appuntamento</a>, così il posto va a un'altra persona.</p>
</td></tr>
<tr><td class="piede"><p>Comune di Esempio - Ufficio Anagrafe</p>
<p>Messaggio automatico: non risponda a questo indirizzo. Per informazioni scriva all'ufficio indicato sopra o lo chiami negli orari di apertura.</p>
<p>Il Comune tratta i Suoi dati per svolgere il servizio richiesto (articolo 13 del regolamento UE 2016/679).</p></td></tr>
</table>
</td></tr></table>
</body>
</html>
`;

const day = new Intl.DateTimeFormat("it-IT", { dateStyle: "full", timeZone: "Europe/Rome" });
const time = new Intl.DateTimeFormat("it-IT", { timeStyle: "short", timeZone: "Europe/Rome" });
// nodemailer leaves Nagle's algorithm on, so each connection waits for delayed acknowledgements: of 8, 32, 64 and 100 connections 64 were quickest.
const mailer = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(process.env.SMTP_PORT), pool: true, maxConnections: 64, maxMessages: Infinity, ignoreTLS: true,
});

async function send(job) {
  const { recipient, data } = job.data;
  const when = new Date(data.quando);
  const view = { ...data, giorno: day.format(when), ora: time.format(when) };
  await mailer.sendMail({
    from: '"Comune di Esempio" <sportello@comune.example.it>', to: recipient.email, subject: Mustache.render(subject, view),
    text: Mustache.render(text, view), html: Mustache.render(html, view),
  });
}

let completed = 0;
let told = 0;
const worker = new Worker("mail", send, { connection: { path: process.env.REDIS_SOCKET, enableAutoPipelining: true }, concurrency: 128 });
worker.on("completed", () => { completed += 1; });
worker.on("failed", (job, error) => console.log(`failed ${job && job.id}: ${error.message}`));
setInterval(() => {
  if (completed !== told) console.log(`completed ${(told = completed)}`);
}, 20);
