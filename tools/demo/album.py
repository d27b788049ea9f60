"""The look of a scene: a caption, windows side by side, and the traffic of each below it."""

import base64
import html
import io
import re
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

STRIP_HEIGHT = 118
ITEMS = 3  # the latest ones, which a strip shows
SHOWN = [  # abbreviations of long IDs, and words that stay on one line
    (re.compile(r"(?<![0-9a-f])([0-9a-f]{4})[0-9a-f]{18}([0-9a-f]{2})(?![0-9a-f])"), r"\1…\2"),
    (re.compile(r"(?<![\w-])([\w-]{4})[\w-]{12}AA[\w-]{2}(?![\w-])"), r"\1…"),
    (re.compile(r"(to|from) socket "), "\\1\u00a0socket\u00a0"),
]
COLOURS = 255  # of the animated picture
READING = 22  # characters that people read in a second

STYLE = """
* { box-sizing: border-box; margin: 0; }
body { font: 15px system-ui, "DejaVu Sans", sans-serif; }
.strip {
  height: STRIP_HEIGHTpx; padding: 8px 12px; overflow: hidden; background: #1f2530; color: #e8ebf0;
  font: 12px/16px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere;
  display: flex; flex-direction: column; justify-content: flex-end; gap: 3px;
}
.strip:has(h1) { height: 140px; }
.strip h1 { margin: 0 0 auto; flex: none; }
.strip h1 { font: 600 14px/18px system-ui, "DejaVu Sans", sans-serif; }
.strip p { padding-left: 15px; text-indent: -15px; color: inherit; margin: 0; }
.strip .to { color: #9fd8a4; }
.strip .from { color: #f5cf7a; }
.strip .end { color: #f39c93; }
.strip .before { opacity: 0.55; }
""".replace("STRIP_HEIGHT", str(STRIP_HEIGHT))
ALBUM = """
<style>
{style}
body {{ width: max-content; padding: 12px; background: #dfe4ec; }}
#caption {{
  width: 0; min-width: 100%; height: 58px; padding: 0 6px 10px; display: flex;
  align-items: center; color: #16202f; font-size: 20px; line-height: 24px; font-weight: 600;
}}
#windows {{ display: flex; gap: 12px; }}
figure {{ border-radius: 8px; overflow: hidden; background: #3a4353; display: flex; }}
figure {{ flex-direction: column; }}
figcaption {{ padding: 6px 12px; color: #fff; font-weight: 600; }}
img {{ display: block; }}
</style>
<div id="caption"><p>{caption}</p></div>
<div id="windows">{figures}</div>
"""
FIGURE = """
<figure style="width: {width}px">
  <figcaption>{title}</figcaption>
  <img src="data:image/png;base64,{image}">
  {strip}
</figure>
"""
TERMINAL = """
<!doctype html>
<title>The server's terminal</title>
<style>
html { background: #11151c; }
body { margin: 0; padding: 12px; color: #d6dbe4; }
pre { margin: 0; font: 12px/16px ui-monospace, "DejaVu Sans Mono", monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
<pre></pre>
"""
SHOW_PRINTED = """
(text) => {
  document.querySelector("pre").textContent = text;
  scrollTo(0, document.documentElement.scrollHeight);
}
"""


def figure(title: str, width: int, image: bytes, strip: str) -> str:
    encoded = base64.b64encode(image).decode()
    return FIGURE.format(title=html.escape(title), width=width, image=encoded, strip=strip)


def strip(lines: list[tuple[str, bool]], title: str = "") -> str:
    """Return the latest lines of the traffic as HTML. Each comes with a flag: whether it's new."""
    shown = [paragraph(*line) for line in lines[-ITEMS:]]
    heading = title and f"<h1>{html.escape(title)}</h1>"
    return f'<div class="strip">{heading}{"".join(shown)}</div>'


def paragraph(line: str, is_new: bool) -> str:
    for pattern, shown in SHOWN:
        line = pattern.sub(shown, line)
    kind = {"→": "to", "←": "from"}.get(line[0], "end")
    said, arrow, answer = html.escape(line, quote=False).partition("  ←")
    answer = arrow and f' <span class="from">←{answer}</span>'
    return f'<p class="{kind}{"" if is_new else " before"}">{said}{answer}</p>'


def shot(page: Page, caption: str, figures: list[str]) -> bytes:
    page.set_content(
        ALBUM.format(style=STYLE, caption=html.escape(caption), figures="".join(figures))
    )
    size = page.locator("body").bounding_box()
    page.set_viewport_size({"width": round(size["width"]), "height": round(size["height"])})
    return page.screenshot()


# Shows the strip at the bottom of a page on the screen. It takes no clicks and covers nothing.
SHOW_STRIP = """
([strip, style]) => {
  let host = document.getElementById("what-travelled");
  if (!host) {
    host = document.createElement("div");
    host.id = "what-travelled";
    host.ariaHidden = "true";
    host.style = "position: fixed; inset: auto 0 0 0; z-index: 9; pointer-events: none";
    host.attachShadow({ mode: "open" });
    document.documentElement.append(host);
  }
  host.shadowRoot.innerHTML = `<style>${style}</style>${strip}`;
  document.documentElement.style.paddingBottom = `${host.offsetHeight}px`;
}
"""


def write_animated(path: Path, frames: Iterable, comment: str = "") -> None:
    """Write a GIF animation that loops, and shows each frame long enough to read its caption."""
    images = [Image.open(io.BytesIO(frame.png)).convert("RGB") for frame in frames]
    width, height = images[0].size
    all_in_one = Image.new("RGB", (width, height * len(images)))
    for n, image in enumerate(images):
        all_in_one.paste(image, (0, n * height))
    palette = all_in_one.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2)
    first, *others = [image.quantize(palette=palette, dither=0) for image in images]
    seconds = [2.5 + len(frame.caption) / READING for frame in frames]
    path.parent.mkdir(parents=True, exist_ok=True)
    durations = [round(1000 * each) for each in seconds]
    first.save(
        path,
        "GIF",
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        optimize=True,
        comment=comment,
    )
