// An SMSC of the npm package `smpp`, which nobody of Messo wrote. It answers on 127.0.0.1 and does what it is told over a control port: one
// JSON object a line, one answer a line. tests/peers/npm_smsc.hpp says what can be told.
//
//   node smsc.cjs --ready FILE [--port N] [--control N] [--set JSON] [--tls-key FILE --tls-cert FILE]
'use strict';
const fs = require('fs');
const net = require('net');
const readline = require('readline');
const smpp = require('smpp');
const { Post, receiptFor, STATES } = require('./smsc_receipts.cjs');
const { Rules, statusOf } = require('./smsc_rules.cjs');
const { readSubmit, telephone } = require('./smsc_texts.cjs');

smpp.PDU.maxLength = 64 * 1024;

const settings = {
  accounts: { messo: 'segreto' }, // system_id -> password; the others are refused
  binds: ['transceiver', 'transmitter', 'receiver'], // those that are allowed
  bind_status: 0, // what binds are answered with, right password or not
  bind_delay_ms: 0,
  window: 0, // most submits of a bind without an answer; one more is throttled. 0: no limit
  per_second: 0, // most submits taken in a second; the others are throttled. 0: no limit
  answers_per_second: 0, // a slow SMSC: answers one after the other, at most so many in a second. 0: no limit
  senders: null, // list of source addresses that are allowed
  id_radix: 10, // of the message id in submit_sm_resp: 10 or 16
  receipt_radix: 0, // of the id in receipts; 0: the same
  id_digits: 0, // at least so many digits, by leading zeros
  receipt_id_digits: 0, // the same in receipts
  upper_case: false, // hexadecimal ids
  receipt_keys: 'lower', // "upper": ID:... STAT:...
  receipt_seconds: false, // dates of receipts with seconds
  echo_reference: false, // receipts repeat user_message_reference
  packed: false, // texts in the GSM alphabet come packed
  query: true, // query_sm is answered; false: ESME_RQUERYFAIL
  cut_requests: 0, // so many of the next submits: TCP is cut after their header was read
};
const fresh = () => ({
  connections: 0, binds: 0, refused_binds: 0, unbinds: 0, enquire_links: 0, submits: 0, taken: 0, refused: 0, throttled: 0, over_window: 0,
  most_outstanding: 0, queries: 0, receipts_sent: 0, receipts_taken: 0, receipts_refused: 0, inbounds_sent: 0, inbounds_taken: 0, inbounds_refused: 0,
  cuts: 0, protocol_errors: 0,
});
const stats = fresh();
const rules = new Rules();
const binds = [];
const post = new Post(binds, stats);
const messages = new Map(); // by id as answered
let nextId = 2882340001; // hexadecimal: with letters
let second = { at: 0, taken: 0 };
let answerAt = 0;

const written = (id, radix, digits) => {
  const text = id.toString(radix).padStart(digits, '0');
  return settings.upper_case ? text.toUpperCase() : text;
};

// ---- submit_sm ----

function refusal(session, message, effects) {
  if (settings.window && session.outstanding > settings.window) {
    stats.over_window += 1;
    return statusOf('ESME_RTHROTTLED');
  }
  if (settings.senders && !settings.senders.includes(message.from)) return statusOf('ESME_RINVSRCADR');
  if (effects.status) return effects.status;
  const now = Math.floor(Date.now() / 1000);
  if (second.at !== now) second = { at: now, taken: 0 };
  if (settings.per_second && ++second.taken > settings.per_second) return statusOf('ESME_RTHROTTLED');
  return 0;
}

function take(session, message, effects) {
  nextId += 1;
  const id = written(nextId, settings.id_radix, settings.id_digits);
  Object.assign(message, {
    id,
    receipt_id: written(nextId, settings.receipt_radix || settings.id_radix, settings.receipt_id_digits),
    at: Date.now(), state: 'ENROUTE', error: effects.error, done_at: {}, bind: session.number, system_id: session.system_id,
  });
  Object.defineProperty(message, 'effects', { value: effects });
  Object.defineProperty(message, 'session', { value: session });
  messages.set(id, message);
  stats.taken += 1;
  return id;
}

