'use strict';

const list = document.getElementById('list');
const reading = document.getElementById('reading');
const panes = document.getElementById('panes');
const known = new Map();
let firstLook = true;

function listRow(message) {
  const row = element('li');
  row.id = 'row-' + message.id;
  if (!firstLook) row.classList.add('unread');
  const link = element('a');
  link.href = '#' + message.id;
  const line = element('span', 'who');
  line.append(element('span', 'to', message.to.join(', ')), element('time', '', clockTime(message.at)));
  const firstLine = (message.text.split('\n').find((part) => part.trim()) || '').trim();
  link.append(line, element('strong', '', message.subject || '(no subject)'), element('span', 'first', firstLine));
  row.append(link);
  return row;
}

function facts(message) {
  const table = element('dl', 'facts');
  const add = (name, value) => value && table.append(element('dt', '', name), element('dd', '', value));
  add('To', message.to.join(', '));
  add('From', message.headers.From || message.from);
  add('Received', clockTime(message.at));
  return table;
}

function headerTable(message) {
  const table = element('dl', 'facts headers');
  for (const [name, value] of Object.entries(message.headers)) {
    table.append(element('dt', '', name), element('dd', '', value));
  }
  table.append(element('dt', '', 'Transport'),
    element('dd', '', (message.tls ? 'TLS' : 'no TLS') + (message.signed_in ? ', signed in' : '') +
      ', ' + message.size.toLocaleString() + ' bytes'));
  return table;
}

// A URL in plain text becomes a link, as in mail programs.
function textView(text) {
  const view = element('pre', 'plain');
  let rest = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    view.append(text.slice(rest, found.index));
    const link = element('a', '', found[0]);
    link.href = found[0];
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    view.append(link);
    rest = found.index + found[0].length;
  }
  view.append(text.slice(rest));
  return view;
}

function htmlView(message) {
  const frame = element('iframe', 'html');
  frame.title = 'The message as its reader sees it';
  frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
  frame.src = '/message/' + message.id + '/html';
  return frame;
}

function tabs(views) {
  const bar = element('div', 'tabs');
  const body = element('div', 'view');
  for (const [name, make] of views) {
    const button = element('button', '', name);
    button.type = 'button';
    button.addEventListener('click', () => {
      for (const other of bar.children) other.setAttribute('aria-pressed', String(other === button));
      body.replaceChildren(make());
    });
    bar.append(button);
  }
  bar.firstChild.click();
  return [bar, body];
}

function open(id) {
  const message = known.get(id);
  panes.classList.toggle('open', Boolean(message));
  for (const row of list.querySelectorAll('[aria-current]')) row.removeAttribute('aria-current');
  if (!message) return;
  const row = document.getElementById('row-' + id);
  row.classList.remove('unread');
  row.firstChild.setAttribute('aria-current', 'true');
  const back = element('a', 'back', 'All messages');
  back.href = '#';
  const views = [['Plain text', () => textView(message.text)], ['Headers', () => headerTable(message)]];
  if (message.html) views.unshift(['As its reader sees it', () => htmlView(message)]);
  reading.replaceChildren(back, element('h2', '', message.subject), facts(message), ...tabs(views));
  reading.scrollTop = 0;
}

function openFromAddress() {
  open(Number(location.hash.slice(1)));
}

followMessages((messages) => {
  for (const message of messages) {
    known.set(message.id, message);
    list.prepend(listRow(message));
  }
  const wide = matchMedia('(min-width: 900px)').matches;
  if (firstLook && location.hash.length > 1) openFromAddress();
  else if (firstLook && wide) open(messages[messages.length - 1].id);
  firstLook = false;
});
addEventListener('hashchange', openFromAddress);
