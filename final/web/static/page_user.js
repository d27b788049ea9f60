// Whose page this is, and every request that scripts make. If another user has logged in in another tab
// since, the server answers 409. Then the page stops: it shows and sends nothing new.

export const pageUser = document.body.dataset.user; // an id
export let isOver = false;

/** Stop, because the browser is now logged in as another user. live.js closes the socket. */
export function stop() {
  isOver = true;
  document.dispatchEvent(new CustomEvent("another-account"));
}

/** Fetch from this site, as this page's user. All scripts use this function. */
export async function fetchAsUser(address, { headers, ...options } = {}) {
  const allHeaders = { ...headers, "X-Page-User": pageUser };
  const response = await fetch(address, { ...options, headers: allHeaders });
  if (response.status === 409) stop();
  return response;
}
