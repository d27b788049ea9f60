// Keeps everything in memory until the process ends.

import { randomBytes } from "node:crypto";

import session from "express-session";

import { lasting } from "./sessions.js";

export async function open() {
  return { people: new People(), sessions: new (lasting(session.MemoryStore))() };
}

const newId = () => randomBytes(12).toString("hex");

/** Users, friendships and comments. The class in mongo.js has the same methods. */
class People {
  users = new Map(); // id → user: {id, firstName, lastName, email, password}
  usersByEmail = new Map();
  friendIds = new Map(); // id → a Set of the IDs of that user's friends
  comments = [];

  /** Adds a user and returns them with an ID, or returns null if the email is taken. */
  async add(user) {
    if (this.usersByEmail.has(user.email)) return null;
    const added = { id: newId(), ...user };
    this.users.set(added.id, added);
    this.usersByEmail.set(added.email, added);
    return added;
  }

  async byId(id) {
    return this.users.get(id);
  }

  async byIds(ids) {
    return ids.map((id) => this.users.get(id));
  }

  async byEmail(email) {
    return this.usersByEmail.get(email);
  }

  /** Makes two users friends. Changes nothing if they already are. */
  async befriend(id, friendId) {
    for (const [one, other] of [[id, friendId], [friendId, id]]) {
      if (!this.friendIds.has(one)) this.friendIds.set(one, new Set());
      this.friendIds.get(one).add(other);
    }
  }

  async friendIdsOf(id) {
    return [...(this.friendIds.get(id) ?? [])];
  }

  /** Stores a comment and returns its ID. */
  async addComment(authorId, text, createdAt) {
    const comment = { id: newId(), authorId, text, createdAt };
    this.comments.push(comment);
    return comment.id;
  }
}
