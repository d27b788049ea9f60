"""The picture of the README: the story in three browsers, side by side."""

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.steps.servers import App, running

PICTURE = Path(__file__).parent.parent.parent / "docs" / "story.png"
COMMENT = "My note on the engine is finished. Who would like to read it?"
SIDE_BY_SIDE = """
<body style="margin: 0; padding: 20px; display: flex; gap: 20px; background: #e7eaf0">
  {figures}
</body>
"""
FIGURE = """
<figure style="margin: 0; border-radius: 12px; overflow: hidden; background: #2d3138">
  <figcaption style="padding: 9px 16px; color: #fff; font: 600 17px system-ui, sans-serif">
    {caption}
  </figcaption>
  <img src="data:image/png;base64,{image}" style="display: block; width: 420px">
</figure>
"""


def test_the_story_can_be_seen(final: App, new_context, tmp_path: Path, pytestconfig):
    """With --picture it is written to docs/story.png, else only made."""
    picture = PICTURE if pytestconfig.option.picture else tmp_path / PICTURE.name
    with running(final) as server:
        pages: dict[str, Page] = {}
        for name in "Ada Lovelace", "Grace Hopper", "Alan Turing":
            page = new_context(
                viewport={"width": 420, "height": 830}, color_scheme="light"
            ).new_page()
            page.goto(server.url)
            page.get_by_role("button", name=f"Be {name}").click()
            expect(page.locator("#full-name")).to_have_text(name)
            pages[name] = page

        ada, grace, alan = pages.values()
        ada.get_by_label("Comment").fill(COMMENT)
        ada.get_by_role("button", name="Post").click()
        expect(grace.get_by_role("list", name="Notifications")).to_contain_text(COMMENT)
        alan.get_by_role("button", name="Wave").click()  # comes later than the comment
        expect(alan.get_by_text("Alan Turing waves")).to_be_visible()
        expect(alan.get_by_role("list", name="Notifications")).to_be_empty()

        captions = ["Ada writes", "Grace, a friend, sees it", "Alan, a stranger, does not"]
        figures = [
            FIGURE.format(caption=caption, image=window(page))
            for caption, page in zip(captions, pages.values(), strict=True)
        ]
        album = new_context(viewport={"width": 1340, "height": 890}).new_page()
        album.set_content(SIDE_BY_SIDE.format(figures="".join(figures)))
        album.screenshot(path=picture, full_page=True)
    assert picture.read_bytes().startswith(b"\x89PNG")


def window(page: Page) -> str:
    """Return a picture of what the page shows at its end, as base64."""
    page.get_by_role("heading", name="Notifications").scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    return base64.b64encode(page.screenshot()).decode()
