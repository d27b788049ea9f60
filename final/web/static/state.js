// Compares the page with the server's current state. An event may be lost while there is no connection,
// or between the server's processes. So the page asks from time to time, and handles each difference
// as if its event had come. This module shows nothing itself.

import { catchUp, element, showConnection, socket } from "./live.js";
import { paced } from "./pace.js";
import { fullName } from "./texts.js";

const EVERY = 25_000; // milliseconds
const SPREAD = 2000; // milliseconds, so that not all pages ask together
const SHOWN = 1000; // ids in one request

export const waiting = new Set(); // ids of posts that the page counts but doesn't show yet

const tell = (event, data) => socket.listeners(event).forEach((listener) => listener(data));
const all = (selector) => [...document.querySelectorAll(selector)];
const ids = (selector) => all(selector).map((item) => item.dataset.id);
const LISTED = "#friends-here [data-person]"; // people who are online
const people = (marks) => all(`${LISTED}, ${marks}`).map((item) => item.dataset.person);
const newestOf = (some) => some.reduce((newest, id) => (id > newest ? id : newest), "");

let completeUpTo = newestOf(ids("main [data-id]")); // no reply up to this post is missing

/** Return the ids of the threads that get new replies. One that shows an older part doesn't. */
function growingThreads() {
  return ids(".thread:not(:has(> .replies:not([data-start=''])))").slice(0, SHOWN);
}

const look = paced(async () => {
  if (!socket.connected) return; // the page looks when it connects again
  catchUp();
  const shown = [...new Set([...ids("main [data-id]"), ...waiting])].sort().reverse();
  const newest = shown.slice(0, SHOWN);
  const state = await ask({
    shown: newest,
    threads: growingThreads(),
    since: completeUpTo,
    people: people(".presence").slice(0, SHOWN),
    after: feedEnd(shown.length > SHOWN ? newest.at(-1) : ""),
  });
  if (!state) return;
  for (let i = SHOWN; i < shown.length; i += SHOWN) {
    const older = await ask({ shown: shown.slice(i, i + SHOWN) });
    if (older) state.gone.push(...older.gone);
  }
  take(state);
  completeUpTo = newestOf([completeUpTo, ...newest, ...state.activity.map(({ id }) => id)]);
});

/** Return the server's answer, or null if there is none. */
async function ask(question) {
  const state = await socket.timeout(5000).emitWithAck("state", question).catch(() => null);
  if (state?.error) showConnection(state.error);
  return state?.error ? null : state;
}

/** Return the feed's last post, or `least` if that is newer; null if the feed gets no new posts. */
function feedEnd(least) {
  const feed = element("feed");
  if (!feed || feed.dataset.start) return null;
  return feed.dataset.end > least ? feed.dataset.end : least;
}

function take({ profile, sockets, gone, activity, from, friends, here, hereCount, readUpTo, now }) {
  if (fullName(profile) !== element("full-name").textContent) tell("profile", profile);
  const counted = element("sockets")?.textContent;
  if (counted && counted !== String(sockets)) tell("sockets", { count: sockets });
  if (gone.length) tell("removed", { ids: gone, wasDeleted: false }); // it may have been
  if (from) document.dispatchEvent(new CustomEvent("gap", { detail: from }));
  for (const comment of activity) tell("activity", comment);
  document.dispatchEvent(new CustomEvent("read-up-to", { detail: readUpTo }));
  document.dispatchEvent(new CustomEvent("now", { detail: now }));
  const hereBefore = new Set(people(".here"));
  const hereNow = new Set(here.map(({ id }) => id));
  for (const id of hereBefore) if (!hereNow.has(id)) tell("presence", { id, here: false });
  for (const person of here) {
    if (!hereBefore.has(person.id)) tell("presence", { ...person, here: true });
  }
  document.dispatchEvent(new CustomEvent("here-count", { detail: hereCount }));
  const shown = document.body.dataset.friends; // empty while refresh.js brings the page up to date
  if (shown && friends !== shown) tell("friends", {});
}

// No event has told this page what happened since the server rendered it, or a part of it.
socket.on("connect", look);
document.addEventListener("longer", look);
setInterval(look, EVERY);
// The server says that an event may have been lost.
let isDue = false;
socket.on("look", () => {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    look();
  }, SPREAD * Math.random());
});
// A friendship changes which posts this user can see.
socket.on("friends", () => {
  document.body.dataset.friends = "";
  look();
});
