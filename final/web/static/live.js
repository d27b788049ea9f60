// The page's socket: what every page shows of it, and the news that it brings, each exactly once.

import { socket, whyNot } from "./connection.js";
import { paced } from "./pace.js";
import { isOver, pageUser, stop } from "./page_user.js";
import { toast } from "./toasts.js";

export { socket };
export const element = (id) => document.getElementById(id);
export const fullName = ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" ");

// Once every module of the page has said what it listens to.
document.addEventListener("DOMContentLoaded", () => socket.connect());

// Whether anything can arrive at all.

const LOG_IN_FIRST = "log in first";
const OF_ANOTHER = "this page belongs to another account";
const TOO_MANY_TABS = "too many tabs are open: close some";
const ONE_TAB_LESS = "Too many tabs are open. Close some, and this one will connect by itself.";
const RETRY = 2000; // milliseconds
const RETRY_LATER = 10_000; // milliseconds, when the server is in trouble: it says when it is over

export function showConnection(reason) {
  const state = socket.connected ? "connected" : "disconnected";
  element("connection").textContent = state;
  element("connection").className = state;
  element("connection-reason").textContent = reason;
  if (socket.connected) return;
  element("full-name").textContent = "";
  if (element("sockets")) element("sockets").textContent = "";
}

/** Stop for good, and tell the forms; `notice` is the id of the element that says why. */
export function turnAway(notice) {
  showConnection("");
  element(notice).hidden = false;
  document.dispatchEvent(new Event("turned-away"));
}

document.addEventListener("another-account", () => {
  socket.disconnect(); // and so it doesn't connect again
  element("turned-away").hidden = true;
  turnAway("another-account");
});

socket.on("connect", () => {
  showConnection("");
  catchUp();
});

// The session goes on under a new ID. The server closes the sockets of the old one, and by then the
// browser has the new cookie.
let isRenewed = false;
socket.on("renewed", () => (isRenewed = true));

socket.on("disconnect", (reason) => {
  if (isOver) return;
  // What the server ends is ended; any other connection is tried again by the client itself.
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
  showConnection(isFull ? ONE_TAB_LESS : `The server refuses the connection: ${message}.`);
  const pause = isFull ? RETRY_LATER * (1 + Math.random()) : RETRY; // tabs don't all try at once
  setTimeout(() => isOver || socket.connect(), pause);
});

socket.on("trouble", ({ said }) => showConnection(said));

// With the network back there is nothing to wait for: the client would wait for its next try, and
// for one that was going on when the network went, which nothing answers any more.
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
let unread = parseInt(element("unread").textContent);

function showUnread(count) {
  unread = count;
  const shown = count > 999 ? "999+" : count; // the server counts no further than 1000
  element("unread").textContent = shown;
  element("unread-badge").hidden = count === 0;
  document.title = count ? `(${shown}) ${title}` : title;
  document.dispatchEvent(new CustomEvent("unread", { detail: count }));
}

showUnread(unread);
socket.on("read", ({ unread }) => showUnread(unread));

// The news: comments of which this user is notified, live or caught up. Ids are in order of time.

const known = new Set();
const removed = new Set(); // ids; a comment may arrive after the event of its removal
let completeUpTo = element("bell").dataset.newest || null;
let isCatchingUp = false;
let isAskedAgain = false; // while catching up
export let isCaughtUp = false; // nothing is missing before the next live event

for (const item of document.querySelectorAll("#notifications [data-id]")) known.add(item.dataset.id);

/** Tell the page's modules of a comment, unless it is known. */
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
  showUnread(unread + 1);
  toast("New from ", fullName(comment.author), linkTo(comment));
});

// A comment that this user can see but isn't notified of: the page only shows it.
socket.on("activity", (comment) => {
  if (removed.has(comment.id)) return;
  document.dispatchEvent(new CustomEvent("activity", { detail: comment }));
});

export const linkTo = ({ id, post }) => `/posts/${post ? `${post}?reply=${id}` : id}#post-${id}`;

const LOOK_BACK = 60; // seconds: a comment may become visible after one with a higher id
const MOST_SEEN = 1000; // ids in one question

/** Return the known ids that an answer could bring again, from a minute before `completeUpTo` on. */
function seen() {
  const second = parseInt((completeUpTo ?? "").slice(0, 8) || "0", 16); // each id begins with one
  const from = Math.max(0, second - LOOK_BACK).toString(16).padStart(8, "0");
  return [...known].filter((id) => id >= from).sort().slice(0, MOST_SEEN);
}

/** Ask for what was missed, in portions, until one of them brings nothing new. */
export async function catchUp() {
  isAskedAgain = isCatchingUp; // the answer that is on its way may be too old
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
    // What came live in the meantime has nothing missing before it any more.
    for (const id of known) completeTo(id);
    isCaughtUp = true;
    showUnread(unread); // now it is certain which are unread
    if (element("connection-reason").textContent) showConnection("");
  } catch {
    // If the connection has gone, too, the next one catches up.
    setTimeout(() => socket.connected && catchUp(), pause);
  } finally {
    isCatchingUp = false;
  }
}

socket.on("disconnect", () => (isCaughtUp = false));

const catchUpSoon = paced(catchUp);

// What is gone, or is no longer for this user, may have been unread.
socket.on("removed", ({ ids }) => {
  for (const id of ids) {
    known.add(id);
    removed.add(id);
  }
  if (unread) catchUpSoon();
});
