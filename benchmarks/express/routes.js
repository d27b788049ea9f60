// The pages, and the routes that their forms post to.

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

  // Using a session extends it. `rolling: true` would send the cookie with every response. Instead,
  // we change an active session once a minute, so that it's stored and its cookie is sent again.
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

  // A wrong password leaves /login in the browser's address bar.
  router.get("/login", (req, res) => {
    const next = field(req.query, "next");
    res.redirect(next ? `/?next=${encodeURIComponent(next)}` : "/");
  });

  router.post("/logout", async (req, res) => {
    const { sessionID } = req;
    await promisify(req.session.destroy).call(req.session);
    closeSockets(sessionID); // only now, because none of them can connect again
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
    // With an empty list of rooms, the event would go to everyone.
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

  /** Logs this user in. Passport ends the old session and creates a new one. */
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

/** Returns the first field of this name in a form or query, or "" if there is none. */
function field(fields, name) {
  return [fields?.[name]].flat()[0] ?? "";
}

function wantsPage(req) {
  return req.accepts(["json", "html"]) === "html";
}

/** Answers with JSON, or sends a browser's plain form to the dashboard, which shows a message. */
async function answer(req, res, status, data, said = data.error) {
  if (!wantsPage(req)) return res.status(status).json(data);
  req.session.said = [...(req.session.said ?? []), said];
  // Save the session before the browser follows the redirect.
  await promisify(req.session.save).call(req.session);
  res.redirect("/dashboard");
}

/** Returns whether this is a path of this site that no browser takes for another site's URL. */
function isPathOfThisSite(target) {
  return /^\/(?!\/)[^\\]*$/.test(target) && users.isPrintable(target);
}
