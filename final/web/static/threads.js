// Threads, in the feed and on a page of their own: shows new replies, loads earlier ones and removes
// deleted ones. New posts in the feed belong to dashboard.js.

import "./page.js";
import { element, socket } from "./live.js";
import { fetchPage } from "./refresh.js";
import { isInRange, loadOnClick } from "./older.js";
import { deletionOf, linkTo, repliesBefore } from "./paths.js";
import { showPerson } from "./people.js";
import { showTimes } from "./times.js";

const MOST = 200; // replies that a thread keeps when others arrive
const extended = new WeakSet(); // lists of replies to which this person has added earlier ones

const repliesOf = (thread) => thread.querySelector(".replies");

/** Show a reply in its thread, if this page has the thread and the reply's part of it. */
function showReply(comment) {
  const thread = element(`post-${comment.post}`);
  if (!thread?.matches(".thread") || element(`post-${comment.id}`)) return;
  const replies = repliesOf(thread);
  if (!isInRange(replies, comment.id)) return;
  const item = element("reply-template").content.cloneNode(true).firstElementChild;
  item.id = `post-${comment.id}`;
  item.dataset.id = comment.id;
  fill(item, comment, thread.dataset.owner);
  const later = [...replies.children].find((other) => other.dataset.id > comment.id);
  replies.insertBefore(item, later ?? null);
  showTimes(item);
  const { length } = replies.children;
  const isTooLong = length > MOST && !extended.has(replies);
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
    if (deletion.dataset.by === by) deletion.querySelector("form").action = deletionOf(comment.id);
    else deletion.remove();
  }
}

// Earlier replies.

/** Let a thread begin at this reply. Remove the earlier ones, and link to them. */
function beginAt(thread, id) {
  const replies = repliesOf(thread);
  if (replies.dataset.start || replies.dataset.end >= id || thread.dataset.id > id) return;
  for (const item of [...replies.children]) if (item.dataset.id < id) item.remove();
  replies.dataset.end = id;
  const link = thread.querySelector(".earlier");
  link.href = repliesBefore(thread.dataset.id, id);
  link.parentElement.hidden = false;
}

// The page missed more comments than one answer holds. It got only those from this one on.
document.addEventListener("gap", ({ detail: id }) => {
  for (const thread of document.querySelectorAll(".thread")) beginAt(thread, id);
});

/** Show the replies that the link leads to above the others. Return the first of them. */
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
  extended.add(replies);
  link.parentElement.replaceWith(more.querySelector(".earlier").parentElement);
  document.dispatchEvent(new CustomEvent("longer"));
  return earlier[0];
}

loadOnClick(".earlier", showEarlier);

// A link to a reply names it, to get its part of a long thread. Older links don't, so ask again.
const [, missing] = location.hash.match(/^#post-([0-9a-f]{24})$/) ?? [];
if (missing && !element(`post-${missing}`) && !location.search && element("gone")) {
  location.replace(`?reply=${missing}${location.hash}`);
}

function remove(ids, wasDeleted = true) {
  for (const id of ids) {
    const item = element(`post-${id}`);
    if (!item) continue;
    const hadFocus = item.contains(document.activeElement);
    const around = item.parentElement.closest(".thread") ?? element("main");
    (element(`thread-${id}`) ?? item).remove(); // in the feed, with the list item around it
    if (hadFocus) around.focus({ preventScroll: true });
    const notice = element(wasDeleted ? "gone" : "hidden-now");
    if (notice && item.matches(".thread")) notice.hidden = false;
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
