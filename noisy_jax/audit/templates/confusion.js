// The confusions among the declared labels, as a filter: a matrix for few classes, else a
// list.

const LISTED = 100;

// Both give a function that marks the chosen pair.
function makeConfusions(place, choose) {
  if (!data.pairs.length) {
    place.append(make("p", { class: "hint" }, "No label is declared wrong."));
    return () => {};
  }
  return data.has_matrix ? makeMatrix(place, choose) : makePairs(place, choose);
}

function pairText(given, likely, number) {
  return `given ${className(given)}, likely ${className(likely)}: ${count(number)}`;
}

function makeMatrix(place, choose) {
  const classes = data.class_names.length;
  const most = data.pairs[0][2];
  const numbers = new Map(data.pairs.map((pair) => [String(pair.slice(0, 2)), pair[2]]));
  const heading = make("tr", {}, make("td"));
  for (let likely = 0; likely < classes; likely++) {
    const name = make("span", {}, className(likely));
    heading.append(make("th", { scope: "col", title: className(likely) }, name));
  }
  const body = make("tbody", {}, heading);
  const buttons = [];
  for (let given = 0; given < classes; given++) {
    const title = { scope: "row", title: className(given) };
    const row = make("tr", {}, make("th", title, className(given)));
    for (let likely = 0; likely < classes; likely++) {
      const number = numbers.get(given + "," + likely);
      const cell = make("td", given === likely ? { class: "diagonal" } : {});
      if (number) {
        const text = pairText(given, likely, number);
        const button = make("button", { type: "button", "aria-label": text, title: text });
        if (classes <= 12) button.append(count(number));
        button.tabIndex = buttons.length ? -1 : 0;
        button.style.setProperty("--share", 0.15 + 0.85 * Math.sqrt(number / most));
        button.addEventListener("click", () => choose(given, likely));
        buttons.push(Object.assign(button, { pair: [given, likely] }));
        cell.append(button);
      }
      row.append(cell);
    }
    body.append(row);
  }
  const table = make("table", { class: classes <= 12 ? "matrix" : "matrix fine" }, body);
  table.setAttribute("aria-label", "Number of declared labels by given and likely class");
  table.addEventListener("keydown", (event) => moveInMatrix(event, buttons));
  const readout = make("p", { class: "hint" }, "Rows are given, columns likely labels.");
  const whole = readout.textContent;
  const tell = (event) => {
    const pair = event.target.closest("button")?.pair;
    readout.textContent = pair ? pairText(...pair, numbers.get(String(pair))) : whole;
  };
  table.addEventListener("pointerover", tell);
  table.addEventListener("focusin", tell);
  table.addEventListener("pointerleave", () => (readout.textContent = whole));
  place.append(make("div", { class: "scroll" }, table), readout);
  return (given, likely) => {
    for (const button of buttons) mark(button, button.pair, given, likely);
  };
}

// One stop for the tab key; arrows go to the next count.
function moveInMatrix(event, buttons) {
  const from = buttons.indexOf(event.target);
  const [row, column] = event.target.pair ?? [];
  const inColumn = buttons.filter((button) => button.pair[1] === column);
  const find = {
    ArrowLeft: () => buttons[from - 1],
    ArrowRight: () => buttons[from + 1],
    ArrowUp: () => inColumn.findLast((button) => button.pair[0] < row),
    ArrowDown: () => inColumn.find((button) => button.pair[0] > row),
  }[event.key];
  if (!find) return;
  event.preventDefault();
  const next = find();
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function makePairs(place, choose) {
  const search = make("input", {
    type: "search", "aria-label": "Search the pairs", placeholder: "Search the pairs",
  });
  const list = make("ul", { class: "pairs" });
  const rest = make("p", { class: "hint" });
  let chosen = [-1, -1];
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const text = (pair) => pair.slice(0, 2).map(className).join(" ").toLowerCase();
    const fits = (pair) => words.every((word) => text(pair).includes(word));
    const found = data.pairs.filter(fits);
    list.replaceChildren(
      ...found.slice(0, LISTED).map(([given, likely, number]) => {
        const names = make("span", { class: "names" });
        names.append(
          make("bdi", {}, className(given)), " → ", make("bdi", {}, className(likely)),
        );
        const button = make("button", { type: "button" }, names, count(number));
        button.title = pairText(given, likely, number);
        button.setAttribute("aria-label", button.title);
        button.style.setProperty("--share", `${(100 * number) / data.pairs[0][2]}%`);
        button.addEventListener("click", () => choose(given, likely));
        mark(button, [given, likely], ...chosen);
        return make("li", {}, button);
      }),
    );
    const more = found.length - LISTED;
    rest.textContent = !found.length
      ? "No pair has such names."
      : more > 0
        ? `and ${count(more)} more; search to see them`
        : "";
  };
  search.addEventListener("input", draw);
  place.append(search, list, rest);
  return (...pair) => {
    chosen = pair;
    draw();
  };
}

function mark(button, pair, given, likely) {
  button.setAttribute("aria-pressed", pair[0] === given && pair[1] === likely);
}
