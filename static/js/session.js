// Session timeout warning, synchronized between tabs, with a button that prolongs the session.

/** Refresh interval of the countdown. */
const SECOND = 1000;

/** Starts the warning on pages with a session. */
export function initSessionWarning() {
  const warning = document.querySelector("[data-session]");
  if (warning) start(warning);
}

function start(warning) {
  const part = (name) => warning.querySelector(`[data-${name}]`);
  const [title, words, left] = [part("title"), part("words"), part("left")];
  const [prolong, signIn, done] = [part("prolong"), part("sign-in"), part("done")];
  words.setAttribute("role", "alert");
  // A timer is not announced every second.
  left.setAttribute("role", "timer");
  done.setAttribute("role", "status");
  // Announced after the warning has closed.
  document.body.append(done);
  // Offset of this clock from the server's.
  let ahead = 0;
  let times = {};
  let closed = false;
  let wasOver = false;
  let asked = 0;

  const now = () => Date.now() - ahead;
  // Also from other tabs; older times are ignored.
  const learn = (said) => {
    if (said.ends < times.ends) return;
    if (said.ends > times.ends) closed = false;
    times = said;
    for (const until of document.querySelectorAll("[data-session-until]")) show(until, said.ends);
    tick();
  };
  const tell = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  tell?.addEventListener("message", ({ data }) => learn(data));

  /** Asks the server for the session's end; GET does not prolong it. */
  const ask = async (method, address) => {
    const headers = { accept: "application/json" };
    try {
      const body = method === "POST" ? new URLSearchParams() : undefined;
      const answer = await fetch(address, { method, headers, body, redirect: "manual" });
      if (answer.type === "opaqueredirect") return over();
      if (!answer.ok) return false;
      const said = await answer.json();
      ahead = Date.now() - said.now;
      learn(said);
      tell?.postMessage(said);
      return true;
    } catch {
      // Offline: the countdown goes on.
      return false;
    }
  };

  /** The session has ended, in another tab or on the server. */
  const over = () => {
    times = { ...times, ends: now() };
    tick();
    return false;
  };

  const say = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const tick = () => {
    const rest = times.ends - now();
    if (now() < times.warned) {
      warning.hidden = true;
      return;
    }
    // Another window may have prolonged the session.
    if (rest > 0 && asked !== times.ends) {
      asked = times.ends;
      ask("GET", "/session");
      return;
    }
    const isOver = rest <= 0;
    const isLast = times.ends >= times.latest;
    say(title, isOver ? title.dataset.over : title.dataset.title);
    const text = isOver ? words.dataset.over : isLast ? words.dataset.last : words.dataset.soon;
    say(left, isOver ? "" : clock(rest));
    prolong.hidden = isOver || isLast;
    signIn.hidden = !isOver;
    if (isOver && !wasOver) closed = false;
    wasOver = isOver;
    // No focus change, so that typing is not interrupted.
    warning.hidden = closed;
    // Set while visible, so that it is announced.
    say(words, text);
  };

  prolong.addEventListener("click", async () => {
    if (await ask("POST", "/session/prolong")) say(done, done.dataset.done);
  });
  part("close").addEventListener("click", () => {
    closed = true;
    tick();
  });
  const number = (name) => Number(warning.dataset[name]);
  ahead = Date.now() - number("now");
  times = { ends: number("ends"), warned: number("warned"), latest: number("latest") };
  tell?.postMessage(times);
  setInterval(tick, SECOND);
  // After sleep, and after a page comes back from the cache.
  addEventListener("pageshow", tick);
  document.addEventListener("visibilitychange", tick);
}

function clock(rest) {
  const seconds = Math.ceil(rest / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** In Korean time, in the page's format. */
function show(element, millis) {
  const korean = new Date(millis + 9 * 3_600_000).toISOString().slice(0, 19);
  element.textContent = `${korean.replace("T", " ")} KST`;
  element.setAttribute("datetime", `${korean}+09:00`);
}
