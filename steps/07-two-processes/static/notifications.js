// The lists of comments, and the question that keeps them complete: what came after the last one?

const element = (id) => document.getElementById(id);

// Each text is in an element of its own, so that it reads in its own direction.
export function listItem(...texts) {
  const item = document.createElement("li");
  for (const text of texts) {
    const part = document.createElement("bdi");
    part.textContent = text;
    item.append(item.hasChildNodes() ? ": " : "", part);
  }
  return item;
}

// Put a comment where its ID belongs, newest first. What comes twice is shown once.
export function place(list, { id, author, text }) {
  const items = [...element(list).children];
  if (items.some((item) => item.dataset.id === id)) return;
  const item = listItem(`${author.firstName} ${author.lastName}`, text);
  item.dataset.id = id;
  element(list).insertBefore(item, items.find((other) => other.dataset.id < id) ?? null);
}

const last = element("last-notification"); // the newest one that this page has
let asking = Promise.resolve();

// Ask one question at a time, so that each begins where the answer before it ended.
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
    if (last.value > (question.after ?? "")) catchUp(socket); // until an answer brings nothing new
  } catch {
    setTimeout(() => socket.connected && catchUp(socket), 2000); // milliseconds
  }
}
