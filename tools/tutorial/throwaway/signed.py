"""Flask's own sessions, in an app to throw away."""

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "nobody can guess this"


@app.post("/login")
def login():
    session["user"] = "Ada"
    return "Hello, Ada."


@app.post("/logout")
def logout():
    session.clear()
    return "Goodbye."


@app.get("/")
def home():
    return f"You are {session.get('user')}."
