// What every page shows of its socket: the connection, the name, the bell, the toasts. It tells other
// modules of each comment exactly once, whether it came live or was missed and asked for.

import { socket, whyNot } from "./connection.js";
import { paced } from "./pace.js";
import { isOver, pageUser, stop } from "./page_user.js";
import { linkTo } from "./paths.js";
import { toast } from "./toasts.js";
import { fullName } from "./texts.js";

export { socket };
export const element = (id) => document.getElementById(id);

// Connect only when every module has registered its listeners.
document.addEventListener("DOMContentLoaded", () => socket.connect());

// The connection.

const LOG_IN_FIRST = "log in first";
const OF_ANOTHER = "this page belongs to another account";
const TOO_MANY_TABS = "too many tabs are open: close some";
const ONE_TAB_LESS = "Too many tabs are open. Close some, and this one will connect automatically.";
const RETRY = 2000; // milliseconds
const RETRY_LATER = 10_000; // milliseconds, for a server in trouble, which says when that is over

export function showConnection(reason) {
  const state = socket.connected ? "connected" : "disconnected";
  element("connection").textContent = state;
  element("connection").className = state;
  element("connection-reason").textContent = reason;
  if (!socket.connected) element("full-name").textContent = "";
}

/** Stop for good, and tell the forms. `notice` is the id of the element that says why. */
export function turnAway(notice) {
  showConnection("");
  element(notice).hidden = false;
  document.dispatchEvent(new Event("turned-away"));
}

document.addEventListener("another-account", () => {
  socket.disconnect(); // which also keeps it from connecting again
  element("turned-away").hidden = true;
  turnAway("another-account");
});

socket.on("connect", () => {
  showConnection("");
  catchUp();
});

// A new password renews the session's ID, and the server closes the sockets of the old one. By then the
// browser has the new cookie.
let isRenewed = false;
socket.on("renewed", () => (isRenewed = true));

socket.on("disconnect", (reason) => {
  if (isOver) return;
  // The client doesn't reconnect if the server ended the connection. Otherwise it does so itself.
  if (reason !== "io server disconnect") return showConnection(whyNot());
  if (!isRenewed) return turnAway("turned-away");
  isRenewed = false;
  socket.connect();
});

socket.on("connect_error", ({ message }) => {
  if (socket.active) return showConnection(whyNot());
  if (message === LOG_IN_FIRST) return turnAway("turned-away");
  if (message === OF_ANOTHER) return stop();
  const isFull = message === TOO_MANY_TABS;
  showConnection(isFull ? ONE_TAB_LESS : `The server refused the connection: ${message}.`);
  const pause = isFull ? RETRY_LATER * (1 + Math.random()) : RETRY; // tabs don't all try together
  setTimeout(() => isOver || socket.connect(), pause);
});

socket.on("trouble", ({ said }) => showConnection(said));

// The network is back, so connect now. The client would wait until its next attempt, or for an attempt
// that began before the network went and will get no answer.
addEventListener("online", () => {
  if (socket.active && !socket.connected) socket.disconnect().connect();
});

socket.on("profile", (profile) => {
  console.log("profile", profile);
  if (profile.id !== pageUser) return stop();
  element("full-name").textContent = fullName(profile);
});

// The bell.

const title = document.title;
let unreadCount = parseInt(element("unread").textContent);

function showUnread(count) {
  unreadCount = count;
  const shown = count > 999 ? "999+" : count; // the server counts no further than 1000
  element("unread").textContent = shown;
  element("unread-badge").hidden = count === 0;
  document.title = count ? `(${shown}) ${title}` : title;
  document.dispatchEvent(new CustomEvent("unread", { detail: count }));
}

showUnread(unreadCount);
socket.on("read", ({ unread }) => showUnread(unread));

// News: comments that this user is notified of. Their ids are ordered by time.

const known = new Set();
const removed = new Set(); // ids: a comment may arrive after the event of its removal
let completeUpTo = element("bell").dataset.newest || null;
let isCatchingUp = false;
let isAskedAgain = false; // while it is catching up
export let isCaughtUp = false; // no notification is missing

for (const item of document.querySelectorAll("#notifications [data-id]")) known.add(item.dataset.id);

/** Tell other modules of a comment, unless it is known. Return whether it is new. */
function take(comment) {
  if (known.has(comment.id)) return false;
  known.add(comment.id);
  document.dispatchEvent(new CustomEvent("news", { detail: comment }));
  return true;
}

function completeTo(id) {
  if (!completeUpTo || id > completeUpTo) completeUpTo = id;
}

socket.on("comment", (comment) => {
  if (!take(comment)) return;
  if (isCaughtUp) completeTo(comment.id);
  showUnread(unreadCount + 1);
  toast("New from ", fullName(comment.author), linkTo(comment));
});

// A comment that this user can see but isn't notified of. The page only shows it.
socket.on("activity", (comment) => {
  if (removed.has(comment.id)) return;
  document.dispatchEvent(new CustomEvent("activity", { detail: comment }));
});

const OVERLAP = 60; // seconds: a comment may become visible after one with a higher id
const MAX_IDS = 1000; // ids in one request

/** Return the known ids from a minute before `completeUpTo` on: an answer could bring them again. */
function seen() {
  const second = parseInt((completeUpTo ?? "").slice(0, 8) || "0", 16); // an id begins with its time
  const from = Math.max(0, second - OVERLAP).toString(16).padStart(8, "0");
  return [...known].filter((id) => id >= from).sort().slice(0, MAX_IDS);
}

/** Ask for the notifications that were missed, in portions, until one brings nothing new. */
export async function catchUp() {
  isAskedAgain = isCatchingUp; // the answer on its way may be too old
  if (isCatchingUp) return;
  isCatchingUp = true;
  isCaughtUp = false;
  let pause = RETRY;
  try {
    for (let isNew = true; isNew || isAskedAgain; ) {
      isAskedAgain = false;
      const missed = { after: completeUpTo, seen: seen() };
      const answer = await socket.timeout(5000).emitWithAck("notifications", missed);
      if (answer.error) {
        showConnection(answer.error);
        pause = RETRY_LATER;
        throw new Error(answer.error);
      }
      showUnread(answer.unread);
      const last = answer.notifications.at(-1)?.id;
      isNew = answer.notifications.filter(take).length > 0 || last > completeUpTo;
      if (isNew) completeTo(last);
    }
    // Nothing is missing before those that came live in the meantime, either.
    for (const id of known) completeTo(id);
    isCaughtUp = true;
    showUnread(unreadCount); // only now do notifications.js and the badge agree on which are unread
    if (element("connection-reason").textContent) showConnection("");
  } catch {
    // If there is no connection any more, the next one catches up.
    setTimeout(() => socket.connected && catchUp(), pause);
  } finally {
    isCatchingUp = false;
  }
}

socket.on("disconnect", () => (isCaughtUp = false));

const catchUpSoon = paced(catchUp);

// A comment that is deleted or no longer visible may have been unread.
socket.on("removed", ({ ids }) => {
  for (const id of ids) {
    known.add(id);
    removed.add(id);
  }
  if (unreadCount) catchUpSoon();
});
