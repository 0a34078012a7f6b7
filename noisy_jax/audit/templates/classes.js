// The dialog that chooses a class by part of its name.

const MATCHES = 200;

function makeClassChoice(choose) {
  const dialog = byId("classes");
  const search = byId("classes-search");
  const list = byId("classes-list");
  let matches = [];
  let active = 0;

  function find() {
    const part = search.value.trim().toLowerCase();
    const at = (label) => className(label).toLowerCase().indexOf(part);
    matches = data.class_names
      .map((_, label) => label)
      .filter((label) => at(label) >= 0)
      // Names that begin so come first; the sort keeps the order of the others.
      .sort((one, other) => Math.sign(at(one)) - Math.sign(at(other)))
      .slice(0, MATCHES);
    active = 0;
    const options = matches.map((label, place) => {
      const option = make("li", { role: "option", id: "class-" + label });
      option.append(make("bdi", {}, className(label)));
      option.addEventListener("click", () => take(place));
      return option;
    });
    list.replaceChildren(...options);
    const none = make("li", { class: "hint" }, "No class has this name.");
    if (!options.length) list.append(none);
    mark();
  }

  function mark() {
    matches.forEach((label, place) => {
      list.children[place].setAttribute("aria-selected", place === active);
    });
    const option = matches.length ? list.children[active] : null;
    search.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    if (place >= matches.length) return;
    dialog.close();
    // It would still take the next key.
    search.blur();
    choose(matches[place]);
  }

  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && matches.length) {
      active = (active + step + matches.length) % matches.length;
      mark();
    } else if (event.key === "Enter") take(active);
    else return;
    event.preventDefault();
  });
  // A click beside the dialog is on its backdrop.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return {
    isOpen: () => dialog.open,
    open() {
      search.value = "";
      dialog.showModal();
      find();
      search.focus();
    },
  };
}
