// Applies the reader's choice of light or dark mode before the first paint, also to what browsers draw around the page.
// Without a choice the system's mode applies.
const applyTheme = (theme) => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.querySelectorAll("meta[name=theme-color]").forEach((meta, at) => {
    const mode = ["light", "dark"][at];
    if (theme) meta.media = mode === theme ? "all" : "not all";
    else meta.media = `(prefers-color-scheme: ${mode})`;
  });
};
try {
  applyTheme(localStorage.getItem("theme"));
} catch {} // storage is blocked
