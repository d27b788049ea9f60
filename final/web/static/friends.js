// The page of friends: who is here changes at once, and not only with the next fragment.

import "./page.js";
import { socket } from "./live.js";

socket.on("presence", ({ id, here }) => {
  for (const shown of document.querySelectorAll(`[data-presence="${id}"]`)) {
    shown.textContent = here ? "here" : "away";
    shown.classList.toggle("here", here);
  }
});
