// Closes the gaps that express-session leaves, with any session store.

import { createHash } from "node:crypto";

// How long we remember that a session has ended. This is longer than any request takes, and longer
// than the 45 seconds in which Socket.IO lets a connection connect.
const REMEMBERED = 60 * 1000; // milliseconds

/** Returns a subclass of this store in which a session that has ended can't come back. */
export const lasting = (Store) =>
  class extends Store {
    touch = undefined; // routes.js renews a session by saving it, once a minute
    ended = new Set();

    hasEnded(id) {
      return this.ended.has(id);
    }

    destroy(id, done) {
      this.ended.add(id);
      setTimeout(() => this.ended.delete(id), REMEMBERED).unref();
      super.destroy(id, done);
    }

    // A store inserts a session that doesn't exist. So without this check, a request that loads its
    // session before a logout and changes it afterwards would log the user in again.
    set(id, session, done) {
      if (this.hasEnded(id)) return done?.();
      super.set(id, { ...session, modified: Date.now() }, done);
    }
  };

/** Returns the exposed part of a session: a short hash of its ID, and data without secrets. */
export function exposed(id, { cookie, passport, modified, renewed, ...data }) {
  return {
    id: createHash("sha256").update(id).digest("hex").slice(0, 8) + "…",
    cookie: {
      path: cookie.path,
      expires: iso(cookie.expires),
      max_age: Math.round(cookie.originalMaxAge / 1000),
      http_only: cookie.httpOnly,
      same_site: cookie.sameSite === "lax" ? "Lax" : cookie.sameSite,
    },
    data: { _user_id: passport?.user, ...data },
    last_modified: iso(modified),
  };
}

const iso = (moment) => new Date(moment).toISOString().slice(0, 19) + "Z";
