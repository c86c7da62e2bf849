// What a submit_sm says: its text, its place in a long message; and what the citizen's telephone makes of the parts.
'use strict';
const smpp = require('smpp');

// The library decodes texts in place; the bytes are wanted too.
const decode = smpp.filters.message.decode;
smpp.filters.message.decode = function keepingBytes(value, ...rest) {
  if (Buffer.isBuffer(value) && value.length) this.raw_text = value;
  return decode.call(this, value, ...rest);
};

// Septets packed as over the air (3GPP TS 23.038 6.1.2.1), after a header of that many octets.
function unpacked(bytes, headerOctets) {
  const first = Math.ceil((headerOctets * 8) / 7);
  const count = Math.floor((bytes.length * 8) / 7);
  const out = [];
  for (let septet = first; septet < count; septet += 1) {
    const bit = septet * 7;
    const pair = bytes[bit >> 3] | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
    out.push((pair >> (bit & 7)) & 0x7f);
  }
  return smpp.encodings.ASCII.decode(Buffer.from(out));
}

// 3GPP TS 23.040 9.2.3.24: concatenation with a reference of one octet or two.
function placeInHeader(elements) {
  for (const ie of elements ?? []) {
    if (ie[0] === 0x00 && ie[1] === 3) return { how: 'udh', reference: ie[2], total: ie[3], part: ie[4] };
    if (ie[0] === 0x08 && ie[1] === 4) return { how: 'udh16', reference: ie.readUInt16BE(2), total: ie[4], part: ie[5] };
  }
  return null;
}

// What is kept of a submit_sm. `packed`: the bind's texts in the GSM alphabet are packed.
function readSubmit(pdu, packed) {
  const whole = pdu.message_payload ?? pdu.short_message ?? {};
  const raw = pdu.raw_text ?? Buffer.alloc(0);
  const header = pdu.esm_class & 0x40 && raw.length ? raw[0] + 1 : 0;
  let place = placeInHeader(whole.udh);
  if (!place && pdu.sar_total_segments) {
    place = { how: 'sar', reference: pdu.sar_msg_ref_num, total: pdu.sar_total_segments, part: pdu.sar_segment_seqnum };
  }
  const isText = typeof whole.message === 'string';
  return {
    from: pdu.source_addr,
    from_ton: pdu.source_addr_ton,
    from_npi: pdu.source_addr_npi,
    to: pdu.destination_addr,
    to_ton: pdu.dest_addr_ton,
    to_npi: pdu.dest_addr_npi,
    service_type: pdu.service_type,
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    registered_delivery: pdu.registered_delivery,
    validity: Number.isNaN(Number(pdu.validity_period || NaN)) ? '' : pdu.validity_period.toISOString(),
    umr: pdu.user_message_reference ?? null,
    octets: raw.length,
    text: packed && pdu.data_coding === 0 ? unpacked(raw, header) : isText ? whole.message : '',
    ...(place ?? { how: pdu.message_payload ? 'payload' : 'single', reference: 0, total: 1, part: 1 }),
  };
}

// The messages a telephone shows, from the parts it was sent, in order. A part that came before is `repeated`.
function telephone(parts) {
  const shown = [];
  const open = new Map();
  for (const part of parts) {
    const key = part.total === 1 ? Symbol('alone') : `${part.from}/${part.how}/${part.reference}/${part.total}`;
    if (!open.has(key)) {
      open.set(key, { from: part.from, total: part.total, texts: [], repeated: 0 });
      shown.push(open.get(key));
    }
    const message = open.get(key);
    if (message.texts[part.part - 1] !== undefined) message.repeated += 1;
    message.texts[part.part - 1] = part.text;
  }
  return shown.map(({ from, total, texts, repeated }) => {
    const parts = texts.filter((text) => text !== undefined).length;
    return { from, total, parts, repeated, complete: parts === total, text: texts.join('') };
  });
}

module.exports = { readSubmit, telephone };
