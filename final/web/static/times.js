// Times as the reader says them: in their own zone and language, and how long ago.

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR; // seconds
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// The reader's clock may be wrong, and may be set while the page is open. So the page goes by the
// server's clock, and by a timer of its own, which may stand still while the computer sleeps.
let start = Date.parse(document.body.dataset.now) - performance.now(); // milliseconds

document.addEventListener("now", ({ detail: iso }) => {
  start = Math.max(start, Date.parse(iso) - performance.now());
  showTimes();
});

function said(iso) {
  const moment = new Date(iso);
  const seconds = (start + performance.now() - moment) / 1000;
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return ago.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return ago.format(-Math.floor(seconds / HOUR), "hour");
  return date.format(moment);
}

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) time.textContent = said(time.dateTime);
  for (const item of root.querySelectorAll("[data-at]")) item.dataset.when = said(item.dataset.at);
}

showTimes();
setInterval(showTimes, MINUTE * 1000);

// Exactly when, for whoever points at it.
document.addEventListener("mouseover", ({ target }) => {
  const iso = target.dateTime ?? target.dataset?.at;
  if (iso) target.title = date.format(new Date(iso));
});
