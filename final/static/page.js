// What every page of somebody logged in has: the socket, living forms, and the reader's own times.

import "./live.js";
import "./fresh.js";
import "./state.js";
import "./forms.js";
import "./times.js";
