// More of a list when its end comes into sight. Without this module the link "Older" is a link.

import { element } from "./live.js";
import { fetchPage } from "./fresh.js";
import { isOver } from "./page_user.js";

const inSight = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && load().catch(giveUp),
  { rootMargin: "300px" },
);
let isLoading = false;

function watch() {
  if (element("older")) inSight.observe(element("older"));
}

/** Append what the next page has; return the first item of it. */
async function load() {
  const link = element("older");
  if (isLoading || !link) return null;
  isLoading = true;
  try {
    const list = element(link.dataset.list);
    const page = await fetchPage(link.href);
    const more = [...page.getElementById(list.id).children].filter(({ id }) => !element(id));
    list.append(...more);
    const next = page.getElementById("older");
    if (next) link.replaceWith(next);
    else link.remove();
    watch();
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
