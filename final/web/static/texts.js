// Names and texts that people type, counted and shortened as in texts.py. It also owns the counters
// below text fields.

const FEW = 50; // characters: from here on, say how many are left
const segmenter = Intl.Segmenter && new Intl.Segmenter("en", { granularity: "grapheme" });
const VISIBLE =
  /[^\p{Mn}\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffc\u{1d159}]/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Return a text's characters as people see them: 👩‍👩‍👧 is one. */
function characters(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text];
}

export const count = (text) => characters(text).length;

export const fullName = ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" ");

/** Return the first visible character of each name. */
export const initials = ({ firstName, lastName }) => firstVisible(firstName) + firstVisible(lastName);
const firstVisible = (name) => characters(name).find((one) => VISIBLE.test(one)) ?? "";

/** Return a text that can't reverse the words around it, for places where no <bdi> fits. */
export const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

// Counters. Pasted text is never cut off: the page says how much is too much, and the server decides.

function showCount(field) {
  const left = Number(field.dataset.most) - count(field.value.trim());
  const counter = field.form.querySelector(".count");
  counter.classList.toggle("over", left < 0);
  counter.textContent = left < 0 ? `${-left} too many` : left <= FEW ? `${left} left` : "";
}

document.addEventListener("input", ({ target }) => target.matches("[data-most]") && showCount(target));
document.addEventListener("reset", ({ target }) => {
  for (const counter of target.querySelectorAll(".count")) counter.textContent = "";
});
