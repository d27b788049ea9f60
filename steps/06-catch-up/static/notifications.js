// Shows the lists of comments, and keeps them complete by asking for the newer ones.

const element = (id) => document.getElementById(id);

// Insert a comment by its ID, newest first. A comment that arrives twice is shown once.
export function place(list, { id, author, text }) {
  const items = [...element(list).children];
  if (items.some((item) => item.dataset.id === id)) return;
  const item = element("comment-template").content.firstElementChild.cloneNode(true);
  item.dataset.id = id;
  item.firstElementChild.textContent = `${author.firstName} ${author.lastName}`;
  item.lastElementChild.textContent = text;
  element(list).insertBefore(item, items.find((other) => other.dataset.id < id) ?? null);
}

const last = element("last-notification"); // the newest notification on this page
let asking = Promise.resolve();

// Ask one question at a time, so that each begins where the previous answer ended.
export function catchUp(socket) {
  asking = asking.then(() => ask(socket));
}

async function ask(socket) {
  try {
    const question = { after: last.value || null };
    const answer = await socket.timeout(5000).emitWithAck("notifications", question);
    for (const comment of answer.notifications) {
      place("notifications", comment);
      place("comments", comment);
      last.value = comment.id;
    }
    element("unread").textContent = answer.unread;
    if (answer.notifications.length) catchUp(socket); // until an answer is empty
  } catch {
    setTimeout(() => socket.connected && catchUp(socket), 2000); // milliseconds
  }
}
