// Parts of a page load when their elements come near the viewport. Without this script the elements hold plain links.
const whenNear = (selector, load, rootMargin = "400px") => {
  const observer = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
      observer.unobserve(target);
      load(target).catch(() => {}); // the links remain
    }
  }, { rootMargin });
  for (const element of document.querySelectorAll(selector)) observer.observe(element);
};
const fetchText = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
};
// A page of a preview has its path on the site behind the link's token.
const pathOf = (link) => new URL(link.getAttribute("href"), location).pathname.replace(/^\/preview\/[^/]+/, "");
const canonical = document.querySelector("link[rel=canonical]");
const ownPath = canonical && pathOf(canonical);
// All pages share a fragment, so a list in it has one article more than it shows: a page does not list itself.
whenNear("[data-fragment]:not(.ads)", async (element) => {
  const { content } = Object.assign(document.createElement("template"), { innerHTML: await fetchText(element.dataset.fragment) });
  for (const list of content.querySelectorAll("[data-most]")) {
    const others = [...list.children].filter((item) => pathOf(item.querySelector("a")) !== ownPath);
    list.replaceChildren(...others.slice(0, list.dataset.most));
  }
  element.replaceChildren(content);
  element.classList.add("loaded");
});

// Ads are shown when their pictures are there, those whose picture fails not at all, and while the footer is out of sight:
// so they leave no hole, and nothing that a reader sees moves.
whenNear(".ads", async (slot) => {
  const ads = document.createElement("div");
  ads.innerHTML = await fetchText(slot.dataset.fragment);
  const decoded = (ad) => ad.querySelector("img").decode().catch(() => ad.remove());
  await Promise.all([...ads.querySelectorAll(".ad")].map(decoded));
  new IntersectionObserver(([{ isIntersecting }], observer) => {
    if (isIntersecting) return;
    observer.disconnect();
    slot.replaceChildren(...ads.children);
    slot.classList.add("loaded");
  }).observe(document.querySelector(".imprint"));
}, "1500px");

// Related articles: the cards of those that the article names; else the newest of its tags and its section, from the pages
// to which the block links.
const fetchArticles = async (url) => {
  const page = new DOMParser().parseFromString(await fetchText(url).catch(() => ""), "text/html");
  return [...page.querySelectorAll(".teaser")];
};
const newestOf = async (channels) => {
  const seen = new Set([ownPath]);
  const found = [];
  for (const channel of channels) {
    if (found.length === 3) break;
    for (const teaser of await fetchArticles(channel)) {
      const path = pathOf(teaser.querySelector("h2 a"));
      if (found.length < 3 && !seen.has(path)) found.push(teaser);
      seen.add(path);
    }
  }
  for (const teaser of found) {
    teaser.querySelectorAll(".meta span").forEach((part) => part.remove());
    teaser.querySelectorAll("[sizes]").forEach((image) => { image.sizes = "(min-width: 40rem) 22rem, 6rem"; });
    const headline = document.createElement("h3");
    headline.append(...teaser.querySelector("h2").childNodes);
    teaser.querySelector("h2").replaceWith(headline);
  }
  return found;
};
whenNear(".related", async (block) => {
  const list = block.querySelector(".teasers");
  const cards = [...list.querySelectorAll("[data-card]")].map(({ dataset }) => fetchArticles(dataset.card));
  const named = (await Promise.all(cards)).flat();
  const articles = named.length ? named : await newestOf([...list.querySelectorAll("a")]);
  if (articles.length) list.replaceChildren(...articles);
  block.classList.add("loaded");
});

// Light or dark: the system's mode, until the reader chooses the other one. A choice equal to the system's is not stored.
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");
for (const button of document.querySelectorAll(".switch")) {
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const show = () => { button.ariaPressed = String(isDark()); };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    const chosen = (theme === "dark") !== systemDark.matches;
    applyTheme(chosen && theme);
    try {
      if (chosen) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {} // storage is blocked: the choice holds for this page
    show();
  });
  systemDark.addEventListener("change", show);
  show();
  button.hidden = false;
}

