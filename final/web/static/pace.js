// Work that events ask for. Other people and other tabs cause them. However many come, the work is
// done at most once a second, and once more after the last of them.

const EVERY = 1000; // milliseconds

/** Return a function that does the work now, or, if it was done just now, a moment later. */
export function paced(work) {
  let isWanted = false;
  let isBusy = false; // working, or waiting for the second to pass
  return async () => {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await work().catch(({ message }) => console.warn(message));
      await new Promise((done) => setTimeout(done, EVERY));
    }
    isBusy = false;
  };
}
