"""The apps of docs/in-your-app.md, and tests which show that its recipes work.

An app's folder has the files that its recipe changes or adds, and `before/` has the old versions of
the changed files. When a test builds an app, the other files come from elsewhere: accounts and the
look of the pages from steps/, files that all three apps share from `every_app/`, and copied files
from the same places as in the recipe. `pieces/` has the copied files that aren't in steps/.
"""
