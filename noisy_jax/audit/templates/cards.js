// The list of examples: cards with pictures, or for features the rows of a table. Only
// those in sight are in the document.

const THUMBNAIL = 96;
const ROWS_OUT_OF_SIGHT = 2;
const isTable = data.thumbnails === null;
const sheetUrls = [];

function sheetUrl(sheet) {
  if (!sheetUrls[sheet]) {
    const text = document.getElementsByClassName("sheet")[sheet].textContent;
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    sheetUrls[sheet] = URL.createObjectURL(new Blob([bytes], { type: "image/webp" }));
  }
  return sheetUrls[sheet];
}

// The picture of an example in a box of some side; pixels of small images stay whole.
function makePicture(place, side) {
  const cells = data.thumbnails;
  const fit = side / Math.max(cells.width, cells.height);
  const scale = cells.is_exact ? Math.max(1, Math.floor(fit)) : fit;
  const number = place % cells.per_sheet;
  const left = (number % cells.columns) * cells.cell_width;
  const top = Math.floor(number / cells.columns) * cells.cell_height;
  const picture = make("div", { class: cells.is_exact ? "picture exact" : "picture" });
  Object.assign(picture.style, {
    width: `${cells.width * scale}px`,
    height: `${cells.height * scale}px`,
    backgroundImage: `url("${sheetUrl(Math.floor(place / cells.per_sheet))}")`,
    backgroundPosition: `${-left * scale}px ${-top * scale}px`,
    backgroundSize: `${cells.columns * cells.cell_width * scale}px auto`,
  });
  return picture;
}

function decisionText(place) {
  const decision = decisionOf(place);
  if (!decision) return "";
  if (decision.kind === "relabel") return "→ " + shown(decision.label);
  return decision.kind === "keep" ? "kept" : "left out";
}

// The other classes that copies of an example are labelled with.
function copyClasses(place) {
  return (data.copies[place] ?? []).map(([, label]) => className(label)).join(", ");
}

function describe(place) {
  const copies = copyClasses(place);
  const decision = decisionText(place);
  return [
    shown(data.ids[place]),
    "given " + className(data.given[place]),
    "likely " + className(data.likely[place]),
    "score " + score(data.scores[place]),
    ...(copies ? ["also labelled " + copies] : []),
    ...(data.declared[place] ? [] : ["not declared wrong"]),
    ...(decision ? ["decision: " + decision] : []),
  ].join(", ");
}

function makeCell(kind, text, ...before) {
  const cell = make("span", { class: kind, title: text }, ...before);
  cell.append(make("bdi", {}, text));
  return cell;
}

const COLUMNS = ["Id", "Given", "Likely", "Score", "Also labelled", "Decision"];

function makeExample(place) {
  const quiet = (text) => make("small", {}, text + " ");
  const given = className(data.given[place]);
  const likely = className(data.likely[place]);
  const number = score(data.scores[place]);
  const copies = copyClasses(place);
  const decision = decisionText(place);
  const element = make("div", { class: isTable ? "example row" : "example card" });
  element.id = "example-" + place;
  element.classList.toggle("undeclared", !data.declared[place]);
  const kind = decisionOf(place)?.kind;
  if (kind) element.dataset.decision = kind;
  if (isTable) {
    element.append(
      makeCell("id", shown(data.ids[place])),
      makeCell("given", given, quiet("given")),
      makeCell("likely", likely, quiet("likely")),
      makeCell("score", number, quiet("score")),
      makeCell("copies", copies),
      makeCell("decision", decision),
    );
    for (const cell of element.children) cell.setAttribute("role", "gridcell");
    element.setAttribute("role", "row");
    return element;
  }
  const frame = make("div", { class: "frame" }, makePicture(place, THUMBNAIL));
  if (copies) frame.append(makeCell("copies", copies, "also "));
  if (decision) frame.append(makeCell("decision", decision));
  element.append(
    frame,
    makeCell("given", given, quiet("given")),
    makeCell("likely", likely, quiet("likely")),
    makeCell("score", number, quiet("score")),
  );
  element.setAttribute("role", "option");
  element.setAttribute("aria-label", describe(place));
  element.title = shown(data.ids[place]);
  return element;
}

