// The feed: what is new is offered, and does not push away what somebody is reading.

import "./notifications.js";
import { element, fullName, socket } from "./live.js";
import { fetchPage } from "./fresh.js";
import { endAs, isInRange, place } from "./older.js";
import { isOver } from "./page_user.js";
import { waiting } from "./state.js";
import { showPerson } from "./threads.js";
import { isolated } from "./words.js";

const feed = element("feed");
const button = element("show-new");
const composer = element("composer");
const MOST = 500; // posts that are put into the feed at once

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

/** Show the waiting posts, from as many pages as they fill. Return the newest thread. */
async function showNew() {
  const wanted = new Set(waiting); // posts that come meanwhile are offered next
  let newest = null;
  for (let next = "/dashboard"; next; ) {
    const page = await fetchPage(next);
    for (const thread of [...page.getElementById("feed").children]) {
      const { id } = thread.dataset;
      wanted.delete(id);
      waiting.delete(id);
      if (element(thread.id) || !isInRange(feed, id)) continue;
      place(feed, thread);
      newest ??= thread;
    }
    next = wanted.size ? page.getElementById("older")?.href : null;
  }
  for (const id of wanted) waiting.delete(id); // they no longer exist
  offer();
  document.dispatchEvent(new CustomEvent("longer"));
  return newest;
}

// This tab shows its own posts as soon as they are posted, so it doesn't offer them as new.

let held = null; // ids of own posts that came while this tab is posting
let showing = null;
let last = null; // the last submission

composer.addEventListener("submit", (event) => {
  held ??= [];
  last = event;
});

composer.addEventListener("settled", async () => {
  const latest = last;
  await showing;
  if (last !== latest) return; // this tab is posting again, which will settle, too
  for (const id of held) count(id); // those that are still not shown
  held = showing = null;
});

// Who is here, in the order of their names. Of a long list, the others are only counted.
socket.on("presence", ({ here, ...person }) => {
  const friends = element("friends-here");
  const list = friends.firstElementChild;
  const shown = list.querySelector(`[data-person="${person.id}"]`);
  // A friend with tabs in several processes is announced by each of them.
  if (here && shown?.querySelector(".name").textContent === fullName(person)) return;
  shown?.remove();
  if (!here && shown) return;
  if (!here) return countMore(more() - 1);
  if (list.children.length >= friends.dataset.limit) return countMore(more() + 1);
  const item = element("friend-template").content.cloneNode(true).firstElementChild;
  item.dataset.person = person.id;
  showPerson(item, person);
  const name = (one) => one.querySelector(".name").textContent;
  const next = [...list.children].find((other) => name(other).localeCompare(name(item)) > 0);
  list.insertBefore(item, next ?? null);
});

const more = () => Number(element("more-here").firstElementChild.textContent);

function countMore(count) {
  element("more-here").firstElementChild.textContent = Math.max(0, count);
  element("more-here").hidden = count <= 0;
}

document.addEventListener("hereCount", ({ detail: count }) => {
  countMore(count - element("friends-here").querySelectorAll("[data-person]").length);
});

// A new friend's posts come into the feed. state.js removes those of a former friend.
document.addEventListener("fresh", ({ detail: page }) => {
  if (feed.dataset.start) return;
  const fresh = page.getElementById("feed");
  for (const { dataset } of fresh.children) count(dataset.id);
  // Below the first page there may be more of them, between posts that are shown already.
  if (fresh.dataset.end > feed.dataset.end) endAs(feed, page);
});

button.addEventListener("click", async () => {
  if (waiting.size > MOST) return location.assign("/dashboard");
  try {
    const first = await showNew();
    (first ?? feed).focus();
  } catch {
    if (!isOver) location.reload();
  }
});

document.addEventListener("done", ({ target, detail }) => {
  if (target === composer && feed.dataset.start) location.assign("/dashboard");
  else if (target === composer) showing = showNew().catch(() => {});
  if (target.id === "add-friend") detail.said = sayFriend(detail.answer.friend);
});

// The answer is the same for a friend and for somebody who has been asked: the page of friends knows.
async function sayFriend(friend) {
  const name = isolated(fullName(friend));
  const page = await fetchPage("/friends").catch(() => null);
  const isFriend = page && !page.getElementById(`asked-${friend.id}`);
  return isFriend ? `${name} is your friend.` : `${name} is asked.`;
}
