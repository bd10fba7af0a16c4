'use strict';
// Polls /api/messages, passes new messages to the page, and shows how fresh the page is.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function clockTime(at) {
  const when = new Date(at);
  const time = when.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false});
  const today = when.toDateString() === new Date().toDateString();
  return today ? time : when.toLocaleDateString([], {day: 'numeric', month: 'short'}) + ' ' + time;
}

function followMessages(show) {
  const heard = document.getElementById('heard');
  const empty = document.getElementById('empty');
  const count = document.getElementById('count');
  let last = 0;
  let total = 0;

  async function look() {
    try {
      const answer = await fetch('/api/messages?after=' + last);
      const {messages} = await answer.json();
      if (messages.length) {
        last = messages[messages.length - 1].id;
        total += messages.length;
        show(messages);
      }
      empty.hidden = total > 0;
      count.textContent = total ? total.toLocaleString() : '';
      heard.textContent = 'Up to date at ' + clockTime(Date.now());
      heard.classList.remove('lost');
    } catch {
      heard.textContent = 'The sandbox does not answer. Looking again every two seconds.';
      heard.classList.add('lost');
    }
    setTimeout(look, 2000);
  }
  look();
}
