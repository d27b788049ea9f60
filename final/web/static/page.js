// What every page of somebody logged in has: the socket, living forms, drafts, and local times.

import "./live.js";
import "./fresh.js";
import "./state.js";
import "./forms.js";
import "./drafts.js";
import "./times.js";
import "./words.js";
