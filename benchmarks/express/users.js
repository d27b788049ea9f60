// The users: their accounts, and how Passport finds and authenticates them.

import { randomBytes, scrypt as scryptWithCallback, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import passport from "passport";
import { Strategy } from "passport-local";

const scrypt = promisify(scryptWithCallback);

// The cost of a hash is Werkzeug's default, scrypt:32768:8:1 with 64 bytes, so that a login takes
// as long here as in the Python apps.
const COST = 32768;
const BLOCK_SIZE = 8;
const MAX_MEM = 64 * 1024 * 1024; // bytes. A hash needs 32 MB, just above Node's default limit
const CHEAP = 2; // the cost for the people that seed.js adds

export function usePassport(people) {
  passport.use(
    new Strategy({ usernameField: "email" }, (email, password, done) => {
      authenticate(people, email, password).then((user) => done(null, user), done);
    }),
  );
  passport.serializeUser((user, done) => done(null, user.id));
  passport.deserializeUser((id, done) => {
    people.byId(id).then((user) => done(null, user ?? false), done);
  });
}

async function authenticate(people, email, password) {
  const user = await people.byEmail(email.trim().toLowerCase());
  // Check a password even if there is no such user, so that the response takes just as long.
  const isRight = await isPassword(password, user?.password ?? NOBODYS_PASSWORD);
  return user && isRight ? user : false;
}

export async function newUser({ firstName, lastName, email, password }) {
  return { firstName, lastName, email: email.toLowerCase(), password: await hashed(password) };
}

/** Returns the hash of a password along with its parameters: cost$salt$hash. */
export async function hashed(password, cost = COST, salt = randomBytes(16).toString("hex")) {
  const hash = await scrypt(prepared(password), salt, 64, { N: cost, r: BLOCK_SIZE, p: 1, maxmem: MAX_MEM });
  return `${cost}$${salt}$${hash.toString("hex")}`;
}

/** Normalises a password, so that it's the same from every keyboard (RFC 8265). */
const prepared = (password) => password.slice(0, 2000).replace(/\p{Zs}/gu, " ").normalize("NFC");

async function isPassword(password, expected) {
  const [cost, salt] = expected.split("$");
  const actual = await hashed(password, Number(cost), salt);
  return timingSafeEqual(Buffer.from(actual), Buffer.from(expected));
}

const NOBODYS_PASSWORD = await hashed("");

export const hashedCheaply = (password) => hashed(password, CHEAP);

export const fullName = (user) => `${user.firstName} ${user.lastName}`;

export const asJson = ({ id, firstName, lastName }) => ({ id, firstName, lastName });

/** Returns the problems of a sign-up form by field. The result is empty if the form is valid. */
export function problemsOf({ firstName, lastName, email, password }) {
  const found = {};
  for (const [name, value] of Object.entries({ first_name: firstName, last_name: lastName })) {
    if (!hasLength(value, 1, 50)) {
      found[name] = "A name has 1 to 50 characters.";
    } else if (!isVisible(value)) {
      found[name] = "There's nothing to see in this name.";
    } else if (hasControl(value)) {
      found[name] = "A name can't have line breaks or control characters.";
    }
  }
  const isEmail = /^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(email);
  if (!hasLength(email, 1, 254) || hasControl(email) || !isEmail) {
    found.email = "An email address looks like ada@example.org.";
  }
  if (!hasLength(prepared(password), 8, 200)) found.password = "A password has 8 to 200 characters.";
  return found;
}

/** Returns whether a text has `least` to `most` characters. `length` counts some of them twice. */
export function hasLength(text, least, most) {
  const length = text.length > 2 * most ? Infinity : [...text].length;
  return least <= length && length <= most;
}

/** Returns whether a text shows anything: more than spaces, joiners, fillers and marks. */
export const isVisible = (text) =>
  /[^\p{Cc}\p{Cf}\p{Mn}\p{Z}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);

export const isPrintable = (text) => /^(?:[^\p{C}\p{Z}]| )*$/u.test(text);

const hasControl = (text) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
