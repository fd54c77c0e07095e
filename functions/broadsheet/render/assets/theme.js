// Applies the reader's choice of light or dark mode before the first paint.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {} // storage is blocked: the system's mode applies
