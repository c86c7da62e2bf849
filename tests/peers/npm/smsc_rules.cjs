// What the SMSC does with which message. A rule has conditions and effects; of the rules that match, later ones win.
'use strict';
const smpp = require('smpp');

const CONDITIONS = ['to', 'from', 'part', 'text', 'times'];
// Effects, with what holds where no rule says anything.
const USUAL = {
  status: 0, // of submit_sm_resp: a number or a name like "ESME_RTHROTTLED"; not 0: the message is not taken
  response_delay_ms: 0,
  silent: false, // taken, but never answered
  cut: '', // "response": taken, and TCP is cut in the middle of the answer
  states: ['DELIVRD'], // one receipt each, in this order
  error: '000', // network error code of receipts
  receipt: 'text', // "text", "tlv", "both", "none"
  receipt_delay_ms: 0, // after the answer
  receipt_times: 1, // how often each is sent
  receipt_first: false, // before the answer
  receipt_on: 'same', // bind that gets it: "same" one where it can receive, an "other" one, "any" in turn
};

// The number of a status given by number or name.
function statusOf(value) {
  const number = typeof value === 'number' ? value : smpp.errors[value];
  if (!Number.isInteger(number)) throw new Error(`no such status: ${value}`);
  return number;
}

class Rules {
  constructor() {
    this.list = [];
  }

  add(rule) {
    const unknown = Object.keys(rule).find((key) => !CONDITIONS.includes(key) && !(key in USUAL));
    if (unknown) throw new Error(`a rule has no ${unknown}`);
    if ('status' in rule) statusOf(rule.status);
    this.list.push({ ...rule });
  }

  clear() {
    this.list = [];
  }

  // `message`: to, from, part, text. Uses up a rule that holds a number of times.
  effects(message) {
    const out = { ...USUAL };
    for (const rule of this.list) {
      if (rule.times === 0 || !this.matches(rule, message)) continue;
      if (rule.times) rule.times -= 1;
      for (const key of Object.keys(USUAL)) if (key in rule) out[key] = rule[key];
    }
    out.status = statusOf(out.status);
    return out;
  }

  matches(rule, message) {
    return (
      message.to.includes(rule.to ?? '') &&
      message.from.includes(rule.from ?? '') &&
      message.text.includes(rule.text ?? '') &&
      (rule.part === undefined || rule.part === message.part)
    );
  }
}

module.exports = { Rules, statusOf };
