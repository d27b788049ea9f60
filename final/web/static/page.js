// Everything that runs on each page of a logged-in user. dashboard.js, notifications.js, threads.js and
// panel.js add what only their pages have.

import "./live.js";
import "./refresh.js";
import "./state.js";
import "./forms.js";
import "./drafts.js";
import "./people.js";
import "./times.js";
