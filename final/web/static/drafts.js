// Drafts: text that somebody has typed but not sent yet. They survive a reload, another page, a lost
// connection and the end of the session, but only in this tab and only for this user.

const FIELDS = "main :is(textarea, input:not([type=hidden], [type=password], [type=checkbox]))";
const mine = `draft ${document.body.dataset.user} `; // how the keys of this user's drafts begin

/** Use the tab's storage. Return null if the browser refuses it, because drafts are an extra. */
function inStorage(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}

function keep(field) {
  const key = mine + field.id;
  const draft = { text: field.value, insteadOf: field.defaultValue };
  inStorage((storage) => {
    if (draft.text === draft.insteadOf) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(draft));
  });
}

/** Put the draft into a field that has just come onto the page. */
function bringBack(field) {
  // The browser's own memory would show the text to whoever logs in next.
  field.autocomplete = "off";
  if (field.value !== field.defaultValue) return keep(field); // typed before this module was there
  const draft = inStorage((storage) => JSON.parse(storage.getItem(mine + field.id)));
  if (draft?.text === field.defaultValue) return keep(field); // it has been sent
  // The text that it replaces has changed in the meantime.
  if (draft?.insteadOf !== field.defaultValue) return;
  field.value = draft.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function forgetAll() {
  inStorage((storage) => {
    for (const key of Object.keys(storage)) if (key.startsWith(mine)) storage.removeItem(key);
  });
}

document.addEventListener("input", ({ target }) => target.matches(FIELDS) && keep(target));

// Posts that are shown later bring their reply fields along.
new MutationObserver((records) => {
  const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
  for (const node of added) node.querySelectorAll?.(FIELDS).forEach(bringBack);
}).observe(document.getElementById("main"), { childList: true, subtree: true });
document.querySelectorAll(FIELDS).forEach(bringBack);

document.addEventListener("done", ({ target: form }) => {
  if ("then" in form.dataset) forgetAll(); // the account is gone
  else form.querySelectorAll(FIELDS).forEach(keep);
});
document.addEventListener("submit", ({ target: form }) => {
  if (new URL(form.action).pathname === "/logout") forgetAll();
});
