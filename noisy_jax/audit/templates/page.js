// The page: filters, the chosen example, keys and buttons.

const NO_FILTER = { given: -1, likely: -1, low: -Infinity, high: Infinity, decided: "" };
const someDeclared = data.declared.includes(1);
const filter = { ...NO_FILTER, onlyDeclared: someDeclared };
const ORDERS = { likeliest: data.ids.map((_, place) => place), random: shuffledPlaces() };
let order = "likeliest";
let places = [];
let position = 0;

const chosenPlace = () => places[position] ?? -1;

function isVisible(place) {
  const kind = decisionOf(place)?.kind ?? "none";
  return (
    (filter.given < 0 || data.given[place] === filter.given) &&
    (filter.likely < 0 || data.likely[place] === filter.likely) &&
    data.scores[place] >= filter.low &&
    data.scores[place] <= filter.high &&
    (!filter.onlyDeclared || data.declared[place] === 1) &&
    (!filter.decided || kind === filter.decided)
  );
}

// Draws all anew; the example that was chosen stays so, or the next one is.
function refresh(wanted = chosenPlace()) {
  places = ORDERS[order].filter(isVisible);
  const next = places.findIndex((place) => place === wanted);
  position = next < 0 ? Math.max(0, Math.min(position, places.length - 1)) : next;
  examples.show(places, position);
  showFilter();
  showCounts();
  showChosen();
}

function showFilter() {
  byId("given").value = filter.given;
  byId("likely").value = filter.likely;
  byId("decided").value = filter.decided;
  byId("order").value = order;
  byId("only-declared").checked = filter.onlyDeclared;
  byId("only-declared").disabled = !someDeclared;
  const text = (value) => (Number.isFinite(value) ? String(value) : "");
  for (const end of ["low", "high"]) {
    if (document.activeElement !== byId(end)) byId(end).value = text(filter[end]);
  }
  markPair(filter.given, filter.likely);
  markRange(filter.low, filter.high);
}

function showCounts() {
  const kinds = [...decisions.values()].map(({ kind }) => kind);
  const words = KINDS.map((kind) => {
    const number = kinds.filter((one) => one === kind).length;
    return number ? `${count(number)} ${kind.replace("_", " ")}` : "";
  });
  byId("matches").textContent = `${count(places.length)} of ${count(size)} shown`;
  byId("counter").textContent = !kinds.length
    ? "none decided"
    : `${count(kinds.length)} decided: ${words.filter(Boolean).join(", ")}`;
  byId("judged").textContent = judgedText();
  byId("judged").hidden = !judgedText();
  byId("download").disabled = !kinds.length;
  byId("undo").disabled = !past.length;
  const isEmpty = !places.length;
  byId("empty").hidden = !isEmpty;
  if (isEmpty) byId("empty").textContent = "No example fits these filters.";
}

function showChosen() {
  const place = chosenPlace();
  for (const id of ["accept", "keep", "leave-out", "relabel"]) {
    byId(id).disabled = place < 0;
  }
  const parts = [];
  if (place >= 0) {
    if (!isTable) parts.push(make("div", { class: "frame" }, makePicture(place, 64)));
    const text = make("div", { class: "text" });
    const line = make("p", { class: "labels" });
    line.append(
      makeCell("given", className(data.given[place]), "given "),
      makeCell("likely", className(data.likely[place]), "likely "),
      makeCell("score", score(data.scores[place]), "score "),
    );
    if (decisionText(place)) {
      line.append(makeCell("decision", decisionText(place)));
      line.lastChild.dataset.decision = decisionOf(place).kind;
    }
    text.append(make("p", { class: "id" }, make("bdi", {}, shown(data.ids[place]))), line);
    const copies = (data.copies[place] ?? []).map(
      ([id, label]) => `${className(label)} (${shown(id)})`,
    );
    if (copies.length) {
      text.append(makeCell("copies", copies.join(", "), "also labelled "));
    }
    parts.push(text);
  }
  byId("chosen").replaceChildren(...parts);
}

function say(text) {
  const isLost = !isStored && decisions.size;
  const warning = " This browser keeps no decisions: download them before you leave.";
  byId("status").textContent = text + (isLost ? warning : "");
}

function choose(next) {
  if (!places.length) return;
  position = Math.max(0, Math.min(places.length - 1, next));
  examples.choose(position, byId("toolbar").offsetHeight + 8, dock.offsetHeight + 8);
  showChosen();
}

// Decides on the chosen example and goes to the next.
function decide(kind, label = "") {
  const place = chosenPlace();
  if (place < 0) return;
  // To relabel to the given label is to keep it.
  if (kind === "relabel" && label === data.class_names[data.given[place]]) {
    [kind, label] = ["keep", ""];
  }
  change([[data.ids[place], { kind, label }]]);
  say(`${shown(data.ids[place])}: ${decisionText(place)}.`);
  // Under a filter by decision the next example has moved up.
  const next = isVisible(place) ? (places[position + 1] ?? place) : chosenPlace();
  refresh(next);
  choose(position);
}

