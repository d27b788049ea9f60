// The second door. Each socket joins two rooms, so that routes can reach it. One room is named
// after the user's ID, the other one after the session's ID.

import { promisify } from "node:util";

import { exposed } from "./sessions.js";

export function sockets(people, sessions, io) {
  const stored = promisify(sessions.get.bind(sessions));

  io.use(async ({ request }, next) => {
    try {
      // The handshake has loaded the session and its user. But a client can disconnect, and connect
      // again over the same connection hours later.
      if (request.hasConnected) {
        const session = await stored(request.sessionID);
        request.user = await people.byId(session?.passport?.user);
      }
      request.hasConnected = true;
      // From here until the socket has joined its rooms, nothing else can run, not even a logout.
      const isIn = request.user && !sessions.hasEnded(request.sessionID);
      next(isIn ? undefined : new Error("log in first"));
    } catch (error) {
      console.error(error);
      next(new Error("something went wrong on the server"));
    }
  });

  io.on("connection", (socket) => {
    const { user, sessionID } = socket.request;
    socket.join([user.id, sessionID]);
    const { id, firstName, lastName } = user;
    socket.emit("profile", { id, firstName, lastName });
    tellCount(user);
    socket.on("disconnect", () => tellCount(user));

    socket.on("session", async (...args) => {
      const answer = answerOf(args);
      try {
        const session = await stored(sessionID);
        answer(session?.passport ? exposed(sessionID, session) : { error: "log in first" });
      } catch (error) {
        console.error(error);
        answer({ error: "something went wrong on the server" });
      }
    });

    socket.onAny((event, ...args) => {
      if (event !== "session") answerOf(args)({ error: "there is no such event" });
    });
  });

  function tellCount(user) {
    io.to(user.id).emit("sockets", { count: socketsOf(io, user) });
  }
}

/** Returns the number of a user's sockets. */
export function socketsOf(io, user) {
  return io.of("/").adapter.rooms.get(user.id)?.size ?? 0;
}

/** Returns the function that answers an event. It does nothing if the sender wants no answer. */
function answerOf(args) {
  const last = args.at(-1);
  return typeof last === "function" ? last : () => {};
}