// The headlines scroll by themselves, except with reduced motion, under the pointer, and with the focus inside.
for (const ticker of document.querySelectorAll(".ticker")) {
  const button = ticker.querySelector("button");
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const wait = 90; // steps at each end
  let paused = false;
  let waited = 0;
  const setLabel = () => { button.textContent = paused ? button.dataset.resume : button.dataset.pause; };
  button.addEventListener("click", () => { paused = !paused; setLabel(); });
  setLabel();
  setInterval(() => {
    const list = ticker.querySelector("ul");
    const room = list ? list.scrollWidth - list.clientWidth : 0;
    button.hidden = room <= 0 || reducedMotion.matches;
    if (button.hidden || paused || list.matches(":hover, :focus-within")) return;
    const at = Math.abs(list.scrollLeft); // negative in right-to-left text
    if ((at <= 0 || at >= room - 1) && waited++ < wait) return;
    waited = 0;
    const next = at >= room - 1 ? 0 : at + 1;
    list.scrollLeft = getComputedStyle(list).direction === "rtl" ? -next : next;
  }, 33);
}

// Signing up without leaving the page. Without this script, the form opens a page. A form token must be some seconds old,
// because bots do not wait; a faster reader waits here. Errors in other fields are for the form's own page.
for (const form of document.querySelectorAll(".newsletter form")) {
  const button = form.querySelector("button");
  const status = form.appendChild(document.createElement("p"));
  status.role = "status";
  let loaded;
  const fetchToken = async () => {
    const answer = await fetch(`${form.action}/form`, { headers: { Accept: "application/json" } });
    const { form_token: token, wait_seconds: wait } = await answer.json();
    return { token, ripe: performance.now() + 1000 * wait };
  };
  form.addEventListener("focusin", () => { loaded ??= fetchToken().catch(() => { loaded = undefined; }); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    status.textContent = "";
    try {
      const { token, ripe } = (await loaded) ?? (await fetchToken());
      loaded = undefined;
      await new Promise((go) => { setTimeout(go, ripe - performance.now()); });
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), form_token: token }),
      });
      const { message, detail, errors = [] } = await answer.json();
      if (answer.ok) {
        status.textContent = message;
        form.reset();
      } else if (errors.some(({ field }) => field !== "email")) {
        form.submit();
      } else {
        status.textContent = detail ?? form.dataset.failed;
      }
    } catch {
      status.textContent = form.dataset.failed;
    }
    button.ariaDisabled = "false";
  });
}

// Today's date in the newsroom's time zone, in the format of the pages.
for (const element of document.querySelectorAll("[data-today]")) {
  element.textContent = new Intl.DateTimeFormat(element.dataset.locale, {
    dateStyle: "full",
    timeZone: element.dataset.today,
  }).format(new Date());
}

// Where the device has a menu for sharing, a button opens it in place of the links. Another one copies the page's URL.
for (const share of document.querySelectorAll(".share")) {
  if (navigator.share) {
    const open = Object.assign(document.createElement("button"), { type: "button", textContent: share.dataset.share });
    open.addEventListener("click", () => {
      const title = document.querySelector("h1").textContent;
      navigator.share({ title, url: canonical.href }).catch(() => {}); // the reader closed the menu
    });
    share.replaceChildren(open);
  }
  const button = share.appendChild(document.createElement("button"));
  const status = share.appendChild(document.createElement("span"));
  status.role = "status";
  button.type = "button";
  button.textContent = share.dataset.copy;
  button.addEventListener("click", async () => {
    if (!(await toClipboard(canonical.href))) return;
    button.focus();
    status.textContent = share.dataset.copied;
    setTimeout(() => { status.textContent = ""; }, 2000);
  });
}

// A button beside each feed of the directory copies its URL. Without this script readers copy the link themselves.
for (const directory of document.querySelectorAll(".directory[data-copy]")) {
  const { copy, copied } = directory.dataset;
  const status = directory.appendChild(document.createElement("p"));
  status.role = "status";
  status.className = "visually-hidden";

  const setLabel = (button, label) => {
    button.textContent = label;
    button.ariaLabel = `${label}: ${button.parentElement.firstElementChild.textContent}`;
  };
  const addButtons = (list) => {
    for (const row of list.children) setLabel(row.appendChild(document.createElement("button")), copy);
  };
  // Folded lists may hold thousands of feeds; they get their buttons when they are opened.
  directory.querySelectorAll(":scope > ul").forEach(addButtons);
  for (const folded of directory.querySelectorAll("details")) {
    folded.addEventListener("toggle", () => addButtons(folded.querySelector("ul")), { once: true });
  }

  directory.addEventListener("click", async ({ target: button }) => {
    if (button.localName !== "button" || !(await toClipboard(button.parentElement.querySelector("a ~ a").href))) return;
    button.focus();
    setLabel(button, copied);
    status.textContent = button.ariaLabel;
    setTimeout(() => { setLabel(button, copy); status.textContent = ""; }, 2000);
  });
}

// The clipboard API needs HTTPS and permission; a selected field works without.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.className = "visually-hidden";
    field.value = text;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
