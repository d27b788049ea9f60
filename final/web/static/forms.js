// Sends each form marked data-live without leaving the page, and shows the outcome beside it. Without
// this module they are plain forms, and the next page shows the outcome. docs/page-contract.md lists the
// attributes that say what to show.

import { element, socket, turnAway } from "./live.js";
import { refresh } from "./refresh.js";
import { fetchAsUser, isOver } from "./page_user.js";
import { fullName, isolated } from "./texts.js";

const NO_ANSWER = "The server didn't answer. Please try again.";
const LOGGED_OUT = "You're logged out, so this wasn't sent. Please log in first.";
const OF_ANOTHER = "This page belongs to another account, so this wasn't sent. Please reload it first.";
const PATIENCE = 20_000; // milliseconds until a form that gets no answer can be sent again
const sending = new WeakSet();
const unanswered = new WeakMap(); // form → the data last sent without an answer, and its key

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-live]")) return;
  event.preventDefault();
  if (sending.has(form)) return; // an impatient second click
  for (const said of document.querySelectorAll("output")) say(said, "");
  if (form.querySelector(STOPPED)) {
    return say(outcomeOf(form), isOver ? OF_ANOTHER : LOGGED_OUT, "error");
  }
  sending.add(form);
  try {
    await send(form);
  } finally {
    sending.delete(form);
    form.dispatchEvent(new CustomEvent("settled", { bubbles: true })); // whether it succeeded or not
  }
});

async function send(form) {
  const output = outcomeOf(form);
  const data = new FormData(form);
  const answer = await post(form.action, data, keyOf(form, text(data)));
  if (answer.error !== NO_ANSWER) unanswered.delete(form);
  const isTold = showProblems(form, answer.problems ?? {});
  if (answer.error) return say(output, isTold ? "" : answer.error, "error");
  clear(form, data);
  // A listener that knows better what happened may change `said`, also to a promise.
  const detail = { answer, said: sentence(form.dataset.done ?? "", answer) };
  form.dispatchEvent(new CustomEvent("done", { detail, bubbles: true }));
  if (form.dataset.then) return location.assign(form.dataset.then);
  if (form.dataset.refresh) await refresh(form.dataset.refresh);
  say(output, await detail.said, "done");
}

/** Return a key, the same one if this is sent again for lack of an answer: it may have been done. */
function keyOf(form, sent) {
  if (unanswered.get(form)?.sent !== sent) {
    const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
    unanswered.set(form, { sent, key });
  }
  return unanswered.get(form).key;
}

/** Empty a form that was sent, unless someone has typed more in the meantime. */
function clear(form, sent) {
  if (form.matches("[data-keep]")) {
    for (const [name, value] of sent) form.elements[name].defaultValue = value;
  } else if (text(new FormData(form)) === text(sent)) {
    form.reset();
  }
}

const text = (data) => new URLSearchParams(data).toString();

/** Send a form's data and return the answer. It has an `error` if nothing was done. */
export async function post(action, data, key) {
  try {
    const body = new URLSearchParams(data);
    const headers = { Accept: "application/json", ...(key && { "Idempotency-Key": key }) };
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetchAsUser(action, { method: "POST", body, headers, signal });
    if (response.status === 401) {
      turnAway("turned-away");
      return { error: LOGGED_OUT };
    }
    const answer = await response.json();
    return response.ok ? answer : { error: NO_ANSWER, ...answer };
  } catch {
    return { error: NO_ANSWER };
  }
}

// After a logout the page sends nothing, and keeps typed text as a draft. The buttons aren't `disabled`, or
// a click would do nothing. The wave is still sent, to show how the server refuses it.

const STOPPED = "button[aria-disabled=true]";

document.addEventListener("turned-away", () => {
  for (const form of document.querySelectorAll("main [data-live]:not(#wave)")) {
    form.noValidate = true; // so that the reason comes first
    form.querySelector("button").setAttribute("aria-disabled", "true");
  }
});

function outcomeOf(form) {
  return form.querySelector("output") ?? element(form.dataset.outcome);
}

function say(output, message, kind = "") {
  if (!output) return;
  output.textContent = message;
  output.className = kind;
}

function sentence(template, answer) {
  const known = answer.friend ? { ...answer, name: isolated(fullName(answer.friend)) } : answer;
  return template.replace(/\{(\w+)\}/g, (_, key) => known[key]);
}

// A field's problem is shown at the field, until someone types into it.

function showProblems(form, problems) {
  for (const field of form.querySelectorAll("[aria-invalid]")) clearProblem(field);
  for (const [name, problem] of Object.entries(problems)) {
    const field = form.elements[name];
    if (!field) continue;
    const message = document.createElement("p");
    Object.assign(message, { id: `${field.id}-problem`, className: "problem", textContent: problem });
    message.setAttribute("role", "alert");
    field.after(message);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", message.id);
  }
  const first = form.querySelector("[aria-invalid]");
  first?.focus();
  return Boolean(first);
}

function clearProblem(field) {
  element(`${field.id}-problem`)?.remove();
  field.removeAttribute("aria-invalid");
  const hint = element(`${field.id}-hint`);
  if (hint) field.setAttribute("aria-describedby", hint.id);
  else field.removeAttribute("aria-describedby");
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("[aria-invalid]")) clearProblem(target);
  if (target.form?.matches("[data-live]")) say(outcomeOf(target.form), "");
});

// The server is back, so this message would be wrong.
socket.on("connect", () => {
  for (const said of document.querySelectorAll("output")) {
    if (said.textContent === NO_ANSWER) say(said, "");
  }
});
