// Makes the page's socket, and chooses how it connects where a network, a proxy or a filter is in the
// way. It also knows why there is no connection; live.js shows that.

import { pageUser } from "./page_user.js";

const NOT_LOADED =
  "The live connection can't start because socket.io.min.js didn't load. Reload the page; " +
  "if that doesn't help, look for an extension or filter that blocks it.";

if (!globalThis.io) {
  document.getElementById("connection-reason").textContent = NOT_LOADED;
  throw new Error(NOT_LOADED); // No other module runs after this, so forms stay plain forms.
}

// Some networks swallow WebSockets without an error, so the client would wait forever. We give up an
// attempt that takes too long, and try other transports next.
const PATIENCE = 4000; // milliseconds
const MOST_PATIENCE = 8000; // milliseconds, if the network is so slow that polling fails too
const ANY = ["websocket", "polling"];
const POLLING = ["polling"];

export const socket = io({
  autoConnect: false,
  auth: { pageUser },
  // WebSocket first: if a tab closes in the middle of an upgrade, the server notices only its silence.
  transports: ANY,
  tryAllTransports: true, // if a WebSocket fails with an error
  timeout: PATIENCE,
  reconnectionDelay: 200, // milliseconds
  reconnectionDelayMax: 2000,
});
const manager = socket.io;
let proven = null; // the transports that have connected this page before
let silence; // a timer: no answer to the client's first packet yet

// The client's timeout ends with the server's first packet, so we time the answer to the client's own.
manager.on("open", () => {
  silence = setTimeout(() => {
    changeTransports(true);
    socket.disconnect().connect();
  }, manager.timeout());
});
manager.on("close", () => clearTimeout(silence));

// A WebSocket that opens but carries no ping is silent, too. The client itself would try another one.
let hasPing;
manager.on("open", () => (hasPing = false));
manager.on("ping", () => (hasPing = true));
socket.on("disconnect", (reason) => {
  if (reason === "ping timeout" && !hasPing) changeTransports(true);
});

socket.on("connect", () => {
  clearTimeout(silence);
  proven = manager.opts.transports;
  manager.timeout(PATIENCE);
});

socket.on("connect_error", ({ message }) => {
  clearTimeout(silence);
  changeTransports(message === "timeout");
});

/** Choose the transports of the next attempt. After an error, keep those that have worked. */
function changeTransports(isSilent) {
  const isPolling = manager.opts.transports === POLLING;
  if (isPolling && isSilent) manager.timeout(Math.min(2 * manager.timeout(), MOST_PATIENCE));
  if (isPolling ? isSilent || proven !== POLLING : isSilent) {
    manager.opts.transports = isPolling ? ANY : POLLING;
  }
}

// Why there is no connection, in a sentence for the person at the page.

const NO_CONNECTION = "You're offline. Reconnecting…";
let reason = NO_CONNECTION;
socket.on("connect", () => (reason = NO_CONNECTION));
socket.on("connect_error", (error) => (reason = reasonOf(error)));

/** Return why the last attempt to connect failed. */
export const whyNot = () => reason;

function reasonOf({ description: status, context: request }) {
  const seen = document.body.dataset.origin; // the origin that the server believes it has
  if (seen && seen !== location.origin) {
    return (
      `This page came from ${location.origin}, but the server thinks it is at ${seen}, ` +
      "so it refuses the live connection. If there is a proxy or tunnel in front, " +
      "let it pass on the Host header, and set PROXIES=1."
    );
  }
  if (status >= 400 && status < 500) {
    const isText = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
    const said = isText ? ` (${request.responseText.slice(0, 100)})` : "";
    return `The live connection was refused: /socket.io/ answered ${status}${said}. Reconnecting…`;
  }
  return NO_CONNECTION;
}
