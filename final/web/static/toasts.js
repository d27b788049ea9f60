// Short messages at the edge of the page, for what happens while it is open.

import { bdi } from "./words.js";

const STAYS = 6000; // milliseconds

/** Show a text and a person's name for some seconds, as a link. */
export function toast(text, name, address) {
  const link = document.createElement("a");
  link.href = address;
  link.append(text, bdi(name));
  document.getElementById("toasts").append(link);
  leaveLater(link);
}

function leaveLater(link) {
  setTimeout(() => {
    // Not from under somebody's pointer or fingers.
    if (link.matches(":hover, :focus-visible")) leaveLater(link);
    else link.remove();
  }, STAYS);
}
