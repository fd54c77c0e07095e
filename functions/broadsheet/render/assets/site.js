// What is fresh on a page is a piece of HTML of its own; without this script its place holds a plain link.
for (const place of document.querySelectorAll("[data-fragment]")) {
  fetch(place.dataset.fragment)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => { place.innerHTML = html; })
    .catch(() => {}); // the link stays
}

// Today by the newsroom's own clock, written as the pages write dates.
const { lang } = document.documentElement;
for (const place of document.querySelectorAll("[data-today]")) {
  place.textContent = new Intl.DateTimeFormat(`${lang === "en" ? "en-GB" : lang}-u-nu-latn`, {
    dateStyle: "full",
    timeZone: place.dataset.today,
  }).format(new Date());
}

// A button behind each feed of the directory copies its address; without this script the links are there to copy.
for (const directory of document.querySelectorAll("[data-copy]")) {
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
