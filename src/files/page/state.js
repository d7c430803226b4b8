// What the page shows: one object, from which everything is drawn. Undo keeps copies of it, and the address its text.

let state;
// What a tolerance is called by: a share of the slopes at the starts, or a slope.
const usualTolerance = () => D.limits.share ?? D.limits.tolerances[0];
const ownAxis = (axis) => axis && { name: axis.name, scale: axis.scale, lo: axis.lo, hi: axis.hi };
const wholeView = () => ({ x0: 0, x1: D.nx, y0: 0, y1: D.y ? D.ny : 1 });

// As the sweep was.
const fresh = () => ({
  x: ownAxis(D.x), y: ownAxis(D.y), view: wholeView(),
  // Of knobs that are no axis, where they are not the sweep's.
  knobs: {}, steps: D.limits.steps, tolerance: usualTolerance(),
  // On what views are made: cpu, gpu, or software that stands for one.
  on: "cpu", colour: "outcome", hidden: [], places: [],
});

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
// Whether the map's axes are those of the sweep; and whether its cells are what is asked for.
const hasOwnAxes = () => same([state.x, state.y], [ownAxis(D.x), ownAxis(D.y)]);
const hasOwnKnobs = () => Object.keys(state.knobs).length === 0 && state.steps === D.limits.steps && state.tolerance === usualTolerance();
const isOwn = () => hasOwnAxes() && hasOwnKnobs() && !usesGpu();
const isWhole = () => same(state.view, wholeView());

const axisOf = (knob) => (knob.name === state.x.name ? "x" : state.y && knob.name === state.y.name ? "y" : null);
const ownKnob = (name) => D.knobs.find((knob) => knob.name === name);
const onNow = () => (usesGpu() ? "gpu" : "cpu");
const isWide = () => WIDE && !usesGpu();
const inPrecision = (value) => (isWide() ? value : Math.fround(value));

// What the sweep has for a knob: its value; of an axis one in the middle, or beside it: there starts often rest.
function ownValue(knob) {
  if (knob.fixed !== undefined) return knob.fixed;
  const axis = [D.x, D.y].find((axis) => axis && axis.name === knob.name);
  if (!axis) return 0;
  return axis.scale === "log" ? Number(Math.sqrt(axis.lo * axis.hi).toPrecision(2)) : short(axis.lo + 0.75 * (axis.hi - axis.lo), (axis.hi - axis.lo) / 2);
}
const valueOf = (knob) => state.knobs[knob.name] ?? ownValue(knob);

// The knobs as a descent is told them: along an axis, or fixed.
function knobsNow() {
  if (hasOwnAxes() && Object.keys(state.knobs).length === 0 && isWide() === WIDE) return D.knobs;
  return D.knobs.map((knob) => {
    if (knob.kind === "hidden") return knob;
    const axis = axisOf(knob);
    return { name: knob.name, ...(axis ? { [axis]: 0 } : { fixed: inPrecision(valueOf(knob)) }) };
  });
}

// Whether a share of the slopes is asked for that f32, where that is not the sweep's own precision, cannot tell from nothing.
const isOfF32 = () => D.limits.share !== undefined && isWide() !== WIDE && state.tolerance < D.kernel.gpu.least_share;

// And when it ends.
function limitsNow() {
  const { share, tolerances, slopes } = D.limits;
  const limits = { ...D.limits, steps: state.steps };
  const isNarrowed = isWide() !== WIDE;
  const wanted = isOfF32() ? D.kernel.gpu.least_share : state.tolerance;
  const isUsual = !slopes || wanted === usualTolerance();
  if (isUsual && !isNarrowed) return limits;
  const least = isWide() ? 2.2250738585072014e-308 : 1.1754943508222875e-38;
  const held = (of) => (of > 0 ? inPrecision(Math.max(of, least)) : 0);
  return { ...limits, tolerances: tolerances.map((of) => held(isUsual ? of : share ? of * (wanted / share) : wanted)) };
}

// What is changed is drawn, kept and told.
function change(patch) {
  const before = state;
  state = { ...state, ...patch };
  if (!same([before.x, before.y], [state.x, state.y])) newAxes();
  shown();
  keep();
}

// Axes other than before: places on them are others too.
function newAxes() {
  X = axisNamed(state.x, D.nx, "x");
  Y = state.y && axisNamed(state.y, D.ny, "y");
  cursor = spot = null;
}

function axisNamed(axis, length, side) {
  const own = D[side];
  if (same(axis, ownAxis(own))) return new Axis(own, cells[`${side}Lines`][0]);
  const values = new Float64Array(length);
  const made = new Axis({ ...axis, label: ownKnob(axis.name).label }, values);
  values.forEach((_, at) => (values[at] = made.at(at + 0.5)));
  return made;
}

// Where undo goes to. What follows shortly upon another is one with it: a slider moves in many steps.
const PAUSE = 500;
const MOST_KEPT = 200;
const past = { kept: [], at: -1, timer: null };

function keep() {
  clearTimeout(past.timer);
  past.timer = setTimeout(keepNow, PAUSE);
}

// What is still being dragged is kept when it is let go.
const later = () => clearTimeout(past.timer);

function keepNow() {
  clearTimeout(past.timer);
  if (past.at >= 0 && same(past.kept[past.at], state)) return;
  past.kept.splice(past.at + 1);
  past.kept.push(structuredClone(state));
  if (past.kept.length > MOST_KEPT) past.kept.shift();
  past.at = past.kept.length - 1;
  told();
}

