// Adds people for a benchmark. Their passwords are cheap to check, so they can log in quickly.

import { hashedCheaply } from "./users.js";

const PASSWORD = "correct horse battery";

/** Adds persons 0 to `count` - 1. The next `friends` persons are friends of person 0. */
export async function seed(people, count, friends) {
  if (!count) return;
  const password = await hashedCheaply(PASSWORD);
  const ids = [];
  for (let n = 0; n < count; n++) {
    const email = `person-${n}@example.org`;
    const person = { firstName: "Person", lastName: String(n), email, password };
    const { id } = (await people.add(person)) ?? (await people.byEmail(email));
    ids.push(id);
  }
  for (const id of ids.slice(1, friends + 1)) await people.befriend(ids[0], id);
}
