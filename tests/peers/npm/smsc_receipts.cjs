// Receipts and inbound messages on their way to a bind that takes them: kept until one does and has answered, as a real SMSC keeps them.
'use strict';

const STATES = { ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8, SKIPPED: 9 };

const date = (ms, seconds) => new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, seconds ? 14 : 12);

// The deliver_sm of one state of a message (SMPP 3.4 appendix B; TLVs 5.3.2).
function receiptFor(message, state, form, settings) {
  const doneAt = (message.done_at[state] ??= Date.now());
  const pdu = {
    source_addr_ton: message.to_ton,
    source_addr_npi: message.to_npi,
    source_addr: message.to,
    dest_addr_ton: message.from_ton,
    dest_addr_npi: message.from_npi,
    destination_addr: message.from,
    esm_class: 0x04,
    data_coding: 0,
    short_message: '',
  };
  if (form !== 'tlv') {
    const text =
      `id:${message.receipt_id} sub:001 dlvrd:${state === 'DELIVRD' ? '001' : '000'} submit date:${date(message.at, settings.receipt_seconds)} ` +
      `done date:${date(doneAt, settings.receipt_seconds)} stat:${state} err:${message.error} text:${message.text.slice(0, 20).replace(/[^ -~]/g, '?')}`;
    pdu.short_message = settings.receipt_keys === 'upper' ? text.replace(/[a-z ]+:/g, (key) => key.toUpperCase()) : text;
  }
  if (form !== 'text') {
    pdu.receipted_message_id = message.receipt_id;
    pdu.message_state = STATES[state];
    pdu.network_error_code = Buffer.from([3, Number(message.error) >> 8, Number(message.error) & 0xff]);
  }
  if (settings.echo_reference && message.umr !== null) pdu.user_message_reference = message.umr;
  return pdu;
}

class Post {
  constructor(binds, stats) {
    this.binds = binds; // sessions that are bound, in the order of their binds
    this.stats = stats;
    this.waiting = [];
    this.held = false;
    this.turn = 0;
  }

  // `on`: same, other, any; `session`: the bind that the message came over.
  put(pdu, { on = 'any', session = null, kind = 'receipt' } = {}) {
    this.waiting.push({ pdu, on, session, kind });
    this.go();
  }

  hold() {
    this.held = true;
  }

  // `order`: "given", "reverse" or "random".
  release(order = 'given') {
    if (order === 'reverse') this.waiting.reverse();
    if (order === 'random') this.waiting.sort(() => Math.random() - 0.5);
    this.held = false;
    this.go();
  }

  // Whatever has a bind to go over goes.
  go() {
    if (this.held) return;
    const later = [];
    for (const item of this.waiting.splice(0)) {
      const session = this.bindFor(item);
      if (session) this.send(item, session);
      else later.push(item);
    }
    this.waiting.unshift(...later);
  }

  bindFor({ on, session }) {
    const able = this.binds.filter((one) => one.receives && one.socket.writable);
    if (on === 'other') return able.find((one) => one !== session);
    if (on === 'same' && able.includes(session)) return session;
    this.turn += 1;
    return able[this.turn % Math.max(able.length, 1)];
  }

  // Comes back into the queue when the connection ends before the answer, or the answer asks for that (ESME_RX_T_APPN).
  send(item, session) {
    const again = () => {
      session.socket.removeListener('close', again);
      this.waiting.push(item);
      setTimeout(() => this.go(), 20);
    };
    session.socket.once('close', again);
    const out = session.deliver_sm({ ...item.pdu }, (answer) => {
      session.socket.removeListener('close', again);
      if (answer.command_status === 0) {
        this.stats[`${item.kind}s_taken`] += 1;
      } else {
        this.stats[`${item.kind}s_refused`] += 1;
        setTimeout(again, 200);
      }
    });
    if (out) this.stats[`${item.kind}s_sent`] += 1;
  }
}

module.exports = { Post, receiptFor, STATES };
