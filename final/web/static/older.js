// Lists that show the newest first, a page at a time, and load more when their end comes into sight.
// Without this module the link "Older" is a link.
//   data-start: the id before which the list begins, if it is not the first page
//   data-end: the id down to which it goes; what is older comes with the link

import { element } from "./live.js";
import { fetchPage } from "./fresh.js";
import { isOver } from "./page_user.js";

/** Return whether an item with this id belongs in the list. If not, it is on another page. */
export function isInRange({ dataset: { start, end } }, id) {
  return id >= end && (!start || id < start);
}

/** Put an item where it belongs, by its id. */
export function place(list, item) {
  const older = [...list.children].find(({ dataset }) => dataset.id < item.dataset.id);
  list.insertBefore(item, older ?? null);
}

/** Let a list end where it ends on this page, so that it goes on from there. */
export function endAs(list, page) {
  list.dataset.end = page.getElementById(list.id).dataset.end;
  const link = `#older[data-list=${list.id}]`; // there may be one of another list
  const [old, next] = [document, page].map((each) => each.querySelector(link));
  if (old && next) old.replaceWith(next);
  else if (next) list.parentElement.append(next);
  else old?.remove();
  watch();
}

const inSight = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && load().catch(giveUp),
  { rootMargin: "300px" },
);
let isLoading = false;

function watch() {
  inSight.disconnect();
  if (element("older")) inSight.observe(element("older"));
}

/** Add the items of the next page. Return the first of them. */
async function load() {
  const link = element("older");
  if (isLoading || !link) return null;
  isLoading = true;
  try {
    const list = element(link.dataset.list);
    const page = await fetchPage(link.href);
    const more = [...page.getElementById(list.id).children].filter(({ id }) => !element(id));
    for (const item of more) place(list, item);
    if (link.isConnected) endAs(list, page); // else the list has got another end meanwhile
    document.dispatchEvent(new CustomEvent("longer"));
    return more[0];
  } finally {
    isLoading = false;
  }
}

function giveUp() {
  inSight.disconnect(); // the link is still there, to be followed
}

document.addEventListener("click", async (event) => {
  if (event.target.id !== "older" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { href } = event.target;
  try {
    const first = await load();
    first?.querySelector("a")?.focus({ preventScroll: true });
  } catch {
    if (!isOver) location.assign(href);
  }
});

watch();
