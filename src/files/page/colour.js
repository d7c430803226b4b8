// What colour a descent has: by its outcome, steps, loss or nearest minimum. The cells of the sweep and the descents that are made
// for a view are coloured by the same rules.

// Values that shades are told from, of each outcome.
const SAMPLE = 2048;
const NOWHERE = 255;
// What has no colour in a scale: descents that diverged, or rest nowhere that is known.
const BESIDE = "#85858d";

const little = (red, green, blue) => (255 << 24) | (blue << 16) | (green << 8) | red;
const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
const inked = (colours) => Int32Array.from(colours, (colour) => little(...rgb(colour)));

// What an outcome's shades go by: its steps where these tell, else its loss.
const BY_STEPS = new Set([CONVERGED, UNSTABLE, DIVERGED]);
const FLAT = new Set([OSCILLATING, LEVEL]);
// A colour for each whole number, told once.
function tabled(colour) {
  const known = new Int32Array(1 << 16);
  return (number) => (number < known.length ? (known[number] ||= colour(number)) : colour(number));
}

const shadeKey = (made, cell) => (BY_STEPS.has(made.outcome[cell]) ? made.steps[cell] : made.loss[cell]);

// Of some descents: what shades go by, in order, for each outcome; losses in order; least and most steps.
function ranksOf(made) {
  const count = made.outcome.length;
  const every = Math.max(1, Math.floor(count / (SAMPLE * 8)));
  const [shades, losses, steps] = [D.outcomes.map(() => []), [], []];
  for (let cell = 0; cell < count; cell += every) {
    const key = shadeKey(made, cell);
    if (Number.isFinite(key)) shades[made.outcome[cell]].push(key);
    if (made.outcome[cell] !== DIVERGED && Number.isFinite(made.loss[cell])) losses.push(made.loss[cell]);
    if (BY_STEPS.has(made.outcome[cell])) steps.push(made.steps[cell]);
  }
  const [sorted, ordered] = [losses, steps].map((list) => Float64Array.from(list).sort());
  return { shades: shades.map((keys) => Float64Array.from(keys).sort()), losses: sorted, steps: ordered.length > 0 ? [ordered[0], ordered.at(-1)] : [0, 1] };
}

function rankOf(sorted, key) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    sorted[middle] < key ? (from = middle + 1) : (to = middle);
  }
  return sorted.length > 1 && sorted[0] < sorted[sorted.length - 1] ? Math.min(1, from / (sorted.length - 1)) : 0;
}

// By name: the colour of a descent, and which numbers a legend names, from low to high.
const COLOURS = {
  outcome: {
    label: "outcome",
    of(made, ranks) {
      const ramps = D.outcomes.map((outcome) => inked(outcome.ramp));
      const last = ramps[0].length - 1;
      if (made.shade) return (cell) => ramps[made.outcome[cell]][Math.round((made.shade[cell] / 255) * last)];
      const colour = D.outcomes.map((_, code) => {
        const of = (key) => ramps[code][FLAT.has(code) ? 0 : Math.round(rankOf(ranks.shades[code], key) * last)];
        return BY_STEPS.has(code) ? tabled(of) : of;
      });
      const [keys, { outcome }] = [D.outcomes.map((_, code) => (BY_STEPS.has(code) ? made.steps : made.loss)), made];
      return (cell) => colour[outcome[cell]](keys[outcome[cell]][cell]);
    },
  },
  steps: {
    label: "steps",
    of(made, ranks) {
      const [heights, [least, most]] = [inked(D.heights), ranks.steps.map((steps) => Math.log1p(steps))];
      const at = (steps) => Math.min(1, Math.max(0, (Math.log1p(steps) - least) / (most - least || 1)));
      const colour = tabled((steps) => heights[Math.round(at(steps) * (heights.length - 1))]);
      return (cell) => colour(made.steps[cell]);
    },
    numbers: (made) => ranksOf(made).steps,
  },
  loss: {
    label: "final loss",
    of(made, ranks) {
      const [heights, beside] = [inked(D.heights), inked([BESIDE])[0]];
      return (cell) => {
        if (made.outcome[cell] === DIVERGED || !Number.isFinite(made.loss[cell])) return beside;
        return heights[Math.round(rankOf(ranks.losses, made.loss[cell]) * (heights.length - 1))];
      };
    },
    numbers(made) {
      const { losses } = ranksOf(made);
      return [losses[0], losses[losses.length >> 1], losses.at(-1)];
    },
  },
  minimum: {
    label: "minimum",
    of(made) {
      const [places, beside] = [inked(D.places), inked([BESIDE])[0]];
      return (cell) => (made.rest[cell] === NOWHERE ? beside : places[made.rest[cell] % places.length]);
    },
  },
};
const canColour = (name) => name !== "minimum" || D.rests.length > 0;

