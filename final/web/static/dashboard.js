// The feed of the dashboard. It offers new posts with the button "Show 3 new", so that they don't push
// away the post that someone is reading. Replies belong to threads.js, older posts to older.js.

import "./notifications.js";
import { element, socket } from "./live.js";
import { fetchPage } from "./refresh.js";
import { endAs, isInRange, place } from "./older.js";
import { isOver } from "./page_user.js";
import { FEED, FRIENDS } from "./paths.js";
import { waiting } from "./state.js";
import "./threads.js";
import { fullName, isolated } from "./texts.js";

const feed = element("feed");
const button = element("show-new");
const composer = element("composer");
const MOST = 500; // posts that the button shows without loading the page again

function count(id) {
  if (!element(`post-${id}`) && isInRange(feed, id)) waiting.add(id);
  offer();
}

function offer() {
  button.hidden = waiting.size === 0;
  button.textContent = `Show ${waiting.size} new`;
}

for (const event of ["news", "activity"]) {
  document.addEventListener(event, ({ detail: { id, post, author } }) => {
    if (post) return;
    if (held && author.id === document.body.dataset.user) held.push(id);
    else count(id);
  });
}

socket.on("removed", ({ ids }) => {
  for (const id of ids) waiting.delete(id);
  offer();
});

/** Show the waiting posts, from as many pages as they take. Return the newest thread. */
async function showNew() {
  const wanted = new Set(waiting); // posts that arrive meanwhile are offered next
  let newest = null;
  for (let next = FEED; next; ) {
    const page = await fetchPage(next);
    for (const item of [...page.getElementById("feed").children]) {
      const { id } = item.dataset;
      wanted.delete(id);
      waiting.delete(id);
      if (element(item.id) || !isInRange(feed, id)) continue;
      place(feed, item);
      newest ??= item.querySelector(".thread");
    }
    next = wanted.size ? page.getElementById("older")?.href : null;
  }
  for (const id of wanted) waiting.delete(id); // they no longer exist
  offer();
  document.dispatchEvent(new CustomEvent("longer"));
  return newest;
}

// This tab shows its own posts immediately, so it doesn't offer them as new.

let held = null; // ids of this user's posts that arrived while this tab is posting
let showing = null; // a promise: showNew, for the post of this tab
let last = null; // the last submission

composer.addEventListener("submit", (event) => {
  held ??= [];
  last = event;
});

composer.addEventListener("settled", async () => {
  const latest = last;
  await showing;
  if (last !== latest) return; // this tab is posting again: that one settles later
  for (const id of held) count(id); // those that are still not shown
  held = showing = null;
});

// Offer a new friend's posts. state.js has a former friend's posts removed.
document.addEventListener("fresh", ({ detail: page }) => {
  if (feed.dataset.start) return;
  const fresh = page.getElementById("feed");
  for (const item of fresh.children) count(item.dataset.id);
  // Below the first page there may be more, between posts that this page shows already.
  if (fresh.dataset.end > feed.dataset.end) endAs(feed, page);
});

button.addEventListener("click", async () => {
  if (waiting.size > MOST) return location.assign(FEED);
  try {
    const first = await showNew();
    (first ?? feed).focus();
  } catch {
    if (!isOver) location.reload();
  }
});

document.addEventListener("done", ({ target, detail }) => {
  if (target === composer && feed.dataset.start) location.assign(FEED);
  else if (target === composer) showing = showNew().catch(() => {});
  if (target === element("add-friend")) detail.said = sayFriend(detail.answer.friend);
});

/** Return what became of a request. The answer doesn't say, but the page of friends shows it. */
async function sayFriend(friend) {
  const name = isolated(fullName(friend));
  const page = await fetchPage(FRIENDS).catch(() => null);
  const isFriend = page && !page.getElementById(`asked-${friend.id}`);
  return isFriend ? `You and ${name} are now friends.` : `Friend request sent to ${name}.`;
}
