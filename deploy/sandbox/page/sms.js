'use strict';

const phones = document.getElementById('phones');
const threads = new Map();
let firstLook = true;

function linked(text) {
  const body = element('p', 'text');
  let rest = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    body.append(text.slice(rest, found.index));
    const link = element('a', '', found[0]);
    link.href = found[0];
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    body.append(link);
    rest = found.index + found[0].length;
  }
  body.append(text.slice(rest));
  return body;
}

function bubble(message) {
  const item = element('li', firstLook ? '' : 'unread');
  const segments = message.segments === 1 ? '1 segment' : message.segments + ' segments';
  const of = message.encoding === 'GSM-7' ? ' of 160' : ' of 70';
  item.append(linked(message.body),
    element('p', 'meta', clockTime(message.at) + ' · ' + segments + ' · ' + message.encoding + ' ' +
      message.units + (message.segments === 1 ? of : '')));
  return item;
}

function phone(number, sender) {
  const box = element('section', 'phone');
  box.setAttribute('aria-label', 'Phone ' + number);
  const head = element('h3', '', number);
  head.append(element('span', '', sender ? 'from ' + sender : ''));
  const texts = element('ol');
  texts.tabIndex = 0;
  texts.setAttribute('aria-label', 'Texts to ' + number);
  box.append(head, texts);
  return {box, texts};
}

followMessages((messages) => {
  for (const message of messages) {
    const number = message.to[0];
    if (!threads.has(number)) threads.set(number, phone(number, message.from));
    const thread = threads.get(number);
    thread.texts.append(bubble(message));
    phones.prepend(thread.box); // the phone with the latest message is first
  }
  for (const thread of threads.values()) thread.texts.scrollTop = thread.texts.scrollHeight;
  firstLook = false;
});
