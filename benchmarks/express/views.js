// The pages of step 04. They use that step's static files.

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (character) => ESCAPES[character]);

const layout = (title, nav, main) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · Two Doors</title>
  <script src="/static/once.js"></script>
  <link rel="icon" href="/static/icon.svg">
  <link rel="stylesheet" href="/static/vendor/pico.classless.min.css">
  <link rel="stylesheet" href="/static/style.css">
</head>
<body>
  <header>
    <nav aria-label="Main">
      <a href="/" class="brand">Two Doors</a>
      ${nav}
    </nav>
  </header>
  <main>
    ${main}
  </main>
</body>
</html>
`;

export const login = ({ next = "", email = "", error }) =>
  layout("Log in", "", `
<article class="narrow">
  <h1>Log in</h1>
  ${error ? `<p role="alert">${error}</p>` : ""}
  <form method="post" action="/login">
    <input type="hidden" name="next" value="${escaped(next)}">
    <label>Email
      <input type="email" name="email" value="${escaped(email)}" autocomplete="email" required>
    </label>
    <label>Password
      <input type="password" name="password" autocomplete="current-password" required>
    </label>
    <button>Log in</button>
  </form>
  <p>New here? <a href="/signup">Sign up</a></p>
</article>`);

/** Returns a field of the sign-up form, with its previous value and the problem of that value. */
const signupField = (name, label, type, autocomplete, value, problem) => `
    <label>${label}
      <input type="${type}" name="${name}" autocomplete="${autocomplete}" required${type === "text" ? ' dir="auto"' : ""}
        value="${escaped(value)}"
        ${problem ? `aria-invalid="true" aria-describedby="${name}-problem"` : ""}>
    </label>
    ${problem ? `<p role="alert" id="${name}-problem">${problem}</p>` : ""}`;

export const signup = ({ firstName = "", lastName = "", email = "" } = {}, problems = {}) =>
  layout("Sign up", "", `
<article class="narrow">
  <h1>Sign up</h1>
  <form method="post" action="/signup">
    ${signupField("first_name", "First name", "text", "given-name", firstName, problems.first_name)}
    ${signupField("last_name", "Last name", "text", "family-name", lastName, problems.last_name)}
    ${signupField("email", "Email", "email", "email", email, problems.email)}
    ${signupField("password", "Password", "password", "new-password", "", problems.password)}
    <button>Sign up</button>
  </form>
  <p>Been here before? <a href="/">Log in</a></p>
</article>`);

const LOG_OUT = '<form method="post" action="/logout"><button>Log out</button></form>';

export const dashboard = ({ user, friends, said = "" }) =>
  layout("Dashboard", LOG_OUT, `
<h1>Dashboard</h1>
<p>
  <strong id="full-name" data-user="${user.id}" dir="auto"></strong>
  <span id="connection" role="status">disconnected</span>
</p>
<p id="turned-away" role="alert" hidden>
  You are logged out. <a href="/">Log in again</a>
</p>
<p id="outcome" aria-live="polite">${escaped(said)}</p>

<article>
  <h2>One session, two doors</h2>
  <p>What does the request's session expose, and what does the socket's?</p>
  <button type="button" id="compare">Compare sessions</button>
  <div class="columns">
    <section>
      <h3>The request's</h3>
      <pre id="request-session"></pre>
    </section>
    <section>
      <h3>The socket's</h3>
      <pre id="socket-session"></pre>
    </section>
  </div>
</article>

<article>
  <h2>All your tabs</h2>
  <p>Connected now: <strong id="sockets"></strong></p>
  <form method="post" action="/wave"><button>Wave</button></form>
  <p id="last-wave" aria-live="polite"></p>
</article>

<article class="columns">
  <section>
    <h2>Friends</h2>
    <ul id="friends" aria-label="Friends">
      ${friends.map((one) => `<li><bdi>${escaped(`${one.firstName} ${one.lastName}`)}</bdi></li>`).join("\n")}
    </ul>
    <form method="post" action="/friends">
      <label>Friend's email
        <input type="email" name="email" autocomplete="off" required>
      </label>
      <button>Add friend</button>
    </form>
  </section>
  <section>
    <h2>Write to your friends</h2>
    <form method="post" action="/comments">
      <label>Comment
        <textarea name="text" rows="3" dir="auto" required></textarea>
      </label>
      <button>Post</button>
    </form>
  </section>
  <section>
    <h2 id="notifications-heading">Notifications</h2>
    <p>What your friends write while you are here.</p>
    <ul id="notifications" aria-labelledby="notifications-heading" aria-live="polite"></ul>
  </section>
</article>

<script src="/static/vendor/socket.io.min.js"></script>
<script type="module" src="/static/dashboard.js"></script>`);