function sendReceipts(message, states = message.effects.states) {
  for (const state of states) {
    message.state = state;
    if (message.effects.receipt === 'none' || !message.registered_delivery) continue;
    for (let time = 0; time < message.effects.receipt_times; time += 1) {
      post.put(receiptFor(message, state, message.effects.receipt, settings), { on: message.effects.receipt_on, session: message.session });
    }
  }
}

// Half of the answer, then nothing more.
function cutAnswer(session, answer) {
  const bytes = answer.toBuffer();
  stats.cuts += 1;
  session.socket.write(bytes.subarray(0, bytes.length >> 1), () => session.socket.destroy());
}

// When the answer may go out: after its delay, and not quicker than the SMSC is.
function waitFor(effects) {
  const now = Date.now();
  if (!settings.answers_per_second) return effects.response_delay_ms;
  answerAt = Math.max(answerAt, now) + 1000 / settings.answers_per_second;
  return Math.max(effects.response_delay_ms, answerAt - now);
}

function onSubmit(session, pdu) {
  stats.submits += 1;
  if (!session.sends) return session.send(pdu.response({ command_status: statusOf('ESME_RINVBNDSTS') }));
  session.outstanding += 1;
  stats.most_outstanding = Math.max(stats.most_outstanding, session.outstanding);
  const message = readSubmit(pdu, settings.packed);
  const effects = rules.effects(message);
  const status = refusal(session, message, effects);
  const answer = (response) => {
    if (effects.silent && !status) return; // for ever outstanding
    session.outstanding -= 1;
    if (effects.cut === 'response' && !status) cutAnswer(session, response);
    else session.send(response);
  };
  const later = (what, ms) => (ms ? setTimeout(what, ms) : what());
  if (status) {
    stats.refused += 1;
    if (status === statusOf('ESME_RTHROTTLED')) stats.throttled += 1;
    return later(() => answer(pdu.response({ command_status: status })), waitFor(effects));
  }
  const id = take(session, message, effects);
  if (effects.receipt_first) sendReceipts(message);
  return later(() => {
    answer(pdu.response({ message_id: id }));
    if (!effects.receipt_first) later(() => sendReceipts(message), effects.receipt_delay_ms);
  }, waitFor(effects));
}

// ---- the session ----

function onBind(session, pdu, kind) {
  const status = settings.bind_status ? statusOf(settings.bind_status)
    : !(pdu.system_id in settings.accounts) ? statusOf('ESME_RINVSYSID')
    : settings.accounts[pdu.system_id] !== pdu.password ? statusOf('ESME_RINVPASWD')
    : session.kind ? statusOf('ESME_RALYBND')
    : !settings.binds.includes(kind) ? statusOf('ESME_RBINDFAIL') : 0;
  setTimeout(() => {
    if (status) {
      stats.refused_binds += 1;
      session.send(pdu.response({ command_status: status }));
      return;
    }
    stats.binds += 1;
    Object.assign(session, { kind, number: stats.binds, system_id: pdu.system_id, system_type: pdu.system_type, sends: kind !== 'receiver', receives: kind !== 'transmitter' });
    binds.push(session);
    session.send(pdu.response({ system_id: 'npm', sc_interface_version: 0x34 }));
    setImmediate(() => post.go());
  }, settings.bind_delay_ms);
}

// Final state of a message that is asked about (SMPP 3.4 4.8).
function onQuery(session, pdu) {
  stats.queries += 1;
  const message = messages.get(pdu.message_id);
  if (!settings.query || !message || message.from !== pdu.source_addr) return session.send(pdu.response({ command_status: statusOf('ESME_RQUERYFAIL') }));
  const done = message.done_at[message.state];
  return session.send(pdu.response({ message_id: pdu.message_id, message_state: STATES[message.state], error_code: Number(message.error),
                                     final_date: done && message.state !== 'ENROUTE' ? new Date(done) : '' }));
}

