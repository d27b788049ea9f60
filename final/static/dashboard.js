// The feed: what is new is offered, and does not push away what somebody is reading.

import "./notifications.js";
import "./older.js";
import { element, fullName, socket } from "./live.js";
import { fetchPage } from "./fresh.js";
import { isOver } from "./page_user.js";
import { showPerson } from "./threads.js";
import { isolated } from "./words.js";

const feed = element("feed");
const button = element("show-new");
const waiting = new Set(); // ids of posts that are not shown yet

function offer() {
  button.hidden = waiting.size === 0;
  button.textContent = `Show ${waiting.size} new`;
}

document.addEventListener("news", ({ detail: { id, post } }) => {
  // What is older than the end of the feed comes with "Older".
  const isInRange = !element("older") || id > feed.lastElementChild?.dataset.id;
  if (post || element(`post-${id}`) || !isInRange) return;
  waiting.add(id);
  offer();
});

socket.on("removed", ({ ids }) => {
  for (const id of ids) waiting.delete(id);
  offer();
});

/** Show what the feed begins with now; return the first post that was not there. */
async function showNew() {
  const page = await fetchPage("/dashboard");
  const threads = [...page.getElementById("feed").children];
  const fresh = threads.filter(({ id }) => !element(id));
  for (const thread of fresh.reverse()) place(thread);
  waiting.clear();
  offer();
  return fresh.at(-1);
}

function place(thread) {
  const older = [...feed.children].find(({ dataset }) => dataset.id < thread.dataset.id);
  feed.insertBefore(thread, older ?? null);
}

// Who is here, in the order of their names.
socket.on("presence", ({ here, ...person }) => {
  const list = element("friends-here").firstElementChild;
  list.querySelector(`[data-person="${person.id}"]`)?.remove();
  if (!here) return;
  const item = element("friend-template").content.cloneNode(true).firstElementChild;
  item.dataset.person = person.id;
  showPerson(item, person);
  const name = (one) => one.querySelector(".name").textContent;
  const next = [...list.children].find((other) => name(other).localeCompare(name(item)) > 0);
  list.insertBefore(item, next ?? null);
});

// With a friendship the posts of a friend come and go.
socket.on("friends", async () => {
  const page = await fetchPage("/dashboard").catch(() => null);
  if (!page) return;
  const threads = [...page.getElementById("feed").children];
  const end = page.getElementById("older") ? threads.at(-1).dataset.id : "";
  keep(feed, ({ id, dataset }) => dataset.id < end || page.getElementById(id));
  keep(element("notifications"), ({ id }) => page.getElementById(id));
  for (const { id, dataset } of threads) if (!element(id)) waiting.add(dataset.id);
  offer();
});

function keep(list, isKept) {
  for (const item of [...list.children]) if (!isKept(item)) item.remove();
}

button.addEventListener("click", async () => {
  try {
    const first = await showNew();
    (first ?? feed).focus();
  } catch {
    if (!isOver) location.reload();
  }
});

document.addEventListener("done", ({ target, detail }) => {
  if (target === element("composer")) showNew().catch(() => {});
  if (target.id === "add-friend") detail.said = sayFriend(detail.answer.friend);
});

// The answer is the same for a friend and for somebody who has been asked: the page of friends knows.
async function sayFriend(friend) {
  const name = isolated(fullName(friend));
  const page = await fetchPage("/friends").catch(() => document);
  const isFriend = page.getElementById(`friend-${friend.id}`);
  return isFriend ? `${name} is your friend.` : `${name} is asked.`;
}
