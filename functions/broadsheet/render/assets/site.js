// What is fresh on a page is a piece of HTML of its own, fetched when its place comes near; without this script a plain
// link stands there.
const near = new IntersectionObserver((places) => {
  for (const { target: place } of places.filter(({ isIntersecting }) => isIntersecting)) {
    near.unobserve(place);
    fetch(place.dataset.fragment)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then((html) => { place.innerHTML = html; place.classList.add("came"); })
      .catch(() => {}); // the link stays
  }
}, { rootMargin: "400px" });
for (const place of document.querySelectorAll("[data-fragment]")) near.observe(place);

// Day or night: as the system has it, until the reader chooses the other one. The choice is forgotten when both agree.
const root = document.documentElement;
const night = matchMedia("(prefers-color-scheme: dark)");
for (const button of document.querySelectorAll(".switch")) {
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);
  const show = () => { button.ariaPressed = String(isDark()); };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    const chosen = (theme === "dark") !== night.matches;
    if (chosen) root.dataset.theme = theme;
    else delete root.dataset.theme;
    try {
      if (chosen) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {} // then it holds for this page
    show();
  });
  night.addEventListener("change", show);
  show();
  button.hidden = false;
}

// The headlines move on by themselves, but not for readers who want no motion, and not under a pointer or the focus.
for (const ticker of document.querySelectorAll(".ticker")) {
  const button = ticker.querySelector("button");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const wait = 90; // steps at each end
  let paused = false;
  let waited = 0;
  const name = () => { button.textContent = paused ? button.dataset.resume : button.dataset.pause; };
  button.addEventListener("click", () => { paused = !paused; name(); });
  name();
  setInterval(() => {
    const list = ticker.querySelector("ul");
    const room = list ? list.scrollWidth - list.clientWidth : 0;
    button.hidden = room <= 0 || still.matches;
    if (button.hidden || paused || list.matches(":hover, :focus-within")) return;
    const at = Math.abs(list.scrollLeft); // it counts down from 0 where text runs to the left
    if ((at <= 0 || at >= room - 1) && waited++ < wait) return;
    waited = 0;
    const next = at >= room - 1 ? 0 : at + 1;
    list.scrollLeft = getComputedStyle(list).direction === "rtl" ? -next : next;
  }, 33);
}

// Signing up, told in place; without this script the form leads to a page that tells it. A form carries a stamp that is
// some seconds old, since programs do not wait; whoever is quicker waits here. Where more is asked, that page asks it.
for (const form of document.querySelectorAll(".newsletter form")) {
  const button = form.querySelector("button");
  const said = form.appendChild(document.createElement("p"));
  said.role = "status";
  let stamped;
  const fetchStamp = async () => {
    const answer = await fetch(`${form.action}/form`, { headers: { Accept: "application/json" } });
    const { form_token: stamp, wait_seconds: wait } = await answer.json();
    return { stamp, ripe: performance.now() + 1000 * wait };
  };
  form.addEventListener("focusin", () => { stamped ??= fetchStamp().catch(() => { stamped = undefined; }); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    said.textContent = "";
    try {
      const { stamp, ripe } = (await stamped) ?? (await fetchStamp());
      stamped = undefined;
      await new Promise((go) => { setTimeout(go, ripe - performance.now()); });
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), form_token: stamp }),
      });
      const { message, detail, errors = [] } = await answer.json();
      if (answer.ok) {
        said.textContent = message;
        form.reset();
      } else if (errors.some(({ field }) => field !== "email")) {
        form.submit();
      } else {
        said.textContent = detail ?? form.dataset.failed;
      }
    } catch {
      said.textContent = form.dataset.failed;
    }
    button.ariaDisabled = "false";
  });
}

// Today by the newsroom's own clock, written as the pages write dates.
for (const place of document.querySelectorAll("[data-today]")) {
  place.textContent = new Intl.DateTimeFormat(place.dataset.locale, {
    dateStyle: "full",
    timeZone: place.dataset.today,
  }).format(new Date());
}

// A button behind what is to be shared copies the page's own address.
for (const share of document.querySelectorAll(".share")) {
  const button = share.appendChild(document.createElement("button"));
  const status = share.appendChild(document.createElement("span"));
  status.role = "status";
  button.type = "button";
  button.textContent = share.dataset.copy;
  button.addEventListener("click", async () => {
    if (!(await toClipboard(document.querySelector("link[rel=canonical]").href))) return;
    button.focus();
    status.textContent = share.dataset.copied;
    setTimeout(() => { status.textContent = ""; }, 2000);
  });
}

// A button behind each feed of the directory copies its address; without this script the links are there to copy.
for (const directory of document.querySelectorAll(".directory[data-copy]")) {
  const { copy, copied } = directory.dataset;
  const status = directory.appendChild(document.createElement("p"));
  status.role = "status";
  status.className = "unseen";

  const say = (button, word) => {
    button.textContent = word;
    button.ariaLabel = `${word}: ${button.parentElement.firstElementChild.textContent}`;
  };
  const equip = (list) => {
    for (const row of list.children) say(row.appendChild(document.createElement("button")), copy);
  };
  // What is folded up may be thousands of feeds; they get their buttons when somebody looks.
  directory.querySelectorAll(":scope > ul").forEach(equip);
  for (const folded of directory.querySelectorAll("details")) {
    folded.addEventListener("toggle", () => equip(folded.querySelector("ul")), { once: true });
  }

  directory.addEventListener("click", async ({ target: button }) => {
    if (button.localName !== "button" || !(await toClipboard(button.parentElement.querySelector("a ~ a").href))) return;
    button.focus();
    say(button, copied);
    status.textContent = button.ariaLabel;
    setTimeout(() => { say(button, copy); status.textContent = ""; }, 2000);
  });
}

// Browsers lend the clipboard only over https, and to whom they like; elsewhere a selected field does.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.className = "unseen";
    field.value = text;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
