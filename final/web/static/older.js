// Lists that show the newest items first, a page at a time: the feed and the notifications. When the end
// comes into sight, this module adds the page that the link #older leads to. It doesn't render items.

import { element } from "./live.js";
import { fetchPage } from "./refresh.js";
import { isOver } from "./page_user.js";

/** Return whether an item with this id belongs in the list. If not, it is on another page. */
export function isInRange(list, id) {
  const { start, end } = list.dataset;
  return id >= end && (!start || id < start);
}

/** Put an item into its place in the list, by its id. */
export function place(list, item) {
  const older = [...list.children].find((other) => other.dataset.id < item.dataset.id);
  list.insertBefore(item, older ?? null);
}

/** Let a list end where it ends on this fetched page, and continue with that page's link. */
export function endAs(list, page) {
  list.dataset.end = page.getElementById(list.id).dataset.end;
  const link = `#older[data-list=${list.id}]`; // another list may have a link, too
  const [old, next] = [document, page].map((each) => each.querySelector(link));
  if (old && next) old.replaceWith(next);
  else if (next) list.parentElement.append(next);
  else old?.remove();
  watch();
}

// If loading fails, people can still follow the link.
const inSight = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && load().catch(() => inSight.disconnect()),
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
    if (link.isConnected) endAs(list, page); // or another module has changed the end meanwhile
    document.dispatchEvent(new CustomEvent("longer"));
    return more[0];
  } finally {
    isLoading = false;
  }
}

/** Make a click on this kind of link load more items. If that fails, the browser follows the link. */
export function loadOnClick(selector, loadItems) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(selector);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { href } = link;
    try {
      const first = await loadItems(link);
      first?.querySelector("a")?.focus({ preventScroll: true });
    } catch {
      if (!isOver) location.assign(href);
    }
  });
}

loadOnClick("#older", load);
watch();
