// The developer's panel: what both doors know of one session, this user's sockets and rooms, and the
// events on this tab's socket. Nothing else on the page needs it.

import { element, socket } from "./live.js";
import { fetchAsUser } from "./page_user.js";
import { paced } from "./pace.js";
import { SESSION } from "./paths.js";
import { showTimes } from "./times.js";
import { isolated } from "./texts.js";

const EVENTS = 10;
const FOLDED = "panel is folded"; // a key of localStorage

// Two doors.

const askRequest = () => fetchAsUser(SESSION).then((response) => response.json());
const askSocket = () => socket.timeout(5000).emitWithAck("session");

async function look(ask) {
  try {
    return await ask();
  } catch (error) {
    return { error: `no answer: ${error.message}` };
  }
}

async function compare() {
  const sessions = await Promise.all([look(askRequest), look(askSocket)]);
  const [ofRequest, ofSocket] = sessions.map(({ id }) => id);
  element("request-id").textContent = ofRequest ?? "none";
  element("socket-id").textContent = ofSocket ?? "none";
  const isSame = Boolean(ofRequest) && ofRequest === ofSocket;
  element("doors").className = isSame ? "doors same" : "doors different";
  element("joint").textContent = isSame ? "one session" : "not the same";
  return sessions;
}

element("compare").addEventListener("click", async () => {
  const [ofRequest, ofSocket] = await compare();
  element("request-session").textContent = JSON.stringify(ofRequest, null, 2);
  element("socket-session").textContent = JSON.stringify(ofSocket, null, 2);
});

// Compare only once without a click: each request keeps the session alive, as only people should.
socket.once("connect", compare);
socket.io.on("reconnect", () => (element("joint").textContent = "not compared yet"));
socket.on("disconnect", () => {
  element("socket-id").textContent = element("socket-process").textContent = "–";
  element("doors").className = "doors";
  element("joint").textContent = "the socket is closed";
  element("sockets").textContent = "";
  fill("rooms", []);
  fill("socket-list", []);
});

// The sockets of this user, and the rooms of this one.

const showSockets = paced(async () => {
  const answer = await look(() => socket.timeout(5000).emitWithAck("panel", {}));
  if (answer.error) return;
  element("socket-process").textContent = answer.process;
  fill("rooms", answer.rooms.map((room) => listItem(room)));
  fill("socket-list", answer.sockets.map(socketItem));
});

socket.on("sockets", ({ count }) => {
  element("sockets").textContent = count;
  showSockets();
});
socket.on("connect", () => socket.io.engine.once("upgrade", showSockets));

function socketItem({ sid, transport, process, since }) {
  const how = transport ?? `in process ${process}`; // or in this one
  const item = listItem(`${sid} · ${how}${sid === socket.id ? " · this tab" : ""}`);
  item.dataset.at = since;
  return item;
}

function fill(id, items) {
  element(id).replaceChildren(...items);
  showTimes();
}

function listItem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

socket.on("wave", (wave) => {
  element("last-wave").textContent = `${isolated(wave.from)} waves.`;
});

// Events: their names and keys only, so that a comment's text isn't on the page twice.

function tell(direction, event, data) {
  const keys = data && typeof data === "object" ? ` {${Object.keys(data).join(", ")}}` : "";
  const item = listItem(`${event}${keys}`);
  item.className = direction;
  element("events").prepend(item);
  element("events").children[EVENTS]?.remove();
}

socket.onAny((event, data) => tell("in", event, data));
socket.onAnyOutgoing((event, data) => tell("out", event, data));

// A panel that someone has folded stays folded on the next page.

element("panel").open = localStorage[FOLDED] !== "yes";
element("panel").addEventListener("toggle", () => {
  localStorage[FOLDED] = element("panel").open ? "no" : "yes";
});
