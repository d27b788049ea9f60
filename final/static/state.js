// What holds now. Events say what changes, and may be lost: while there was no connection, or on their
// way between the server's processes. So a page asks from time to time, and takes what is different
// as if an event had come.

import { catchUp, element, fullName, showConnection, socket } from "./live.js";

const EVERY = 25_000; // milliseconds
const SPREAD = 2000; // milliseconds, so that not all pages ask at once
const SHOWN = 1000; // ids

const tell = (event, data) => socket.listeners(event).forEach((listener) => listener(data));
const all = (selector) => Array.from(document.querySelectorAll(selector), ({ dataset }) => dataset);

async function look() {
  if (!socket.connected) return; // who comes back looks then
  catchUp();
  const shown = new Set(all("main [data-id]").map(({ id }) => id));
  const asked = { shown: [...shown].slice(0, SHOWN) };
  const state = await socket.timeout(5000).emitWithAck("state", asked).catch(() => null);
  if (state?.error) showConnection(state.error);
  else if (state) take(state);
}

function take({ profile, sockets, gone, friends, here }) {
  if (fullName(profile) !== element("full-name").textContent) tell("profile", profile);
  const counted = element("sockets")?.textContent;
  if (counted && counted !== String(sockets)) tell("sockets", { count: sockets });
  if (gone.length) tell("removed", { ids: gone });
  if (friends !== document.body.dataset.friends) {
    document.body.dataset.friends = friends;
    tell("friends", {});
  }
  const known = all("#friends-here [data-person], .presence.here");
  const hereBefore = new Set(known.map(({ person, presence }) => person ?? presence));
  const hereNow = new Set(here.map(({ id }) => id));
  for (const person of here) {
    if (!hereBefore.has(person.id)) tell("presence", { ...person, here: true });
  }
  for (const id of hereBefore) if (!hereNow.has(id)) tell("presence", { id, here: false });
}

let hasConnected = false; // before that, the page itself was just made

socket.on("connect", () => {
  if (hasConnected) look();
  hasConnected = true;
});
setInterval(look, EVERY);
// The server knows that something may have been lost.
socket.on("look", () => setTimeout(look, SPREAD * Math.random()));
