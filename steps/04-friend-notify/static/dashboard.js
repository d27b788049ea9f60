// The socket of this page: shows the connection, and everything that arrives.

const element = (id) => document.getElementById(id);
const socket = io({ reconnectionDelay: 200, reconnectionDelayMax: 1000 });

function showConnection() {
  const state = socket.connected ? "connected" : "disconnected";
  element("connection").textContent = state;
  element("connection").className = state;
  // Neither connected nor trying to connect: the server has refused this page.
  element("turned-away").hidden = socket.connected || socket.active;
  if (!socket.connected) element("full-name").textContent = "";
  if (!socket.connected) element("sockets").textContent = "";
}

socket.on("connect", showConnection);
socket.on("disconnect", showConnection);
socket.on("connect_error", showConnection);

socket.on("profile", (profile) => {
  console.log("profile", profile);
  if (profile.id !== element("full-name").dataset.user) {
    element("turned-away").textContent = "This page belongs to another account. Reload it.";
    return socket.disconnect(); // showConnection then shows the reason
  }
  element("full-name").textContent = `${profile.firstName} ${profile.lastName}`;
});

element("compare").addEventListener("click", () => {
  show("request-session", fetch("/session").then((response) => response.json()));
  show("socket-session", socket.timeout(5000).emitWithAck("session"));
});

async function show(id, answer) {
  try {
    element(id).textContent = JSON.stringify(await answer, null, 2);
  } catch (error) {
    element(id).textContent = `no answer: ${error.message}`;
  }
}

socket.on("sockets", ({ count }) => {
  element("sockets").textContent = count;
});

socket.on("wave", (wave) => {
  element("last-wave").textContent = `${wave.from} waves.`;
});

socket.on("comment", ({ author, text }) => {
  element("notifications").prepend(listItem(`${author.firstName} ${author.lastName}`, text));
});

// Each text gets its own element, because its direction may differ: left to right or right to left.
function listItem(...texts) {
  const item = document.createElement("li");
  for (const text of texts) {
    const part = document.createElement("bdi");
    part.textContent = text;
    item.append(item.hasChildNodes() ? ": " : "", part);
  }
  return item;
}

// The forms that this script sends, each with the message to show when it has worked.
const done = {
  "/wave": ({ sockets }) => `Waved at ${sockets} of your tabs.`,
  "/friends": ({ friend }) => {
    const name = `${friend.firstName} ${friend.lastName}`;
    const known = [...element("friends").children].some((item) => item.textContent === name);
    if (!known) element("friends").append(listItem(name));
    return `${name} is your friend.`;
  },
  "/comments": () => "Your comment is posted.",
};

for (const form of document.forms) {
  const path = new URL(form.action).pathname;
  if (!done[path]) continue;
  let isSending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return; // ignore the second click of a double click
    isSending = true;
    element("outcome").textContent = await send(form, done[path]);
    isSending = false;
  });
}

async function send(form, sayDone) {
  try {
    const body = new URLSearchParams(new FormData(form));
    const headers = { Accept: "application/json" };
    const signal = AbortSignal.timeout(10_000); // milliseconds
    const response = await fetch(form.action, { method: "POST", body, headers, signal });
    const answer = await response.json();
    if (!response.ok) return answer.error;
    form.reset();
    return sayDone(answer);
  } catch {
    return "The server gave no answer. Please try again.";
  }
}
