// Short messages at the edge of the page, for what happens while it is open.

const STAYS = 6000; // milliseconds

export function toast(text, address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  document.getElementById("toasts").append(link);
  leaveLater(link);
}

function leaveLater(link) {
  setTimeout(() => {
    // Not from under somebody's pointer or fingers.
    if (link.matches(":hover, :focus-visible")) leaveLater(link);
    else link.remove();
  }, STAYS);
}
