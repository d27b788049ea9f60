// The inbox: all notifications, and more on scrolling.

import "./page.js";
import "./notifications.js";
import "./older.js";
