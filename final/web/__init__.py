"""The first door: login, account, pages, forms, and what each request is checked for.

A module is a page with its forms (`account`, `friends`, `login`, `posts`) or one rule that holds
for all requests (`cross_site`, `page_user`, `throttle`, …). Views ask `domain` and tell `realtime`
which users to notify. This folder may import all others but `transport`.
"""
