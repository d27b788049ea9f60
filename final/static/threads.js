// Posts and their replies, in the feed and on a page of their own.

import "./page.js";
import { element, fullName, linkTo, socket } from "./live.js";
import { showTimes } from "./times.js";
import { initials } from "./words.js";

/** Show a reply in its thread, if the thread is on this page. */
function showReply(comment) {
  const thread = element(`post-${comment.post}`);
  if (!thread || element(`post-${comment.id}`)) return;
  const item = element("reply-template").content.cloneNode(true).firstElementChild;
  item.id = `post-${comment.id}`;
  item.dataset.id = comment.id;
  fill(item, comment);
  const replies = thread.querySelector(".replies");
  const later = [...replies.children].find(({ dataset }) => dataset.id > comment.id);
  replies.insertBefore(item, later ?? null);
  showTimes(item);
}

function fill(item, comment) {
  const { author } = comment;
  showPerson(item, author);
  item.querySelector(".when").href = linkTo(comment);
  item.querySelector("time").dateTime = comment.createdAt;
  item.querySelector(".text").textContent = comment.text;
  const own = item.querySelector(".delete");
  if (author.id === document.body.dataset.user) {
    own.querySelector("form").action = `/comments/${comment.id}/delete`;
  } else {
    own.remove();
  }
}

/** Show in a clone of a template who somebody is. */
export function showPerson(item, person) {
  const avatar = item.querySelector(".avatar");
  avatar.dataset.hue = parseInt(person.id.at(-1), 16) % 6;
  avatar.dataset.initials = initials(person);
  item.querySelector(".name").textContent = fullName(person);
}

function remove(ids, wasDeleted = true) {
  for (const id of ids) {
    const item = element(`post-${id}`);
    if (!item) continue;
    const hadKeyboard = item.contains(document.activeElement);
    const around = item.parentElement.closest(".thread") ?? element("main");
    item.remove();
    if (hadKeyboard) around.focus({ preventScroll: true });
    const said = element(wasDeleted ? "gone" : "hidden-now");
    if (said && item.matches(".thread")) said.hidden = false;
  }
}

for (const event of ["news", "activity"]) {
  document.addEventListener(event, ({ detail: comment }) => comment.post && showReply(comment));
}
socket.on("removed", ({ ids, wasDeleted }) => remove(ids, wasDeleted));

document.addEventListener("done", ({ detail: { answer } }) => {
  if (answer.post) showReply(answer);
  if (answer.deleted) remove(answer.deleted);
});
