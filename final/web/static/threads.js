// Posts and their replies, in the feed and on a page of their own. A page may show a part of the
// replies: data-start and data-end of the list say which, as in older.js, and a link leads to the rest.

import "./page.js";
import { element, fullName, linkTo, socket } from "./live.js";
import { fetchPage } from "./fresh.js";
import { isOver } from "./page_user.js";
import { showTimes } from "./times.js";
import { initials } from "./words.js";

const MOST = 200; // replies that a thread is left with when others arrive

const repliesOf = (thread) => thread.querySelector(".replies");
const isInPart = ({ start, end }, id) => id >= end && (!start || id < start);

/** Show a reply in its thread, if the thread is on this page, and that part of it. */
function showReply(comment) {
  const thread = element(`post-${comment.post}`);
  if (!thread?.matches(".thread") || element(`post-${comment.id}`)) return;
  const replies = repliesOf(thread);
  if (!isInPart(replies.dataset, comment.id)) return;
  const item = element("reply-template").content.cloneNode(true).firstElementChild;
  item.id = `post-${comment.id}`;
  item.dataset.id = comment.id;
  fill(item, comment, thread.dataset.owner);
  const later = [...replies.children].find(({ dataset }) => dataset.id > comment.id);
  replies.insertBefore(item, later ?? null);
  showTimes(item);
  const { length } = replies.children;
  const isTooLong = length > MOST && !("isExtended" in replies.dataset);
  if (isTooLong) beginAt(thread, replies.children[length - MOST].dataset.id);
}

function fill(item, comment, owner) {
  const { author } = comment;
  showPerson(item, author);
  item.querySelector(".when").href = linkTo(comment);
  item.querySelector("time").dateTime = comment.createdAt;
  item.querySelector(".text").textContent = comment.text;
  const { user } = document.body.dataset;
  const by = author.id === user ? "author" : owner === user ? "owner" : "";
  for (const deletion of item.querySelectorAll(".delete")) {
    if (deletion.dataset.by === by) {
      deletion.querySelector("form").action = `/comments/${comment.id}/delete`;
    } else {
      deletion.remove();
    }
  }
}

// Earlier replies.

/** Let a thread begin at this reply, and lead to the earlier ones; they go from the page. */
function beginAt(thread, id) {
  const replies = repliesOf(thread);
  if (replies.dataset.start || replies.dataset.end >= id || thread.dataset.id > id) return;
  for (const item of [...replies.children]) if (item.dataset.id < id) item.remove();
  replies.dataset.end = id;
  const link = thread.querySelector(".earlier");
  link.href = `/posts/${thread.dataset.id}?before=${id}`;
  link.parentElement.hidden = false;
}

// The page has missed so many comments that it got only the newest ones, from this one on.
document.addEventListener("gap", ({ detail: id }) => {
  for (const thread of document.querySelectorAll(".thread")) beginAt(thread, id);
});

/** Show the replies that the link leads to, above those that are shown. Return the first of them. */
async function showEarlier(link) {
  const thread = link.closest(".thread");
  const { href } = link;
  const page = await fetchPage(href);
  if (link.href !== href) return null; // another click was quicker
  const more = page.getElementById(thread.id);
  const earlier = [...repliesOf(more).children].filter(({ id }) => !element(id));
  const replies = repliesOf(thread);
  replies.prepend(...earlier);
  replies.dataset.end = repliesOf(more).dataset.end;
  replies.dataset.isExtended = "";
  link.parentElement.replaceWith(more.querySelector(".earlier").parentElement);
  document.dispatchEvent(new CustomEvent("longer"));
  return earlier[0];
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a.earlier");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const first = await showEarlier(link);
    first?.querySelector("a")?.focus({ preventScroll: true });
  } catch {
    if (!isOver) location.assign(link.href);
  }
});

// A link to a reply says which part of the thread to show. Older links don't, and may miss it.
const [, missing] = location.hash.match(/^#post-([0-9a-f]{24})$/) ?? [];
if (missing && !element(`post-${missing}`) && !location.search && element("gone")) {
  location.replace(`?reply=${missing}${location.hash}`);
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
  if (answer.post) {
    showReply(answer);
    const isOlderPage = document.querySelector(`#post-${answer.post} .replies:not([data-start=''])`);
    if (isOlderPage) location.assign(linkTo(answer));
  }
  if (answer.deleted) remove(answer.deleted);
});
