// The pages, and what their forms do.

import { promisify } from "node:util";

import express from "express";
import passport from "passport";

import { exposed } from "./sessions.js";
import { socketsOf } from "./sockets.js";
import * as users from "./users.js";
import * as views from "./views.js";

const RENEW_EVERY = 60 * 1000; // milliseconds
const MAX_LENGTH = 500; // characters of a comment

export function routes(people, sessions, io) {
  const router = express.Router();

  // The session rolls. With `rolling: true` the cookie would go with every answer, so once a minute
  // a session that is used is changed instead: then it is stored, and its cookie sent, anew.
  router.use((req, res, next) => {
    const now = Date.now();
    if (now - req.session.modified > RENEW_EVERY) req.session.renewed = now;
    next();
  });

  router.get("/", (req, res) => {
    if (req.user) return res.redirect("/dashboard");
    res.send(views.login({ next: field(req.query, "next") }));
  });

  router.post("/login", async (req, res) => {
    const next = field(req.body, "next") || field(req.query, "next");
    const user = await authenticated(req, res);
    if (!user) {
      const said = { email: field(req.body, "email"), error: "Email or password is wrong." };
      return res.status(401).send(views.login({ next, ...said }));
    }
    await logIn(req, user);
    res.redirect(isPathOfThisSite(next) ? next : "/dashboard");
  });

  // A wrong password leaves this address in the browser.
  router.get("/login", (req, res) => {
    const next = field(req.query, "next");
    res.redirect(next ? `/?next=${encodeURIComponent(next)}` : "/");
  });

  router.post("/logout", async (req, res) => {
    const { sessionID } = req;
    await promisify(req.session.destroy).call(req.session);
    closeSockets(sessionID); // now that none can connect again
    res.clearCookie("sid").redirect("/");
  });

  router.get("/signup", (req, res) => res.send(views.signup()));

  router.post("/signup", async (req, res) => {
    const fields = {
      firstName: field(req.body, "first_name").trim(),
      lastName: field(req.body, "last_name").trim(),
      email: field(req.body, "email").trim(),
      password: field(req.body, "password"),
    };
    let problems = users.problemsOf(fields);
    if (!Object.keys(problems).length) {
      const user = await people.add(await users.newUser(fields));
      if (user) {
        await logIn(req, user);
        return res.redirect("/dashboard");
      }
      problems = { email: "This email already has an account. Log in instead." };
    }
    res.status(400).send(views.signup(fields, problems));
  });

  router.get("/dashboard", needsLogIn, async (req, res) => {
    const friends = await people.byIds(await people.friendIdsOf(req.user.id));
    const said = req.session.said?.join(" ");
    delete req.session.said;
    res.send(views.dashboard({ user: req.user, friends, said }));
  });

  router.get("/session", (req, res) => {
    if (!req.user) return res.status(401).json({ error: "log in first" });
    res.json(exposed(req.sessionID, req.session));
  });

  router.post("/wave", needsLogIn, async (req, res) => {
    const { user } = req;
    io.to(user.id).emit("wave", { from: users.fullName(user) });
    await answer(req, res, 200, { sockets: socketsOf(io, user) }, "You have waved.");
  });

  router.post("/friends", needsLogIn, async (req, res) => {
    const friend = await people.byEmail(field(req.body, "email").trim().toLowerCase());
    if (!friend) return answer(req, res, 404, { error: "Nobody here has this email." });
    if (friend.id === req.user.id) {
      return answer(req, res, 400, { error: "This is your own email." });
    }
    await people.befriend(req.user.id, friend.id);
    const said = `${users.fullName(friend)} is your friend.`;
    await answer(req, res, 200, { friend: users.asJson(friend) }, said);
  });

  router.post("/comments", needsLogIn, async (req, res) => {
    const text = field(req.body, "text").replaceAll("\r\n", "\n").trim();
    if (!users.hasLength(text, 1, MAX_LENGTH)) {
      return answer(req, res, 400, { error: `A comment has 1 to ${MAX_LENGTH} characters.` });
    }
    if (!users.isVisible(text)) {
      return answer(req, res, 400, { error: "There's nothing to see in this comment." });
    }
    const createdAt = new Date();
    const id = await people.addComment(req.user.id, text, createdAt);
    const comment = { id, author: users.asJson(req.user), text, createdAt: createdAt.toISOString() };
    const friendIds = await people.friendIdsOf(req.user.id);
    // To no room at all would be to everybody.
    if (friendIds.length) io.to(friendIds).emit("comment", comment);
    await answer(req, res, 201, comment, "Your comment is posted.");
  });

  router.use((error, req, res, next) => {
    if (res.headersSent) return next(error);
    const status = error.status ?? 500;
    if (status >= 500) console.error(error);
    const told = status >= 500 ? "something went wrong on the server" : error.message;
    res.status(status).json({ error: told });
  });

  /** Goes on as this user in a new session, which Passport makes; the old one has ended. */
  async function logIn(req, user) {
    const before = req.sessionID;
    await promisify(req.logIn).call(req, user);
    closeSockets(before);
  }

  function closeSockets(sessionID) {
    io.in(sessionID).disconnectSockets();
  }

  return router;
}

function authenticated(req, res) {
  return new Promise((resolve, reject) => {
    const done = (error, user) => (error ? reject(error) : resolve(user));
    passport.authenticate("local", done)(req, res, reject);
  });
}

function needsLogIn(req, res, next) {
  if (req.user) return next();
  if (req.method === "POST" && !wantsPage(req)) {
    return res.status(401).json({ error: "log in first" });
  }
  res.redirect("/?next=/dashboard");
}

/** A field of a form or of the query, the first one of that name; "" if there is none. */
function field(fields, name) {
  return [fields?.[name]].flat()[0] ?? "";
}

function wantsPage(req) {
  return req.accepts(["json", "html"]) === "html";
}

/** Answers with data; or with the dashboard, which says what came of a browser's plain form. */
async function answer(req, res, status, data, said = data.error) {
  if (!wantsPage(req)) return res.status(status).json(data);
  req.session.said = [...(req.session.said ?? []), said];
  // Stored before the browser follows the redirect.
  await promisify(req.session.save).call(req.session);
  res.redirect("/dashboard");
}

/** Is it a path here, and not what a browser reads as another site's? */
function isPathOfThisSite(target) {
  return /^\/(?!\/)[^\\]*$/.test(target) && users.isPrintable(target);
}
