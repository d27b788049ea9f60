"""End a friendship while a comment is being stored."""

from tests.probes import app

posts, friends = app.extensions["feed"].posts, app.extensions["friends"]
write = posts.write


@app.post("/probe/end-while-storing/<one>/<other>")
def end_while_storing(one, other):
    def write_and_end(*args):
        posts.write = write
        post = write(*args)
        friends.end(one, other)
        return post

    posts.write = write_and_end
    return {}
