// Makes a double click count once, on every page. A second submission would cancel the first one in the
// browser but not on the server: the account would exist, and its owner wouldn't be logged in.

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