// The colour of every descent, whose outcomes may be switched off.
function colourer(made, ranks) {
  const [colour, back] = [COLOURS[state.colour].of(made, ranks), inked([style("--panel")])[0]];
  const off = D.outcomes.map((outcome) => state.hidden.includes(outcome.word));
  return (cell) => (off[made.outcome[cell]] ? back : colour(cell));
}

const isHidden = (outcome) => state.hidden.includes(D.outcomes[outcome].word);

// What the colours mean: switches for outcomes, and of the other scales which number has which colour.
function legend() {
  const seen = livePass();
  const counts = D.outcomes.map((outcome) => (seen ? 0 : outcome.cells));
  for (let cell = 0; seen && cell < seen.outcome.length; cell++) counts[seen.outcome[cell]] += 1;
  const all = counts.reduce((sum, count) => sum + count, 0);
  const entries = D.outcomes.map((outcome, code) => ({ outcome, code, count: counts[code] }));
  const asked = entries.filter(({ outcome, count }) => count > 0 || outcome.cells > 0 || state.hidden.includes(outcome.word));
  const box = byId("legend");
  const shares = asked.map(({ outcome, count }) => [outcome.word, seen ? inPercent(count / all) : outcome.share, seen ? "" : outcome.note]);
  const key = JSON.stringify([shares.map(([word]) => word), seen ? 1 : 0]);
  // Entries stay where they are while only their numbers change: the keyboard may be on one of them.
  if (box.dataset.key !== key) box.replaceChildren(box.firstElementChild, ...asked.map(({ outcome }) => switchOf(outcome)));
  box.dataset.key = key;
  box.querySelectorAll("label").forEach((label, at) => {
    const [word, share, note] = shares[at];
    label.querySelector("input").checked = !state.hidden.includes(word);
    label.querySelector("b").textContent = `${word} ${share}`;
    label.querySelector("small").textContent = note;
  });
  scaleLegend(seen || cells);
}

const inPercent = (share) => (share > 0 && share < 0.001 ? "< 0.1 %" : `${Number((share * 100).toFixed(1))} %`);

function swatch(colours) {
  const box = document.createElement("span");
  box.className = "swatch";
  box.style.background = colours.length > 1 ? `linear-gradient(90deg, ${colours.join(", ")})` : colours[0];
  return box;
}

function switchOf(outcome) {
  const [label, box, word, note] = ["label", "input", "b", "small"].map((tag) => document.createElement(tag));
  Object.assign(box, { type: "checkbox", value: outcome.word });
  box.addEventListener("change", () => {
    const others = state.hidden.filter((word) => word !== outcome.word);
    change({ hidden: box.checked ? others : [...others, outcome.word] });
  });
  label.append(box, swatch(outcome.ramp), word, note);
  return label;
}

// The numbers of a scale, or the places of rest.
function scaleLegend(made) {
  const box = byId("scale");
  box.hidden = state.colour === "outcome";
  if (box.hidden) return;
  const entry = (colours, text) => {
    const item = document.createElement("span");
    item.append(swatch(colours), text);
    return item;
  };
  if (state.colour === "minimum") {
    const places = D.rests.map((rest, at) => entry([D.places[at % D.places.length]], placed(rest)));
    const why = restsHold() ? [] : ["Where minima lie is not known for these constants."];
    return box.replaceChildren(...places, entry([BESIDE], "elsewhere"), ...why);
  }
  const lacks = COLOURS[state.colour].lacks?.(made);
  if (lacks) return box.replaceChildren(lacks);
  const numbers = COLOURS[state.colour].numbers(made).filter((value) => value !== undefined).map(figure).join(" … ");
  box.replaceChildren(entry(D.heights, `${COLOURS[state.colour].label}: ${numbers}`), ...(state.colour === "loss" ? [entry([BESIDE], "diverged")] : []));
}

function colourChoice() {
  const choice = byId("colour");
  choice.replaceChildren(...Object.keys(COLOURS).filter(canColour).map((name) => new Option(COLOURS[name].label, name)));
  choice.onchange = () => change({ colour: choice.value });
}
