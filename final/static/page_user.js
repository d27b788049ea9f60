// Whose page this is. Somebody else may have logged in in another tab since it was made. The server then
// answers 409 to all that this page asks for, and the page stops: nothing new is shown, or sent.

export const pageUser = document.body.dataset.user; // an id
export let isOver = false;

/** Stop, because the browser is now logged in as somebody else. static/live.js listens. */
export function stop() {
  isOver = true;
  document.dispatchEvent(new CustomEvent("another-account"));
}

/** Fetch from this site, as this page's user. Every script does it by this function. */
export async function fetchAsUser(address, { headers, ...options } = {}) {
  const said = { ...headers, "X-Page-User": pageUser };
  const response = await fetch(address, { ...options, headers: said });
  if (response.status === 409) stop();
  return response;
}
