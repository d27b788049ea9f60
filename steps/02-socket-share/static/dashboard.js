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
}

socket.on("connect", showConnection);
socket.on("disconnect", showConnection);
socket.on("connect_error", showConnection);

socket.on("profile", (profile) => {
  console.log("profile", profile);
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
