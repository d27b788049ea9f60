// The list of notifications, on its own page and beside the feed. It marks them as read when they have
// been in sight. The badge belongs to live.js, older pages of the list to older.js.

import "./page.js";
import { element, isCaughtUp, socket } from "./live.js";
import { post } from "./forms.js";
import { endAs, isInRange, place } from "./older.js";
import { isOver } from "./page_user.js";
import { READ_NOTIFICATIONS, linkTo } from "./paths.js";
import { showTimes } from "./times.js";
import { fullName } from "./texts.js";

const READING = 2000; // milliseconds: after that, someone has seen the items in sight
const list = element("notifications");
const newest = document.querySelector("[name=up_to]"); // the button marks as read up to this one

document.addEventListener("news", ({ detail: comment }) => {
  if (newest && comment.id > newest.value) {
    newest.value = comment.id;
    newest.form.hidden = false;
  }
  if (element(`notification-${comment.id}`) || !isInRange(list, comment.id)) return;
  const item = element("notification-template").content.cloneNode(true).firstElementChild;
  item.id = `notification-${comment.id}`;
  item.dataset.id = comment.id;
  item.dataset.at = comment.createdAt;
  item.querySelector("a").href = linkTo(comment);
  item.querySelector(".name").textContent = fullName(comment.author);
  item.querySelector(".told").textContent = comment.text;
  place(list, item);
  showTimes(list);
});

socket.on("removed", ({ ids }) => {
  for (const id of ids) element(`notification-${id}`)?.remove();
});

// Two people who become friends again get their old notifications back.
document.addEventListener("fresh", ({ detail: page }) => {
  const fresh = page.getElementById("notifications");
  for (const item of [...fresh.children]) {
    if (!element(item.id) && isInRange(list, item.dataset.id)) place(list, item);
  }
  if (fresh.dataset.end > list.dataset.end) endAs(list, page);
  showRead();
});

// Unread notifications.

let readUpTo = list.dataset.read; // an id
let unread = 0; // how many, in this list or not

const unreadItems = () => [...list.querySelectorAll(".unread")];

function showRead() {
  for (const item of list.children) {
    item.classList.toggle("unread", unread > 0 && item.dataset.id > readUpTo);
  }
  watchOldest();
  considerReading();
}

function read(id) {
  if (id > readUpTo) readUpTo = id;
  showRead();
}

document.addEventListener("unread", ({ detail: count }) => {
  unread = count;
  showRead();
});
document.addEventListener("longer", showRead);
socket.on("read", ({ upTo }) => read(upTo));
document.addEventListener("read-up-to", ({ detail: id }) => read(id));

// Reading. To mark one as read marks all older ones, too. So nothing is marked until all unread ones are
// in this list, and the oldest of them has been in sight in a window with the focus.

let oldest = null;
let isInSight = false;
let timer = null;

const inSight = new IntersectionObserver((entries) => {
  isInSight = entries.at(-1).isIntersecting;
  considerReading();
});

function watchOldest() {
  const item = unreadItems().at(-1) ?? null;
  if (item === oldest) return;
  inSight.disconnect();
  isInSight = false;
  oldest = item;
  if (oldest) inSight.observe(oldest);
}

function isBeingRead() {
  const isSeen = !isOver && isInSight && document.hasFocus();
  return isSeen && isCaughtUp && unreadItems().length === unread;
}

function considerReading() {
  if (timer !== null || !isBeingRead()) return;
  timer = setTimeout(markRead, READING, unreadItems()[0].dataset.id);
}

async function markRead(id) {
  const answer = isBeingRead() ? await post(READ_NOTIFICATIONS, { up_to: id }) : null;
  timer = null;
  if (answer && !answer.error) read(id);
}

document.addEventListener("visibilitychange", considerReading);
window.addEventListener("focus", considerReading);
