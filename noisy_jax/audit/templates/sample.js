// How many of the declared labels that the reader judged were right, and an order in which
// the first are a fair sample of all.

const FEWEST = 20;
const NORMAL_QUANTILE = 1.959964; // of 95 %

// The places in an order that is random, and the same whenever the page is opened.
function shuffledPlaces() {
  const order = data.ids.map((_, place) => place);
  let state = 1;
  for (let end = order.length - 1; end > 0; end--) {
    // The generator of Park and Miller (1988).
    state = (state * 48271) % 2147483647;
    const other = state % (end + 1);
    [order[end], order[other]] = [order[other], order[end]];
  }
  return order;
}

// The interval of Wilson (1927) around a share, at 95 %.
function wilson(hits, number) {
  const z2 = NORMAL_QUANTILE ** 2;
  const middle = (hits + z2 / 2) / (number + z2);
  const half =
    (NORMAL_QUANTILE * Math.sqrt((hits * (number - hits)) / number + z2 / 4)) / (number + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function judgedText() {
  const judged = data.ids.flatMap((_, place) =>
    data.declared[place] && decisionOf(place) ? [decisionOf(place).kind] : [],
  );
  if (judged.length < FEWEST) return "";
  const right = judged.filter((kind) => kind === "keep").length;
  const percent = (share) => (100 * share).toFixed(1);
  const [low, high] = wilson(right, judged.length);
  return (
    `Of the ${count(judged.length)} declared labels you judged, ${count(right)} ` +
    `${right === 1 ? "was" : "were"} right: ${percent(right / judged.length)} % false ` +
    `alarms (95 % interval ${percent(low)} to ${percent(high)} %).`
  );
}
