"""The apps of docs/in-your-app.md, and tests which show that its recipes work.

An app's folder holds the files that its recipe changes, and those which it adds. In `before/` are
the changed files as they were. The rest comes from elsewhere when a test builds an app: accounts
and the look of the pages from steps/, the files that all three apps have from `every_app/`, and
the copied files from wherever the recipe copies them. `pieces/` has the copied files that aren't
in steps/.
"""
