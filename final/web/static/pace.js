// Limits how often work runs that events ask for: at most once a second however many come, and once
// more after the last. Other people and other tabs cause these events, so a page can't count on few.

const EVERY = 1000; // milliseconds

/** Return a function that does the work now, or a moment later if it has just been done. */
export function paced(work) {
  let isWanted = false;
  let isBusy = false; // working, or waiting until the second is over
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
