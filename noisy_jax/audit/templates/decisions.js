// The decisions by id, each a kind and the class name to relabel to, or "". A loaded file
// may decide on examples that this page does not show; they are kept and written again.

const KINDS = ["relabel", "keep", "leave_out"];
const HEADING = ["id", "decision", "label"];
const storageKey = "noisy_jax.audit:" + data.key;
const decisions = new Map();
// For undo: the ids and decisions before each change.
const past = [];
const placeOf = new Map(data.ids.map((id, place) => [id, place]));

const decisionOf = (place) => decisions.get(data.ids[place]);

function set(id, decision) {
  if (decision) decisions.set(id, decision);
  else decisions.delete(id);
}

// Makes decisions, [[id, decision], ...], as one change.
function change(pairs) {
  past.push(pairs.map(([id]) => [id, decisions.get(id)]));
  for (const [id, decision] of pairs) set(id, decision);
  store();
}

// Takes the last change back, and gives the ids it was about.
function undo() {
  const pairs = past.pop();
  if (!pairs) return [];
  for (const [id, decision] of pairs) set(id, decision);
  store();
  return pairs.map(([id]) => id);
}

// Rows in the order of the page, then those that it does not show.
function rows() {
  const place = (id) => placeOf.get(id) ?? size;
  const ids = [...decisions.keys()].sort((one, other) => place(one) - place(other));
  return ids.map((id) => [id, decisions.get(id).kind, decisions.get(id).label]);
}

function fromRows(table) {
  return table.map(([id, kind, label]) => [id, { kind, label }]);
}

let isStored = true;

function store() {
  try {
    localStorage.setItem(storageKey, JSON.stringify(rows()));
    isStored = true;
  } catch {
    // A browser may refuse, or be full.
    isStored = false;
  }
}

function restore() {
  decisions.clear();
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    for (const [id, decision] of fromRows(stored)) decisions.set(id, decision);
  } catch {
    isStored = false;
  }
}

// Reads a file of decisions, or throws an error that says what is wrong with it.
function readDecisions(text) {
  const [heading, ...table] = fromCsv(text);
  if (String(heading) !== String(HEADING)) {
    throw new Error(`its first row must be ${HEADING}`);
  }
  const names = new Set(data.class_names);
  table.forEach(([id, kind, label, ...rest], row) => {
    const place = `row ${row + 2}`;
    if (label === undefined || rest.length) throw new Error(`${place} must have 3 cells`);
    if (!KINDS.includes(kind)) {
      throw new Error(`${place}: decision "${shown(kind)}", must be ${KINDS.join(" or ")}`);
    }
    if (kind === "relabel" ? !names.has(label) : label !== "") {
      const right = kind === "relabel" ? "the name of a class" : "empty";
      throw new Error(`${place}: label "${shown(label)}", must be ${right}`);
    }
  });
  return fromRows(table);
}

function download() {
  const url = URL.createObjectURL(toBytes(toCsv([HEADING, ...rows()])));
  make("a", { href: url, download: "decisions.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
