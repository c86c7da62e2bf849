#!/usr/bin/env node
// The same channel in Node: asynchronous, so that many messages are on their way at once. Node 18 or newer, no packages.
import { appendFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: { path: { type: 'string', minLength: 1, description: 'File that messages are appended to.' } },
};

// Standard output belongs to the protocol; notes go to standard error.
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');

// Questions to the hub, by id.
const asked = new Map();
let nextId = 0;
const ask = (method, params) =>
  new Promise((resolve, reject) => {
    asked.set(++nextId, { resolve, reject });
    say({ id: nextId, method, params });
  });

async function sizeOf(message, attachment) {
  let size = 0;
  while (size < attachment.size) {
    const chunk = await ask('read_attachment', { attempt: message.attempt, handle: attachment.handle, offset: size });
    const bytes = Buffer.from(chunk.data_base64, 'base64').length;
    if (bytes === 0) throw new Error('the attachment ended early');
    size += bytes;
  }
  return size;
}

async function send(message) {
  const text = message.parts.find((part) => part.name === 'text')?.body ?? '';
  const attachments = {};
  for (const one of message.attachments) attachments[one.name] = await sizeOf(message, one);
  const line = JSON.stringify({ id: message.delivery, to: message.to, text, attachments }) + '\n';
  try {
    await appendFile(settings.path, line);
  } catch (problem) {
    return { kind: 'try_later', scope: 'provider', code: 'append_to_file.cannot_write', public_text: 'The file cannot be written.', private_text: problem.message };
  }
  return { kind: 'sent', code: 'append_to_file.written' };
}

let settings = {};
const methods = {
  describe: () => ({ name: 'append_to_file', version: '1.0.0', channels: ['webhook', 'email'], schema, credits: 50 }),
  configure: (params) => {
    if (!params.settings.path.startsWith('/')) throw new Error('settings.path: must be absolute');
    settings = params.settings;
    return {};
  },
  // The answer may be the outcome; a notification `outcome` later does as well.
  submit: (message) => send(message),
  health: () => ({ ok: true, text: 'The program runs.' }),
  stop: () => ({}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, result, error } = JSON.parse(line);
  if (!method) {
    const question = asked.get(id);
    asked.delete(id);
    error ? question?.reject(new Error(error.message)) : question?.resolve(result);
    continue;
  }
  const work = methods[method];
  Promise.resolve()
    .then(() => (work ? work(params) : Promise.reject(Object.assign(new Error('there is no such method'), { code: -32601 }))))
    .then((answer) => say({ id, result: answer }))
    .catch((problem) =>
      // Of a message an error says: nothing of it has left.
      say({ id, error: { code: problem.code ?? -32602, message: problem.message } }),
    );
}
