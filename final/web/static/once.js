// Makes a double click count once, on every page. A second submission would cancel the first one in the
// browser but not on the server: the account would exist, and its owner wouldn't be logged in.
// This file isn't a module, so that it runs before the page shows any form.

const PATIENCE = 30_000; // milliseconds: someone who presses again later has stopped waiting

let sent = new WeakMap(); // form → when it was sent

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return; // forms.js sends it itself
  if (event.timeStamp - sent.get(form) < PATIENCE) event.preventDefault();
  else sent.set(form, event.timeStamp);
});

// The page is shown again, or the browser's Stop button has ended the request.
const allowAgain = () => (sent = new WeakMap());
addEventListener("pageshow", allowAgain);
globalThis.navigation?.addEventListener("navigateerror", allowAgain);

// The first click may open a new page or move things on this one. Then the second click would hit
// something that no one meant to press.
let pressed = null;

addEventListener("click", (event) => {
  const target = event.target.closest("a, button");
  if (event.detail < 2) pressed = target; // event.detail counts the clicks on one spot
  if (!target || target === pressed) return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
