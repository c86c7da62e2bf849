// A client of the npm package `smpp`, for SMSCs that Messo's own codec speaks through: binds, submits, waits for receipts, asks, unbinds. Told by one
// JSON object as its only argument; prints one with what happened. What it waits for in vain for that long ends it with 1.
'use strict';
const smpp = require('smpp');

const told = JSON.parse(process.argv[2]);
const wanted = { host: '127.0.0.1', bind: 'transceiver', system_id: 'messo', password: 'segreto', messages: [], receipts: 0, queries: false, timeout_ms: 15000, ...told };
const seen = { bind: null, submits: [], receipts: [], inbound: [], queries: [], enquire_link: null, unbind: null };

const end = (code, error) => {
  console.log(JSON.stringify({ ...seen, ...(error ? { error } : {}) }));
  process.exit(code);
};
setTimeout(() => end(1, 'time is up'), wanted.timeout_ms);

const session = smpp.connect({ host: wanted.host, port: wanted.port });
const ask = (command, values) => new Promise((done) => session[command](values, done));
session.on('error', (error) => end(1, error.message));

session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  const { receipted_message_id: id, message_state: state, user_message_reference: umr, short_message: { message: text } = {} } = pdu;
  if (pdu.esm_class & 0x3c) seen.receipts.push({ id: id ?? null, state: state ?? null, umr: umr ?? null, text: text ?? '', from: pdu.source_addr });
  else seen.inbound.push({ from: pdu.source_addr, to: pdu.destination_addr, text });
});

async function receiptsAreHere() {
  while (seen.receipts.length < wanted.receipts) await new Promise((done) => session.once('deliver_sm', () => setImmediate(done)));
}

session.on('connect', async () => {
  const bound = await ask(`bind_${wanted.bind}`, { system_id: wanted.system_id, password: wanted.password, interface_version: 0x34 });
  seen.bind = { status: bound.command_status, system_id: bound.system_id ?? '', version: bound.sc_interface_version ?? null };
  if (bound.command_status) end(0);
  seen.submits = await Promise.all(wanted.messages.map(async (message) => {
    const answer = await ask('submit_sm', { source_addr_ton: 5, source_addr: 'COMUNE', dest_addr_ton: 1, dest_addr_npi: 1, registered_delivery: 1, ...message });
    return { status: answer.command_status, id: answer.message_id ?? '' };
  }));
  await receiptsAreHere();
  for (const { id } of wanted.queries ? seen.submits : []) {
    const answer = await ask('query_sm', { message_id: id, source_addr_ton: 5, source_addr: 'COMUNE' });
    seen.queries.push({ status: answer.command_status, id: answer.message_id ?? '', state: answer.message_state ?? null });
  }
  seen.enquire_link = (await ask('enquire_link', {})).command_status;
  seen.unbind = (await ask('unbind', {})).command_status;
  end(0);
});
