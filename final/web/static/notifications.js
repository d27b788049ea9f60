// The list of notifications: newest first, and read when it has been in sight.

import { element, fullName, isCaughtUp, linkTo, socket } from "./live.js";
import { post } from "./forms.js";
import { endAs, isInRange, place } from "./older.js";
import { isOver } from "./page_user.js";
import { showTimes } from "./times.js";

const READING = 2000; // milliseconds in which somebody has seen what is new
const list = element("notifications");
const newest = document.querySelector("[name=up_to]"); // up to here the inbox's button marks as read

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

// Two people who are friends again have their old notifications back.
document.addEventListener("fresh", ({ detail: page }) => {
  const fresh = page.getElementById("notifications");
  for (const item of [...fresh.children]) {
    if (!element(item.id) && isInRange(list, item.dataset.id)) place(list, item);
  }
  if (fresh.dataset.end > list.dataset.end) endAs(list, page);
  showRead();
});

// What is unread.

let readUpTo = list.dataset.read; // an id
let unread = 0; // how many there are, in this list or not

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
document.addEventListener("readUpTo", ({ detail: id }) => read(id));

// Reading. Marking a notification as read marks all older ones, too. So nothing is marked until all
// unread ones are in this list, and the oldest of them has been in sight in a window with the focus.

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
  const answer = isBeingRead() ? await post("/notifications/read", { up_to: id }) : null;
  timer = null;
  if (answer && !answer.error) read(id);
}

document.addEventListener("visibilitychange", considerReading);
window.addEventListener("focus", considerReading);
