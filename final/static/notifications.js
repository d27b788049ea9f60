// The list of notifications: newest first, and read when it has been in sight.

import { element, fullName, linkTo, socket } from "./live.js";
import { post } from "./forms.js";
import { isOver } from "./page_user.js";
import { showTimes } from "./times.js";

const READING = 2000; // milliseconds in which somebody has seen what is new
const list = element("notifications");

document.addEventListener("news", ({ detail: comment }) => {
  if (element(`notification-${comment.id}`)) return;
  const item = element("notification-template").content.cloneNode(true).firstElementChild;
  item.id = `notification-${comment.id}`;
  item.dataset.id = comment.id;
  item.dataset.at = comment.createdAt;
  item.querySelector("a").href = linkTo(comment);
  item.querySelector(".name").textContent = fullName(comment.author);
  item.querySelector(".told").textContent = comment.text;
  const older = [...list.children].find(({ dataset }) => dataset.id < comment.id);
  list.insertBefore(item, older ?? null);
  showTimes(list);
  const upTo = document.querySelector("[name=up_to]");
  if (upTo) upTo.value = list.firstElementChild.dataset.id;
});

document.addEventListener("unread", ({ detail: count }) => {
  for (const [index, item] of [...list.children].entries()) {
    item.classList.toggle("unread", index < count);
  }
  considerReading();
});

socket.on("removed", ({ ids }) => {
  for (const id of ids) element(`notification-${id}`)?.remove();
});

// Reading: the head of the list is in sight, in the window that somebody looks at.

let isInSight = false;
let timer = null;

const isBeingRead = () =>
  !isOver && isInSight && document.hasFocus() && list.querySelector(".unread");

function considerReading() {
  if (timer === null && isBeingRead()) timer = setTimeout(markRead, READING);
}

async function markRead() {
  if (isBeingRead()) await post("/notifications/read", { up_to: list.firstElementChild.dataset.id });
  timer = null;
}

new IntersectionObserver(([entry]) => {
  isInSight = entry.isIntersecting;
  considerReading();
}).observe(element("notifications-heading"));
document.addEventListener("visibilitychange", considerReading);
window.addEventListener("focus", considerReading);
