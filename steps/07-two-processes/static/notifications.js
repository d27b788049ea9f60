// The comments in their lists: those that arrive, and those that the page has missed and asks for.

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

// Put a comment into a list, newest first: IDs sort by time. One that comes twice is shown once.
export function place(listId, { id, author, text }) {
  const items = [...element(listId).children];
  if (items.some((item) => item.dataset.id === id)) return;
  const item = listItem(`${author.firstName} ${author.lastName}`, text);
  item.dataset.id = id;
  element(listId).insertBefore(item, items.find((other) => other.dataset.id < id) ?? null);
}

export function showComment(comment) {
  place("notifications", comment);
  place("comments", comment);
}

// All notifications up to this one are in the list. One that arrives live doesn't move it: others may
// be missing before it.
let completeUpTo = element("notifications").firstElementChild?.dataset.id ?? null;
let asking = Promise.resolve();

// One question at a time, so that the last answer decides how many are unread.
export function catchUp(socket) {
  asking = asking.then(() => ask(socket));
}

async function ask(socket) {
  try {
    const message = { after: completeUpTo };
    const answer = await socket.timeout(5000).emitWithAck("notifications", message);
    answer.notifications.forEach(showComment);
    element("unread").textContent = answer.unread;
    const last = answer.notifications.at(-1)?.id ?? "";
    if (last <= (completeUpTo ?? "")) return;
    element("read-up-to").value = completeUpTo = last;
    catchUp(socket); // until a portion has nothing new
  } catch {
    setTimeout(() => socket.connected && catchUp(socket), 2000); // milliseconds
  }
}
