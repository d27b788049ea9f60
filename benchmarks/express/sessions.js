// What the sessions have that express-session leaves open, in whichever store they are kept.

import { createHash } from "node:crypto";

// How long it is known of a session that it has ended: longer than a request takes, and than the 45
// seconds that Socket.IO gives a connection to connect.
const REMEMBERED = 60 * 1000; // milliseconds

/** A store like this one, from which a session that has ended does not come back. */
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

    // A store inserts what is not there. So a request that has loaded its session before a log-out,
    // and changes it after, would log in again.
    set(id, session, done) {
      if (this.hasEnded(id)) return done?.();
      super.set(id, { ...session, modified: Date.now() }, done);
    }
  };

/** What a session exposes: the id hashed and shortened, and the data, which has no secrets. */
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
