// Toasts: short messages at the edge of the page. live.js shows one for each new comment.

const STAYS = 6000; // milliseconds

/** Show a text and a person's name for some seconds, as a link to `address`. */
export function toast(text, name, address) {
  const [link, isolated] = ["a", "bdi"].map((tag) => document.createElement(tag));
  link.href = address;
  isolated.textContent = name;
  link.append(text, isolated);
  document.getElementById("toasts").append(link);
  leaveLater(link);
}

function leaveLater(link) {
  setTimeout(() => {
    // A toast that someone points at or has focused stays.
    if (link.matches(":hover, :focus-visible")) leaveLater(link);
    else link.remove();
  }, STAYS);
}
