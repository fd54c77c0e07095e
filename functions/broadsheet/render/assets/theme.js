// Before anything is painted: the reader's own choice of day or night, if there is one and the browser tells it.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {} // the system decides
