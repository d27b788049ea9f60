// The Express twin: what the steps build in Python, on the stack of the original: Express, Passport
// and Socket.IO. It keeps the contract of step 04, so that the same checks pass on it and the
// benchmarks compare like with like. It shows the pages of step 04, with that step's static files.
//
//   PORT, HOST      where it listens (3000, 127.0.0.1)
//   MONGODB_URI     keep everything in the database that this names; else in memory
//   SESSION_SECRET  signs the cookie; without one, a new one is made at each start
//   SEED_PEOPLE=N   begin with N people: person-0@example.org, person-1@example.org …, whose
//                   password, "correct horse battery", is kept so that it is cheap to check
//   SEED_FRIENDS=F  … of whom person 0 has F friends: the persons 1 to F

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

// Built once, and given to both doors: the web app and the socket server.
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
app.disable("etag"); // the pages differ each time
app.use("/static", express.static(STATIC));
// The body comes before the session: who is slow to send it may have logged out by then.
app.use(express.urlencoded({ extended: false }));
app.use(sessionMiddleware);
app.use(userMiddleware);
app.use(routes(people, sessions, io));

// Of all the requests of a socket only the first one says who it is.
const atHandshake = (middleware) => (req, res, next) =>
  req._query.sid ? next() : middleware(req, res, next);
io.engine.use(atHandshake(sessionMiddleware));
io.engine.use(atHandshake(userMiddleware));
sockets(people, sessions, io);

server.listen(PORT, HOST, () => console.log(`Listening on http://${HOST}:${PORT}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    await io.close(); // which closes the server, too
    process.exit(0);
  });
}
