"""An app with Flask-Session, Flask-SocketIO and Flask-Login."""

from flask import Flask
from flask_login import current_user, login_required
from flask_session import Session

from auth import login_manager
from routes import pages
from sockets import socketio, sockets_of

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
app.config["SESSION_TYPE"] = "filesystem"
Session(app)
login_manager.init_app(app)
app.register_blueprint(pages)
socketio.init_app(app)


@app.post("/wave")
@login_required
def wave():
    socketio.emit("wave", {"from": current_user.full_name}, to=current_user.get_id())
    return {"sockets": len(sockets_of(current_user.get_id()))}