function onSession(session) {
  stats.connections += 1;
  session.outstanding = 0;
  session.on('error', (error) => {
    if (!error.code) {
      stats.protocol_errors += 1; // of the library's decoder; those of the network have a code
      console.error(error);
      session.destroy();
    }
  });
  session.on('close', () => {
    if (binds.includes(session)) binds.splice(binds.indexOf(session), 1);
  });
  for (const kind of ['transceiver', 'transmitter', 'receiver']) session.on(`bind_${kind}`, (pdu) => onBind(session, pdu, kind));
  session.on('submit_sm', (pdu) => onSubmit(session, pdu));
  session.on('query_sm', (pdu) => onQuery(session, pdu));
  session.on('enquire_link', (pdu) => {
    stats.enquire_links += 1;
    session.send(pdu.response());
  });
  session.on('unbind', (pdu) => {
    stats.unbinds += 1;
    session.send(pdu.response(), () => session.close());
  });
  session.on('unknown', (pdu) => session.send(pdu.response()));
}

// TCP is cut in the middle of a submit: its header has been read, the rest never will be.
const fromStream = smpp.PDU.fromStream;
smpp.PDU.fromStream = (stream, length) => {
  const longerThanOtherPdus = 48;
  if (stream.destroyed) return false;
  if (settings.cut_requests > 0 && length > longerThanOtherPdus) {
    settings.cut_requests -= 1;
    stats.cuts += 1;
    stream.read(12);
    stream.destroy();
    return false;
  }
  return fromStream(stream, length);
};

// ---- control ----

const listOf = ({ to = '' }) => [...messages.values()].filter((message) => message.to.includes(to));
const commands = {
  set(values) {
    const unknown = Object.keys(values).find((key) => !(key in settings));
    if (unknown) throw new Error(`no setting ${unknown}`);
    Object.assign(settings, values);
  },
  rule: (values) => rules.add(values),
  clear: () => rules.clear(),
  stats: () => ({ ...stats, waiting: post.waiting.length, bound: binds.map(({ kind, system_id, system_type }) => ({ kind, system_id, system_type })) }),
  messages: (which) => listOf(which),
  phone: (which) => telephone(listOf(which)),
  hold: () => post.hold(),
  release: ({ order }) => post.release(order),
  // The network says something (again): receipts of those messages, with those states.
  receipts: ({ states, form, on, ...which }) => {
    for (const message of listOf(which)) {
      if (form) message.effects.receipt = form;
      if (on) message.effects.receipt_on = on;
      sendReceipts(message, states);
    }
  },
  // Messages get that state with no receipt: only a query tells.
  becomes: ({ state, ...which }) => {
    for (const message of listOf(which)) {
      message.state = state;
      message.done_at[state] = Date.now();
    }
  },
  inbound: ({ from, to, text }) =>
    post.put({ source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to, esm_class: 0, short_message: text }, { kind: 'inbound' }),
  drop: () => binds.slice().forEach((session) => session.destroy()),
  unbind: () => binds.slice().forEach((session) => session.unbind()),
  close: () => new Promise((done) => {
    server.close(() => done());
    server.sessions.slice().forEach((session) => session.destroy());
  }),
  listen: () => new Promise((done) => server.listen(port, '127.0.0.1', done)),
};

async function obey(line) {
  try {
    const { do: what, ...values } = JSON.parse(line);
    if (!(what in commands)) throw new Error(`no command ${what}`);
    return JSON.stringify({ ok: (await commands[what](values)) ?? true });
  } catch (error) {
    return JSON.stringify({ error: error.message });
  }
}

const control = net.createServer((socket) => {
  socket.on('error', () => {});
  readline.createInterface({ input: socket }).on('line', async (line) => socket.write(`${await obey(line)}\n`));
});

const words = process.argv.slice(2);
const option = (name, fallback = '') => (words.includes(`--${name}`) ? words[words.indexOf(`--${name}`) + 1] : fallback);
const secret = option('tls-key') ? { key: fs.readFileSync(option('tls-key')), cert: fs.readFileSync(option('tls-cert')) } : {};
commands.set(JSON.parse(option('set', '{}')));
const server = smpp.createServer(secret, onSession);
server.on('error', (error) => console.error(error.message));
let port = Number(option('port', '0'));
server.listen(port, '127.0.0.1', () => {
  port = server.address().port;
  control.listen(Number(option('control', '0')), '127.0.0.1', () => {
    const file = option('ready');
    console.log(`SMSC on 127.0.0.1:${port}, control on ${control.address().port}`);
    if (!file) return;
    fs.writeFileSync(`${file}.new`, `${port} ${control.address().port}\n`);
    fs.renameSync(`${file}.new`, file);
  });
});
