// The Express twin: the app that the steps build in Python, on the stack of the original. That is
// Express, Passport and Socket.IO. It fulfils the contract of step 04, so the same checks pass on
// it, and the benchmarks compare like with like. It has the pages and static files of step 04.
//
//   PORT, HOST      the address to listen on (3000, 127.0.0.1)
//   MONGODB_URI     keep everything in this database instead of in memory
//   SESSION_SECRET  the key that signs the cookie (a new one at each start)
//   SEED_PEOPLE=N   start with N people: person-0@example.org, person-1@example.org, and so on.
//                   Their password is "correct horse battery", with a hash that is cheap to check
//   SEED_FRIENDS=F  make persons 1 to F friends of person 0

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";

import express from "express";
import session from "express-session";
import passport from "passport";
import { Server } from "socket.io";

import { routes } from "./routes.js";
import { seed } from "./seed.js";
import { sockets } from "./sockets.js";
import { usePassport } from "./users.js";

process.env.NODE_ENV ??= "production";
const { PORT = 3000, HOST = "127.0.0.1", MONGODB_URI, SESSION_SECRET } = process.env;
const { SEED_PEOPLE = 0, SEED_FRIENDS = 0 } = process.env;
const STATIC = fileURLToPath(new URL("../../steps/04-friend-notify/static", import.meta.url));

const { open } = await import(MONGODB_URI ? "./mongo.js" : "./memory.js");
const { people, sessions } = await open(MONGODB_URI);
await seed(people, Number(SEED_PEOPLE), Number(SEED_FRIENDS));
usePassport(people);

// Created once and shared by both doors: the web app and the socket server.
const sessionMiddleware = session({
  name: "sid",
  store: sessions,
  secret: SESSION_SECRET ?? randomBytes(32).toString("hex"),
  cookie: { httpOnly: true, sameSite: "lax", secure: "auto", maxAge: 24 * 60 * 60 * 1000 },
  resave: false,
  saveUninitialized: false,
});
const userMiddleware = passport.session();

const app = express();
const server = createServer(app);
const io = new Server(server, { serveClient: false });

app.disable("x-powered-by");
app.disable("etag"); // pages rarely stay the same
app.use("/static", express.static(STATIC));
// Read the body before the session, because a user can log out while a slow client still sends it.
app.use(express.urlencoded({ extended: false }));
app.use(sessionMiddleware);
app.use(userMiddleware);
app.use(routes(people, sessions, io));

// Only a socket's first request, which has no `sid` yet, identifies its user.
const atHandshake = (middleware) => (req, res, next) =>
  req._query.sid ? next() : middleware(req, res, next);
io.engine.use(atHandshake(sessionMiddleware));
io.engine.use(atHandshake(userMiddleware));
sockets(people, sessions, io);

server.listen(PORT, HOST, () => console.log(`Listening on http://${HOST}:${PORT}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    await io.close(); // this also closes the HTTP server
    process.exit(0);
  });
}
