// Times as the reader says them: in their own zone and language, and how long ago.

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR; // seconds
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// The reader's clock may be wrong, so we only ask it how much time has passed since the page came.
const ahead = Date.now() - Date.parse(document.body.dataset.now); // milliseconds

function said(iso) {
  const moment = new Date(iso);
  const seconds = (Date.now() - ahead - moment) / 1000;
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
