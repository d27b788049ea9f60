// Whose page this is. If somebody else has logged in in another tab since, the server answers 409 to
// every request of this page. Then the page stops: it shows and sends nothing new.

export const pageUser = document.body.dataset.user; // an id
export let isOver = false;

/** Stop, because the browser is now logged in as somebody else. static/live.js listens. */
export function stop() {
  isOver = true;
  document.dispatchEvent(new CustomEvent("another-account"));
}

/** Fetch from this site, as this page's user. All scripts use this function. */
export async function fetchAsUser(address, { headers, ...options } = {}) {
  const said = { ...headers, "X-Page-User": pageUser };
  const response = await fetch(address, { ...options, headers: said });
  if (response.status === 409) stop();
  return response;
}
