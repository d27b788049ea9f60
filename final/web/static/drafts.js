// Drafts: text that someone has typed but not sent, in every field but passwords. They survive a reload,
// a lost connection and the end of the session, but only in this tab and only for this user.

const FIELDS = "main :is(textarea, input:not([type=hidden], [type=password], [type=checkbox]))";
const mine = `draft ${document.body.dataset.user} `; // the beginning of the keys of this user's drafts

/** Return what `use` returns for the tab's storage, or null if the browser allows no storage. */
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

/** Put its draft into a field that has just been added to the page. */
function bringBack(field) {
  // The browser's own memory would show the text to the next user.
  field.autocomplete = "off";
  if (field.value !== field.defaultValue) return keep(field); // typed before this module ran
  const draft = inStorage((storage) => JSON.parse(storage.getItem(mine + field.id)));
  if (draft?.text === field.defaultValue) return keep(field); // it has been sent
  if (draft?.insteadOf !== field.defaultValue) return; // the text that it replaces has changed
  field.value = draft.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function forgetAll() {
  inStorage((storage) => {
    for (const key of Object.keys(storage)) if (key.startsWith(mine)) storage.removeItem(key);
  });
}

document.addEventListener("input", ({ target }) => target.matches(FIELDS) && keep(target));

// Posts that are shown later bring their own reply fields.
new MutationObserver((records) => {
  const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
  for (const node of added) node.querySelectorAll?.(FIELDS).forEach(bringBack);
}).observe(document.getElementById("main"), { childList: true, subtree: true });
document.querySelectorAll(FIELDS).forEach(bringBack);

document.addEventListener("done", ({ target: form }) => {
  if (form.matches("[data-forget-drafts]")) forgetAll();
  else form.querySelectorAll(FIELDS).forEach(keep);
});
document.addEventListener("submit", ({ target: form }) => {
  if (form.matches("[data-forget-drafts]:not([data-live])")) forgetAll();
});
