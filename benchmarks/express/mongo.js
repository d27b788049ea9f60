// Keeps everything in the MongoDB database that a URI names.

import MongoStore from "connect-mongo";
import { MongoClient, ObjectId } from "mongodb";

import { lasting } from "./sessions.js";

const TAKEN = 11000; // MongoDB's error code for a duplicate key in a unique index

export async function open(uri) {
  const client = await new MongoClient(uri).connect();
  const people = new People(client.db());
  await people.createIndexes();
  return { people, sessions: new (lasting(MongoStore))({ client }) };
}

/** Users, friendships and comments. The class in memory.js has the same methods. */
class People {
  constructor(db) {
    this.users = db.collection("users"); // {_id, firstName, lastName, email, password}
    this.friendships = db.collection("friendships"); // {_id: both ids, members: [id, id]}
    this.comments = db.collection("comments"); // {_id, authorId, text, createdAt}
  }

  async createIndexes() {
    await this.users.createIndex({ email: 1 }, { unique: true });
    await this.friendships.createIndex({ members: 1 });
  }

  /** Adds a user and returns them with an ID, or returns null if the email is taken. */
  async add(user) {
    const document = { _id: new ObjectId(), ...user };
    return (await isNew(this.users.insertOne(document))) ? withId(document) : null;
  }

  async byId(id) {
    return id ? withId(await this.users.findOne({ _id: new ObjectId(id) })) : null;
  }

  async byIds(ids) {
    const wanted = ids.map((id) => new ObjectId(id));
    return (await this.users.find({ _id: { $in: wanted } }).toArray()).map(withId);
  }

  async byEmail(email) {
    return withId(await this.users.findOne({ email }));
  }

  /** Makes two users friends. Changes nothing if they already are. */
  async befriend(id, friendId) {
    const members = [id, friendId].sort();
    await isNew(this.friendships.insertOne({ _id: members.join(":"), members }));
  }

  async friendIdsOf(id) {
    const friendships = await this.friendships.find({ members: id }).toArray();
    return friendships.map(({ members: [one, other] }) => (one === id ? other : one));
  }

  /** Stores a comment and returns its ID. */
  async addComment(authorId, text, createdAt) {
    const comment = { authorId, text, createdAt };
    return (await this.comments.insertOne(comment)).insertedId.toHexString();
  }
}

function withId(document) {
  if (!document) return null;
  const { _id, ...user } = document;
  return { id: _id.toHexString(), ...user };
}

async function isNew(insertion) {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (error.code === TAKEN) return false;
    throw error;
  }
}