// Gives what the page does with the list; `choose` is called with the position of a click.
function makeList(place, choose) {
  if (!isTable) {
    // Wide images leave room for more rows.
    const height = parseFloat(makePicture(0, THUMBNAIL).style.height);
    document.documentElement.style.setProperty("--frame", `${Math.max(64, height + 10)}px`);
  }
  const list = make("div", { class: isTable ? "list table" : "list", tabindex: 0 });
  list.setAttribute("aria-label", "Examples");
  list.setAttribute("role", isTable ? "grid" : "listbox");
  if (isTable) {
    const heads = COLUMNS.map((name) => make("span", { role: "columnheader" }, name));
    list.append(make("div", { class: "row heading", role: "row" }, ...heads));
  }
  const body = make("div", { class: "body", role: isTable ? "rowgroup" : "presentation" });
  list.append(body);
  place.append(list);
  const elements = new Map();
  let places = [];
  let chosen = -1;
  let columns = 1;
  let rowHeight = 1;
  let width = 1;

  function layOut() {
    if (!size) return;
    const probe = makeExample(0);
    probe.classList.add("probe");
    body.append(probe);
    const gap = parseFloat(getComputedStyle(body).columnGap) || 0;
    const least = isTable ? body.clientWidth : probe.offsetWidth;
    columns = Math.max(1, Math.floor((body.clientWidth + gap) / (least + gap)));
    width = (body.clientWidth + gap) / columns;
    rowHeight = probe.offsetHeight + gap;
    probe.remove();
    body.style.height = `${Math.ceil(places.length / columns) * rowHeight - gap}px`;
    for (const [position, element] of elements) setPlace(element, position, gap);
    list.gap = gap;
    draw();
  }

  function setPlace(element, position, gap) {
    element.style.left = `${(position % columns) * width}px`;
    element.style.top = `${Math.floor(position / columns) * rowHeight}px`;
    element.style.width = `${width - gap}px`;
    element.setAttribute("aria-selected", position === chosen);
    if (isTable) element.setAttribute("aria-rowindex", position + 2);
    else {
      element.setAttribute("aria-posinset", position + 1);
      element.setAttribute("aria-setsize", places.length);
    }
  }

  function draw() {
    const top = body.getBoundingClientRect().top;
    const firstRow = Math.floor(-top / rowHeight) - ROWS_OUT_OF_SIGHT;
    const lastRow = Math.ceil((innerHeight - top) / rowHeight) + ROWS_OUT_OF_SIGHT;
    const first = Math.max(0, firstRow * columns);
    const end = Math.min(places.length, lastRow * columns);
    for (const [position, element] of elements) {
      if (position >= first && position < end) continue;
      element.remove();
      elements.delete(position);
    }
    for (let position = first; position < end; position++) {
      if (elements.has(position)) continue;
      const element = makeExample(places[position]);
      element.addEventListener("click", () => choose(position));
      setPlace(element, position, list.gap);
      elements.set(position, element);
      body.append(element);
    }
    const active = elements.get(chosen);
    if (active) list.setAttribute("aria-activedescendant", active.id);
    else list.removeAttribute("aria-activedescendant");
  }

  let isAsked = false;
  const drawSoon = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
  addEventListener("scroll", drawSoon, { passive: true });
  addEventListener("resize", drawSoon);
  let knownWidth = 0;
  new ResizeObserver(() => {
    if (list.clientWidth === knownWidth) return;
    knownWidth = list.clientWidth;
    layOut();
  }).observe(list);

  return {
    list,
    columns: () => columns,
    // Shows these examples, one of them chosen.
    show(newPlaces, position) {
      for (const element of elements.values()) element.remove();
      elements.clear();
      places = newPlaces;
      chosen = position;
      list.hidden = !places.length;
      if (isTable) list.setAttribute("aria-rowcount", places.length + 1);
      layOut();
    },
    // Chooses an example and brings it between the bars at the top and the bottom.
    choose(position, above, below) {
      elements.get(chosen)?.setAttribute("aria-selected", false);
      chosen = position;
      elements.get(chosen)?.setAttribute("aria-selected", true);
      const top =
        body.getBoundingClientRect().top + Math.floor(chosen / columns) * rowHeight;
      const over = top - above;
      const under = top + rowHeight - (innerHeight - below);
      if (over < 0) scrollBy(0, over);
      else if (under > 0) scrollBy(0, Math.min(under, over));
      draw();
    },
  };
}
