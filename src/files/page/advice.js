// Which learning rate to take, of the descents that were made for the view: twin of the advice of a sweep (analysis/alphas and
// analysis/advice).

// Share of the starts that must arrive for a learning rate to be called sure; and one below which none is named.
const [SURE, FEW_STARTS] = [0.99, 0.2];
// Of a descent that stands still, and of one that still falls: what may be missing of the way to its minimum.
const MISSING = { [SETTLED]: 1e-6, [DESCENDING]: 1e-12 };
const MOST_KNOWN = 4096;
const NEVER = Infinity;

// Looks at a pass row by row, and at last, called without a row, says what it says. Nothing where α is no axis.
function adviceOf(pass) {
  const side = X.name === "alpha" ? "x" : Y && Y.name === "alpha" ? "y" : null;
  if (!side) return () => null;
  const alphas = side === "x" ? pass.xs : pass.ys;
  const steps = Array.from(alphas, () => []);
  const [waiting, converged] = [[], []];
  let firstRise = Infinity;
  const look = (row) => {
    for (let column = 0; column < pass.width; column++) {
      const cell = row * pass.width + column;
      const [outcome, made, start, loss] = [pass.outcome[cell], pass.steps[cell], pass.start[cell], pass.loss[cell]];
      const at = side === "x" ? column : row;
      if (!(alphas[at] > 0) || (made === 0 && BY_STEPS.has(outcome))) continue;
      const worse = D.limits.batched ? outcome === DIVERGED : outcome === DIVERGED || outcome === RISING;
      if (worse) firstRise = Math.min(firstRise, at);
      const place = steps[at].push(NEVER) - 1;
      if (!(loss <= start)) continue;
      if (outcome === CONVERGED) {
        steps[at][place] = made;
        converged.push(loss);
      } else if (outcome in MISSING) waiting.push({ at, place, outcome, made, start, loss });
    }
  };
  return (row) => (row === undefined ? adviceFrom({ alphas, steps, waiting, converged, firstRise }) : look(row));
}

function adviceFrom({ alphas, steps, waiting, converged, firstRise }) {
  const every = Math.max(1, Math.ceil(converged.length / MOST_KNOWN));
  const lowest = waiting.filter(({ outcome }) => outcome === SETTLED).reduce((least, { loss }) => Math.min(least, loss), Infinity);
  const known = Float64Array.from([...converged.filter((_, at) => at % every === 0), lowest].filter(Number.isFinite)).sort();
  for (const { at, place, outcome, made, start, loss } of known.length > 0 ? waiting : []) {
    // The lowest loss known of its minimum: of the known ones the next below.
    const below = Math.max(0, upTo(known, loss) - 1);
    if (loss - known[below] <= MISSING[outcome] * (start - known[below])) steps[at][place] = made;
  }
  const picks = steps.map((list, at) => {
    const sorted = Float64Array.from(list).sort();
    const arrived = upTo(sorted, Number.MAX_VALUE);
    return { alpha: alphas[at], at, of: list.length, arrived, median: list.length > 0 ? sorted[(list.length - 1) >> 1] : NEVER };
  }).filter(({ alpha }) => alpha > 0);
  const share = ({ of, arrived }) => (of === 0 ? 0 : arrived / of);
  const isSure = ({ of, arrived }) => of > 0 && arrived >= SURE * of;
  const most = Math.max(0, ...picks.map(share));
  if (most < FEW_STARTS) return { fastest: null, safe: null, firstRise: alphas[firstRise] ?? null };
  const candidates = picks.some(isSure) ? picks.filter(isSure) : picks.filter((pick) => share(pick) === most);
  const fastest = candidates.reduce((best, pick) => (pick.median < best.median ? pick : best));
  let safe = isSure(fastest) ? picks.indexOf(fastest) : null;
  while (safe !== null && safe + 1 < picks.length && isSure(picks[safe + 1])) safe += 1;
  return { fastest, safe: safe === null ? null : picks[safe], atEnd: safe === picks.length - 1, firstRise: alphas[firstRise] ?? null };
}

// How many of sorted numbers are at most this one.
function upTo(sorted, value) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    sorted[middle] <= value ? (from = middle + 1) : (to = middle);
  }
  return from;
}

// In words, beside the map: of the view where it is not the sweep's own, else of the sweep.
function advise() {
  const from = D.report.findIndex((fact) => fact.label === "best α");
  const more = D.report.slice(from + 1).findIndex((fact) => fact.label !== "");
  const facts = from < 0 ? [] : D.report.slice(from, more < 0 ? undefined : from + 1 + more);
  const ofSweep = facts.map((fact) => fact.parts.join(" · "));
  const pass = livePass();
  const lines = isOwn() && isWhole() ? ofSweep : pass && pass.advice ? adviceInWords(pass.advice) : [];
  byId("advice-box").hidden = lines.length === 0;
  byId("advice-of").textContent = isOwn() && isWhole() ? "" : "in this view";
  byId("advice").replaceChildren(...lines.map((text) => {
    const line = document.createElement("p");
    line.textContent = text;
    return line;
  }));
}

function adviceInWords({ fastest, safe, atEnd, firstRise }) {
  const rise = firstRise === null ? [] : [`first that rises or diverges: α = ${figure(firstRise)}`];
  if (!fastest) return ["too few starts arrive at any α in view", ...rise];
  const share = fastest.arrived === fastest.of ? "all starts arrive" : `${inPercent(fastest.arrived / fastest.of)} of the starts arrive`;
  const steps = Number.isFinite(fastest.median) ? `, half of them within ${fastest.median} steps` : "";
  const end = safe ? [`largest that is safe: α = ${figure(safe.alpha)}${atEnd ? ", the end of the view" : ""}`] : [];
  return [`fastest: α = ${figure(fastest.alpha)} (${share}${steps})`, ...end, ...rise];
}
