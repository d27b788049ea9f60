// People: their avatars and names, and the friends who are online, both in the list beside the feed and
// on the page of friends.

import { element, socket } from "./live.js";
import { fullName, initials } from "./texts.js";

/** Show a person's avatar and name in a clone of a template. */
export function showPerson(item, person) {
  const avatar = item.querySelector(".avatar");
  avatar.dataset.hue = parseInt(person.id.at(-1), 16) % 6;
  avatar.dataset.initials = initials(person);
  item.querySelector(".name").textContent = fullName(person);
}

const nameIn = (item) => item.querySelector(".name").textContent;

socket.on("presence", (person) => {
  if (element("friends-here")) updateList(person);
  for (const mark of document.querySelectorAll(`.presence[data-person="${person.id}"]`)) {
    mark.textContent = person.here ? "online" : "offline";
    mark.classList.toggle("here", person.here);
  }
});

/** Put a friend into the list, by name, or take them out. Those beyond its limit are only counted. */
function updateList({ here, ...person }) {
  const friends = element("friends-here");
  const list = friends.firstElementChild;
  const shown = list.querySelector(`[data-person="${person.id}"]`);
  // A friend with tabs in several processes is announced by each of them.
  if (here && shown && nameIn(shown) === fullName(person)) return;
  shown?.remove();
  if (!here && shown) return;
  if (!here) return showMore(more() - 1);
  if (list.children.length >= friends.dataset.limit) return showMore(more() + 1);
  const item = element("friend-template").content.cloneNode(true).firstElementChild;
  item.dataset.person = person.id;
  showPerson(item, person);
  const next = [...list.children].find((other) => nameIn(other).localeCompare(nameIn(item)) > 0);
  list.insertBefore(item, next ?? null);
}

const more = () => Number(element("more-here").firstElementChild.textContent);

function showMore(count) {
  element("more-here").firstElementChild.textContent = Math.max(0, count);
  element("more-here").hidden = count <= 0;
}

document.addEventListener("here-count", ({ detail: count }) => {
  const friends = element("friends-here");
  if (friends) showMore(count - friends.querySelectorAll("[data-person]").length);
});
