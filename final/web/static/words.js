// Text that people type, counted and shortened as on the server: see texts.py.

const LEFT = 50; // characters: from here on, say how many are left
const segmenter = Intl.Segmenter && new Intl.Segmenter("en", { granularity: "grapheme" });
const VISIBLE =
  /[^\p{Mn}\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffc\u{1d159}]/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Return a text's characters as people see them: 👩‍👩‍👧 is one. */
function characters(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text];
}

export const count = (text) => characters(text).length;

/** Return the first visible character of each name. */
export function initials({ firstName, lastName }) {
  const first = (name) => characters(name).find((one) => VISIBLE.test(one)) ?? "";
  return first(firstName) + first(lastName);
}

/** Return a text that can't reverse the words around it, for places where no <bdi> fits. */
export const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

/** Return an element that keeps the direction of a text to itself. */
export function bdi(text) {
  const element = document.createElement("bdi");
  element.textContent = text;
  return element;
}

// Pasted text is never cut off: we say how much is too much, and the server decides.

function showCount(field) {
  const most = Number(field.dataset.most);
  const left = most - count(field.value.trim());
  const said = field.parentElement.querySelector(".count") ?? document.createElement("small");
  said.className = left < 0 ? "count over" : "count";
  said.setAttribute("role", "status");
  said.textContent = left < 0 ? `${-left} too many` : left <= LEFT ? `${left} left` : "";
  if (!said.isConnected) field.after(said);
}

document.addEventListener("input", ({ target }) => target.matches("[data-most]") && showCount(target));
document.addEventListener("reset", ({ target }) => {
  for (const said of target.querySelectorAll(".count")) said.textContent = "";
});
