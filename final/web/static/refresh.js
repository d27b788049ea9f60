// Brings parts of the page up to date. It fetches the whole page again and takes the parts from it, so
// the templates stay the only source of markup.

import { element, socket } from "./live.js";
import { paced } from "./pace.js";
import { fetchAsUser, pageUser, stop } from "./page_user.js";
import { showTimes } from "./times.js";

/** Fetch a page of this site. Return it as a document, with times in the reader's zone. */
export async function fetchPage(address = document.body.dataset.source) {
  // The header keeps messages for the next page that this person opens.
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

/** Bring the elements with these ids up to date, and those that show friends (data-fresh). Several
 *  calls at once make one request. */
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
      console.warn(error.message); // the page stays old, but whole
      document.body.dataset.friends = "unknown"; // so state.js finds out that it's old
    }
  }
  refreshing = null;
}

function replace(old, fresh) {
  if (!old || !fresh) return;
  const had = document.activeElement;
  old.replaceWith(fresh);
  // Keep the keyboard's focus where it was, or set it to the beginning of the new element.
  if (old.contains(had)) (element(had.id) ?? fresh).focus({ preventScroll: true });
}

// A friendship changes several parts of a page. Other modules take theirs when they hear "fresh".
socket.on("friends", paced(async () => refresh(...ofFriends())));
