// Every time on the page, in the reader's own zone and language, and as how long ago.

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR; // seconds
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// The reader's clock may be wrong, or be set while the page is open. So the page goes by the server's
// clock and a timer of its own. While a computer sleeps the timer may stop: the server says the time again.
let start = Date.parse(document.body.dataset.now) - performance.now(); // milliseconds

document.addEventListener("now", ({ detail: iso }) => {
  start = Math.max(start, Date.parse(iso) - performance.now());
  showTimes();
});

function spoken(iso) {
  const moment = new Date(iso);
  const seconds = (start + performance.now() - moment) / 1000;
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return ago.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return ago.format(-Math.floor(seconds / HOUR), "hour");
  return date.format(moment);
}

export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) time.textContent = spoken(time.dateTime);
  for (const item of root.querySelectorAll("[data-at]")) item.dataset.when = spoken(item.dataset.at);
}

showTimes();
setInterval(showTimes, MINUTE * 1000);

// The exact time, for a reader who points at it.
document.addEventListener("mouseover", ({ target }) => {
  const iso = target.dateTime ?? target.dataset?.at;
  if (iso) target.title = date.format(new Date(iso));
});
