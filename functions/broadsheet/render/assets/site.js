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
