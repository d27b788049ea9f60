// A double click sends a form once. The second submission would cancel the first one in the browser,
// but not on the server: the account exists by then, and the browser isn't logged in.

let sent = new WeakSet();

addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // a script sends it
  if (sent.has(event.target)) event.preventDefault();
  else sent.add(event.target);
});

// The page is shown again, or the browser's Stop button has ended the request.
const allowAgain = () => (sent = new WeakSet());
addEventListener("pageshow", allowAgain);
globalThis.navigation?.addEventListener("navigateerror", allowAgain);
