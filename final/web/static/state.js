// The current state. Events say what changes, and may be lost: while there was no connection, or on
// their way between the server's processes. So a page asks from time to time, and handles
// every difference as if an event had come.

import { catchUp, element, fullName, showConnection, socket } from "./live.js";
import { paced } from "./pace.js";

const EVERY = 25_000; // milliseconds
const SPREAD = 2000; // milliseconds, so that not all pages ask at once
const SHOWN = 1000; // ids in one question

export const waiting = new Set(); // ids of posts that the page counts but doesn't show yet

const tell = (event, data) => socket.listeners(event).forEach((listener) => listener(data));
const all = (selector) => Array.from(document.querySelectorAll(selector), ({ dataset }) => dataset);
const ids = (selector) => all(selector).map(({ id }) => id);
const people = (selector) => all(selector).map(({ person, presence }) => person ?? presence);
const LISTED = "#friends-here [data-person]"; // people who are here
const newestOf = (ids) => ids.reduce((newest, id) => (id > newest ? id : newest), "");

let completeUpTo = newestOf(ids("main [data-id]")); // no reply up to this post is missing

/** Return the ids of the threads that get new replies. Those that show an older part don't. */
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
    people: people(`${LISTED}, .presence`).slice(0, SHOWN),
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
  if (gone.length) tell("removed", { ids: gone, wasDeleted: false }); // or perhaps it was
  if (from) document.dispatchEvent(new CustomEvent("gap", { detail: from }));
  for (const comment of activity) tell("activity", comment);
  document.dispatchEvent(new CustomEvent("readUpTo", { detail: readUpTo }));
  document.dispatchEvent(new CustomEvent("now", { detail: now }));
  const hereBefore = new Set(people(`${LISTED}, .presence.here`));
  const hereNow = new Set(here.map(({ id }) => id));
  for (const id of hereBefore) if (!hereNow.has(id)) tell("presence", { id, here: false });
  for (const person of here) {
    if (!hereBefore.has(person.id)) tell("presence", { ...person, here: true });
  }
  document.dispatchEvent(new CustomEvent("hereCount", { detail: hereCount }));
  const shown = document.body.dataset.friends; // empty while fresh.js brings the page up to date
  if (shown && friends !== shown) tell("friends", {});
}

// What happened since the server made the page, or a part of it, no event has brought here.
socket.on("connect", look);
document.addEventListener("longer", look);
setInterval(look, EVERY);
// The server knows that something may have been lost.
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