const decideOn = {
  accept: () => {
    if (chosenPlace() >= 0) decide("relabel", data.class_names[data.likely[chosenPlace()]]);
  },
  keep: () => decide("keep"),
  "leave-out": () => decide("leave_out"),
  relabel: () => {
    if (chosenPlace() >= 0) classes.open();
  },
  undo: () => {
    const ids = undo();
    if (!ids.length) return say("There is nothing to undo.");
    say(ids.length === 1 ? `${shown(ids[0])}: undone.` : `${count(ids.length)} undone.`);
    refresh(placeOf.get(ids[0]));
    choose(position);
  },
};

const KEYS = { a: "accept", k: "keep", x: "leave-out", r: "relabel", u: "undo" };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const isField = event.target.matches("input:not([type=checkbox]), select");
  if (isField || classes.isOpen()) return;
  const name = KEYS[event.key.toLowerCase()];
  if (name) {
    event.preventDefault();
    decideOn[name]();
    return;
  }
  const columns = examples.columns();
  const step = isTable
    ? { ArrowUp: -1, ArrowDown: 1 }[event.key]
    : { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  const ends = { Home: 0, End: places.length - 1 };
  const next = step ? position + step : ends[event.key];
  if (next === undefined) return;
  event.preventDefault();
  if (ends[event.key] !== undefined || (next >= 0 && next < places.length)) choose(next);
}

function fillClasses(id, labels) {
  const numbers = new Map();
  for (const label of labels) numbers.set(label, (numbers.get(label) ?? 0) + 1);
  const options = [make("option", { value: -1 }, "Any class")];
  data.class_names.forEach((_, label) => {
    if (!numbers.has(label)) return;
    const text = `${className(label)} (${count(numbers.get(label))})`;
    options.push(make("option", { value: label }, text));
  });
  byId(id).append(...options);
}

async function load(file) {
  try {
    const pairs = readDecisions(fromBytes(new Uint8Array(await file.arrayBuffer())));
    const others = pairs.filter(([id]) => !placeOf.has(id)).length;
    change(pairs);
    const rest = others ? ` ${count(others)} are on examples that this page lacks.` : "";
    say(`${count(pairs.length)} decisions loaded.${rest}`);
    refresh();
  } catch (error) {
    say(`${shown(file.name)} is not loaded: ${error.message}.`);
  }
}

const dock = document.querySelector(".dock");
const examples = makeList(byId("list-place"), (next) => {
  choose(next);
  examples.list.focus({ preventScroll: true });
});
const classes = makeClassChoice((label) => decide("relabel", data.class_names[label]));
const markRange = makeHistogram(byId("histogram"), (low, high) => {
  Object.assign(filter, { low, high });
  refresh();
});
const markPair = makeConfusions(byId("confusions"), (given, likely) => {
  const isChosen = filter.given === given && filter.likely === likely;
  Object.assign(filter, isChosen ? { given: -1, likely: -1 } : { given, likely });
  refresh();
});
fillClasses("given", data.given);
fillClasses("likely", data.likely);
for (const id of ["given", "likely", "decided", "low", "high", "only-declared"]) {
  byId(id).addEventListener("input", () => {
    const number = (text, none) => (text === "" ? none : Number(text));
    filter.given = Number(byId("given").value);
    filter.likely = Number(byId("likely").value);
    filter.decided = byId("decided").value;
    filter.low = number(byId("low").value, -Infinity);
    filter.high = number(byId("high").value, Infinity);
    filter.onlyDeclared = byId("only-declared").checked;
    refresh();
  });
}
byId("order").addEventListener("input", () => {
  order = byId("order").value;
  // From its start: the sample is not to depend on the example that was chosen.
  refresh(ORDERS[order].find(isVisible));
  choose(position);
});
byId("clear").addEventListener("click", () => {
  Object.assign(filter, NO_FILTER, { onlyDeclared: false });
  refresh();
});
for (const id in decideOn) byId(id).addEventListener("click", decideOn[id]);
byId("download").addEventListener("click", download);
byId("load").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) await load(file);
  event.target.value = "";
});
document.addEventListener("keydown", onKey);
addEventListener("storage", (event) => {
  if (event.key !== storageKey) return;
  restore();
  refresh();
});
addEventListener("beforeunload", (event) => {
  if (!isStored && decisions.size) event.preventDefault();
});
// On a narrow screen they would hide the examples.
if (innerWidth < 900) byId("filters").open = byId("about").open = false;
restore();
refresh();
if (!someDeclared) say("No label is declared wrong. These are the likeliest.");
