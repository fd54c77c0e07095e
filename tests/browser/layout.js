// What is wrong with the layout of this page at its present width, as sentences. `page.evaluate` calls it.
() => {
  const root = document.documentElement;
  const found = [];
  const name = (element) => `<${element.localName} class="${element.className}">: ${element.textContent.trim().slice(0, 40)}`;
  const rect = (element) => element.getBoundingClientRect();
  const all = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility({ visibilityProperty: true }));

  // Nothing scrolls sideways but boxes that the keyboard reaches.
  if (root.scrollWidth > root.clientWidth) {
    const contained = (one) => one.closest(".sections ul, .ticker ul, .wide");
    const wide = all.filter((one) => !contained(one)).filter((one) => rect(one).right > root.clientWidth + 1 || rect(one).left < -1);
    found.push(`the page is ${root.scrollWidth} pixels wide: ${wide.slice(0, 3).map(name).join(" | ")}`);
  }
  const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1;
  for (const box of all.filter(scrolls)) {
    const named = box.tabIndex === 0 && box.ariaLabel && box.getAttribute("role");
    if (!named && !box.querySelector("a[href], button")) found.push(`the keyboard cannot scroll ${name(box)}`);
    if (named && !box.querySelector("table, pre")) found.push(`neither table nor code, but scrolls: ${name(box)}`);
    const [outside, inside] = [box, box.firstElementChild].map((one) => getComputedStyle(one).direction);
    if (named && outside !== inside) found.push(`shows its end first: ${name(box)}`);
  }

  // No picture is larger than its file; the crop of one may be, by half. A drawing has no size of its own.
  for (const image of document.images) {
    const { clientWidth: width, clientHeight: height } = image;
    const file = { width: Number(image.getAttribute("width")), height: Number(image.getAttribute("height")) };
    if (!width || !image.naturalWidth || /\.svg\b/.test(image.currentSrc) || !file.width) continue;
    const [least, most] = [width / file.width, height / file.height].sort((a, b) => a - b);
    const fit = getComputedStyle(image).objectFit;
    const scale = { contain: least, "scale-down": Math.min(1, least), none: 1, cover: most / 1.5 }[fit] ?? most;
    if (scale > 1.02) found.push(`${scale.toFixed(2)} times its file: ${image.currentSrc}`);
    if (fit === "fill" && most / least > 1.03) found.push(`distorted: ${image.currentSrc}`);
  }

  // No text covers another one. The middle half of each line's height counts: letters of two lines may touch.
  const clip = (element) => {
    const box = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    for (let around = element; around && around !== document.body; around = around.parentElement) {
      const { overflowX, overflowY, clipPath } = getComputedStyle(around);
      if (overflowX === "visible" && overflowY === "visible" && clipPath === "none") continue;
      const { left, top, right, bottom } = rect(around);
      box.left = Math.max(box.left, left); box.right = Math.min(box.right, right);
      box.top = Math.max(box.top, top); box.bottom = Math.min(box.bottom, bottom);
    }
    return box;
  };
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("sup, sub, .skip, .visually-hidden, .trap, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const bounds = clip(parent);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const quarter = (bottom - top) / 4;
      const line = {
        left: Math.max(left, bounds.left), right: Math.min(right, bounds.right), node,
        top: Math.max(top + quarter, bounds.top), bottom: Math.min(bottom - quarter, bounds.bottom),
      };
      if (line.right - line.left > 1 && line.bottom - line.top > 1) lines.push(line);
    }
  }

  // No date is broken within a word or a number.
  for (const { node } of lines.filter((line) => line.node.parentElement.closest(".masthead, .calendar, time"))) {
    for (const { 0: word, index } of node.data.matchAll(/[^\s\u2013-]+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(`“${word}” is broken`);
    }
  }

  lines.sort((a, b) => a.top - b.top);
  lines.forEach((line, at) => {
    for (let next = at + 1; next < lines.length && lines[next].top < line.bottom - 1; next++) {
      const other = lines[next];
      if (other.node === line.node || Math.min(line.right, other.right) - Math.max(line.left, other.left) <= 2) continue;
      found.push(`“${line.node.data.trim().slice(0, 40)}” covers “${other.node.data.trim().slice(0, 40)}”`);
    }
  });
  return [...new Set(found)].slice(0, 12);
}
