// The developer's panel: what both doors know of one session, and what travels through the socket.

import { element, socket } from "./live.js";
import { fetchAsUser } from "./page_user.js";
import { paced } from "./pace.js";
import { showTimes } from "./times.js";
import { isolated } from "./words.js";

const EVENTS = 10;
const isFolded = "panel is folded"; // a key of localStorage

// Two doors.

const askRequest = () => fetchAsUser("/session").then((response) => response.json());
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
  const sessions = await compare();
  for (const [index, side] of ["request", "socket"].entries()) {
    element(`${side}-session`).textContent = JSON.stringify(sessions[index], null, 2);
  }
});

// Only when the page is opened: to ask keeps the session alive, which is for a person to do.
socket.once("connect", compare);
socket.io.on("reconnect", () => (element("joint").textContent = "not compared yet"));
socket.on("disconnect", () => {
  element("socket-id").textContent = element("socket-process").textContent = "–";
  element("doors").className = "doors";
  element("joint").textContent = "the socket is closed";
  for (const list of ["rooms", "socket-list"]) fill(list, []);
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

// What travels: names and keys only, so that a text is on the page once.

function tell(direction, event, data) {
  const keys = data && typeof data === "object" ? ` {${Object.keys(data).join(", ")}}` : "";
  const item = listItem(`${event}${keys}`);
  item.className = direction;
  element("events").prepend(item);
  element("events").children[EVENTS]?.remove();
}

socket.onAny((event, data) => tell("in", event, data));
socket.onAnyOutgoing((event, data) => tell("out", event, data));

// Folded away it stays folded.

element("panel").open = localStorage[isFolded] !== "yes";
element("panel").addEventListener("toggle", () => {
  localStorage[isFolded] = element("panel").open ? "no" : "yes";
});
