// A preview reloads itself when it has changed; the browser keeps the place on the page. It looks once a second while the
// page is visible, and more seldom after a quarter of an hour without a change.
const bar = document.querySelector(".preview");
const SHORTEST = 1_000;
const LONGEST = 10_000;
let wait = SHORTEST;

const look = async () => {
  const { status } = await fetch(location.href, {
    headers: { "If-None-Match": `"${bar.dataset.etag}"` },
    cache: "no-store",
  });
  if (status === 200) location.reload();
  // Another headline may have moved the article. If the preview has ended, its root says so.
  else if (status === 404) location.replace(bar.dataset.root);
  else wait = Math.min(wait * (status === 304 ? 1.005 : 2), LONGEST);
};
const follow = async () => {
  if (!document.hidden) await look().catch(() => {}); // no connection: try again
  setTimeout(follow, wait);
};
document.addEventListener("visibilitychange", () => { wait = SHORTEST; });
setTimeout(follow, wait);