// Back by one, or forth.
function again(by) {
  keepNow();
  const to = past.at + by;
  if (to < 0 || to >= past.kept.length) return;
  past.at = to;
  take(past.kept[to]);
  told();
}

function take(kept) {
  const before = state;
  state = structuredClone(kept);
  if (!before || !same([before.x, before.y], [state.x, state.y])) newAxes();
  shown();
  followPlaces();
}

// The address, and what can be undone.
function told() {
  const text = addressOf(state);
  // A page that is the text of a frame, as in a notebook, has no address of its own to write to.
  const addressed = location.protocol !== "about:";
  if (addressed && location.hash.slice(1) !== text) history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  byId("undo").disabled = past.at <= 0;
  byId("redo").disabled = past.at >= past.kept.length - 1;
}

// Only what is not the sweep's is in the address: NAME=value, of which some have parts between commas.
function addressOf(of) {
  const usual = fresh();
  const axis = ({ name, scale, lo, hi }) => [encodeURIComponent(name), scale, lo, hi].join();
  const parts = {
    x: axis(of.x), y: of.y && axis(of.y), view: Object.values(of.view).join(), steps: of.steps, tolerance: of.tolerance, on: of.on, colour: of.colour,
    hide: of.hidden.join(), cell: of.places.map((place) => `${place.x},${place.y}`).join(";"),
  };
  const plain = { ...parts, x: axis(usual.x), y: usual.y && axis(usual.y), view: Object.values(usual.view).join() };
  Object.assign(plain, { steps: usual.steps, tolerance: usual.tolerance, on: usual.on, colour: usual.colour, hide: "", cell: "" });
  const own = Object.keys(parts).filter((key) => parts[key] !== plain[key]).map((key) => `${key}=${parts[key]}`);
  return [...own, ...Object.entries(of.knobs).map(([name, value]) => `set=${encodeURIComponent(name)},${value}`)].join("&");
}

// What an address says, as far as it can be so; whoever wrote it.
function stateOf(text) {
  const found = fresh();
  for (const part of text.split("&").slice(0, 1000)) {
    const [key, value] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
    if (Object.hasOwn(READ, key)) READ[key](found, value.split(","), value);
  }
  return same(found.x.name, found.y && found.y.name) ? fresh() : found;
}

const finite = (texts) => texts.length > 0 && texts.every((text) => /\d/.test(text) && Number.isFinite(Number(text))) && texts.map(Number);

function readName(text) {
  try {
    const name = decodeURIComponent(text);
    return canChange(ownKnob(name)) ? name : null;
  } catch {
    return null;
  }
}

const canChange = (knob) => Boolean(knob && knob.kind !== "hidden" && !(knob.name === "seed" && D.locked.seed));

function readAxis(side, found, [text, scale, ...ends]) {
  const [name, numbers] = [readName(text), finite(ends)];
  const isAxis = name && numbers && numbers.length === 2 && numbers[0] < numbers[1] && ["linear", "log"].includes(scale);
  if (isAxis && found[side] && !D[side].bound && (scale === "linear" || numbers[0] > 0)) found[side] = { name, scale, lo: numbers[0], hi: numbers[1] };
}

const READ = {
  x: (found, parts) => readAxis("x", found, parts),
  y: (found, parts) => readAxis("y", found, parts),
  view: (found, parts) => {
    const [x0, x1, y0, y1] = finite(parts) || [];
    const inside = (axis, from, to, length) => from < to && from >= roomOf(axis, length).from && to <= roomOf(axis, length).to;
    if (parts.length === 4 && inside(D.x, x0, x1, D.nx) && (D.y ? inside(D.y, y0, y1, D.ny) : y0 === 0 && y1 === 1)) found.view = { x0, x1, y0, y1 };
  },
  set: (found, [text, ...rest]) => {
    const [name, numbers] = [readName(text), finite(rest)];
    if (name && numbers && numbers.length === 1) found.knobs[name] = numbers[0];
  },
  steps: (found, parts) => {
    const [steps] = finite(parts) || [];
    if (Number.isInteger(steps) && steps >= 0 && steps <= MOST_LIVE_STEPS && !D.locked.steps) found.steps = steps;
  },
  tolerance: (found, parts) => {
    const [tolerance] = finite(parts) || [];
    if (tolerance >= 0 && !D.locked.tolerance) found.tolerance = tolerance;
  },
  on: (found, [name]) => ["cpu", "gpu", "software"].includes(name) && D.kernel && D.kernel.gpu && (found.on = name),
  colour: (found, [name]) => Object.hasOwn(COLOURS, name) && (found.colour = name),
  hide: (found, words) => (found.hidden = D.outcomes.map((outcome) => outcome.word).filter((word) => words.includes(word))),
  cell: (found, _, text) => {
    const places = text.split(";").slice(0, 2).map((place) => finite(place.split(",")));
    if (places.every((place) => place && place.length === 2)) found.places = places.map(([x, y]) => ({ x, y }));
  },
};

// Steps that a page is asked for at most; a sweep may have more.
const MOST_LIVE_STEPS = 1e6;

function listenToState() {
  byId("undo").addEventListener("click", () => again(-1));
  byId("redo").addEventListener("click", () => again(1));
  addEventListener("keydown", (event) => {
    const isText = event.target instanceof HTMLInputElement && event.target.type === "text";
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z" || isText) return;
    event.preventDefault();
    again(event.shiftKey ? 1 : -1);
  });
  addEventListener("hashchange", () => {
    take(stateOf(location.hash.slice(1)));
    keepNow();
  });
}
