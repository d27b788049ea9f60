// Fragments of a page are fetched as the page itself: its markup has one source, the templates.

import { element, socket } from "./live.js";
import { paced } from "./pace.js";
import { fetchAsUser, pageUser, stop } from "./page_user.js";
import { showTimes } from "./times.js";

/** Fetch a page of this site and return it as a document, its times being the reader's. */
export async function fetchPage(address = document.body.dataset.source) {
  // Marked, so that it is not told what is meant for the next page that somebody opens.
  const headers = { Accept: "text/html", "X-Requested-With": "fetch" };
  const response = await fetchAsUser(address, { headers });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const { user } = page.body.dataset; // undefined, if this user is logged out
  if (user && user !== pageUser) stop();
  if (user !== pageUser) throw new Error(`${address} is not this user's`);
  showTimes(page);
  return page;
}

const wanted = new Set();
let refreshing = null;

/** Bring the elements with these ids up to date, and all that shows something of one's friends.
 *  Several calls at once are one request. */
export function refresh(...ids) {
  for (const id of ids) if (element(id)) wanted.add(id);
  if (wanted.size) refreshing ??= fetchWanted();
  return refreshing;
}

const ofFriends = () => Array.from(document.querySelectorAll("[data-fresh=friends]"), ({ id }) => id);

async function fetchWanted() {
  while (wanted.size) {
    const ids = new Set([...wanted, ...ofFriends()]);
    wanted.clear();
    try {
      const page = await fetchPage();
      for (const id of ids) replace(element(id), page.getElementById(id));
      document.body.dataset.friends = page.body.dataset.friends;
      document.dispatchEvent(new CustomEvent("fresh", { detail: page }));
    } catch (error) {
      console.warn(error.message); // the page stays as it is: old, but whole
      document.body.dataset.friends = "unknown"; // so state.js finds out that it's old
    }
  }
  refreshing = null;
}

function replace(old, fresh) {
  if (!old || !fresh) return;
  const had = document.activeElement;
  old.replaceWith(fresh);
  // The keyboard goes on where it was, or at the beginning of what is there now.
  if (old.contains(had)) (element(had.id) ?? fresh).focus({ preventScroll: true });
}

// One request for all that changes with one's friends: other modules listen to "fresh".
socket.on("friends", paced(async () => refresh(...ofFriends())));
