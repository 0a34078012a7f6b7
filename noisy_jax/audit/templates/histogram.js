// The histogram of all scores. Heights are square roots of counts, or else the few wrong
// labels of a large set could not be seen.

const WIDTH = 300;
const HEIGHT = 90;

function makeHistogram(place, choose) {
  const { low, high, counts, declared } = data.histogram;
  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
  const tallest = Math.sqrt(Math.max(...counts));
  const x = (value) => ((value - low) / (high - low)) * WIDTH;
  const text =
    `Histogram of ${count(total(counts))} scores from ${score(low)} to ${score(high)}, ` +
    `${count(total(declared))} of them declared wrong, below ${score(data.threshold)}`;
  const svg = makeSvg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": text,
  });
  const step = WIDTH / counts.length;
  const bars = (numbers, kind) =>
    numbers.forEach((number, bin) => {
      if (!number) return;
      const height = Math.max(1.5, (Math.sqrt(number) / tallest) * (HEIGHT - 4));
      svg.append(
        makeSvg("rect", {
          x: bin * step, y: HEIGHT - height, width: step * 0.85, height, class: kind,
        }),
      );
    });
  const band = makeSvg("rect", { y: 0, height: HEIGHT, class: "band" });
  svg.append(band);
  bars(counts, "bar");
  bars(declared, "bar declared");
  const isInside = data.threshold >= low && data.threshold <= high;
  if (isInside) {
    const at = x(data.threshold);
    svg.append(makeSvg("line", { x1: at, x2: at, y1: 0, y2: HEIGHT, class: "threshold" }));
  }

  const scoreAt = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return low + Math.min(1, Math.max(0, share)) * (high - low);
  };
  let start = null;
  svg.addEventListener("pointerdown", (event) => {
    start = scoreAt(event);
    svg.setPointerCapture(event.pointerId);
  });
  const bin = (high - low) / counts.length;
  const isDrag = (end) => Math.abs(end - start) > bin / 2;
  svg.addEventListener("pointermove", (event) => {
    if (start === null || !isDrag(scoreAt(event))) return;
    choose(...[start, scoreAt(event)].sort((one, other) => one - other));
  });
  svg.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const number = Math.min(counts.length - 1, Math.floor((start - low) / bin));
    // A click chooses the bar.
    if (!isDrag(scoreAt(event))) choose(low + number * bin, low + (number + 1) * bin);
    start = null;
  });
  svg.addEventListener("pointercancel", () => (start = null));

  const axis = make("div", { class: "axis", "aria-hidden": "true" });
  axis.append(make("span", {}, score(low)), make("span", {}, score(high)));
  const legend = make("p", { class: "hint" });
  legend.append(
    make("i", { class: "swatch" }), "declared wrong, below ", score(data.threshold),
    ". Click a bar or drag. Heights are square roots of counts.",
  );
  place.append(svg, axis, legend);

  // Draws the chosen range.
  return (from, to) => {
    const [left, right] = [from, to].map((value) => Math.min(WIDTH, Math.max(0, x(value))));
    const isWhole = from === -Infinity && to === Infinity;
    band.setAttribute("x", isWhole ? 0 : left);
    band.setAttribute("width", isWhole ? 0 : Math.max(1, right - left));
  };
}
