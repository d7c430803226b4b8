// The panel of knobs: of every number that is no axis a slider, and a field that takes numbers and formulas of them.

const SLIDER = 1000;
// A longer label stands on a line of its own.
const LONG_LABEL = 16;
// Starts beyond these are folded away.
const OPEN_ROWS = 8;

// From where to where a knob goes: by what it is and what the sweep has for it.
function rangeOf(knob) {
  const own = [D.x, D.y].find((axis) => axis && axis.name === knob.name && axis.scale !== "listed");
  if (own) return ownAxis(own);
  const value = ownValue(knob);
  const linear = (lo, hi) => ({ name: knob.name, scale: "linear", lo, hi });
  const log = (lo, hi) => ({ name: knob.name, scale: "log", lo, hi });
  const power = (of) => Math.pow(10, Math.round(Math.log10(of)));
  if (knob.kind === "seed") return linear(0, Math.max(100, value));
  if (knob.kind === "start" || knob.kind === "constant") {
    const size = Math.max(knob.kind === "start" ? startsReach() : 1, 2 * Math.abs(value));
    return linear(-size, size);
  }
  if (value >= 0.5 && value < 1) return linear(0, 1);
  if (value > 0) return log(power(value) * 1e-3, power(value) * 1e3);
  return linear(Math.min(-1, 2 * value), value < 0 ? 0 : 1);
}

// How far the starts of the sweep go.
function startsReach() {
  const starts = [D.x, D.y].filter((axis) => axis && ownKnob(axis.name).kind === "start");
  return Math.max(1, ...starts.flatMap((axis) => [axis.lo, axis.hi].map(Math.abs)));
}

// Rows of the panel: name, label, value, range, what to do with another value, and what keeps it from changing.
function rowsOfPanel() {
  const knobs = D.knobs.filter((knob) => knob.kind !== "hidden" && !axisOf(knob) && isRead(knob));
  const rows = knobs.map((knob) => ({
    name: knob.name, label: knob.label, value: valueOf(knob), own: ownValue(knob), range: rangeOf(knob), whole: knob.kind === "seed",
    locked: knob.kind === "seed" ? D.locked.seed : null, least: knob.kind === "seed" ? 0 : -Infinity, most: knob.kind === "seed" ? 16777215 : Infinity,
    set: (value) => change({ knobs: withKnob(knob, value) }),
  }));
  rows.sort((a, b) => rank(a.name) - rank(b.name));
  const steps = {
    name: "steps", label: "steps", value: state.steps, own: D.limits.steps, whole: true, least: 0, most: MOST_LIVE_STEPS, locked: D.locked.steps,
    range: { scale: "log", lo: 1, hi: Math.max(1e4, Math.min(MOST_LIVE_STEPS, D.limits.steps * 10)) }, set: (value) => change({ steps: value }),
  };
  const usual = usualTolerance();
  const middle = usual > 0 ? Math.pow(10, Math.round(Math.log10(usual))) : 1e-6;
  const tolerance = {
    name: "tolerance", label: "tolerance", value: state.tolerance, own: usual, least: 0, most: Infinity, locked: D.locked.tolerance,
    range: { scale: "log", lo: middle * 1e-5, hi: middle * 1e5 }, set: (value) => change({ tolerance: value }),
    note: D.limits.share ? `of the slopes at the starts${isOfF32() ? `; ${figure(D.kernel.gpu.least_share)} in f32` : ""}` : "of the slope",
  };
  return [...rows, steps, ...(D.limits.slopes ? [tolerance] : [])];
}

const rank = (name) => ["rule", "constant", "start", "seed"].indexOf(ownKnob(name).kind);
// The learning rate of a rule that does without, say, is nothing to turn.
const isRead = (knob) => !knob.idle;

// The knobs that are not the sweep's, one of them with another value.
function withKnob(knob, value) {
  const { [knob.name]: _, ...others } = state.knobs;
  return value === ownValue(knob) && knob.fixed !== undefined ? others : { ...others, [knob.name]: value };
}

// Where a value stands on a slider, and the round value where a slider stands.
function shareOf({ scale, lo, hi }, value) {
  const share = scale === "log" ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
  return Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share));
}

function valueAt({ scale, lo, hi }, share, whole) {
  const value = scale === "log" ? lo * Math.pow(hi / lo, share) : lo + share * (hi - lo);
  const round = scale === "log" ? Number(value.toPrecision(3)) : short(value, (hi - lo) / SLIDER * 4);
  return whole ? Math.round(round) : round;
}

// The panel, made anew where it has other rows than before; else its values are brought up to date.
function panel() {
  const rows = rowsOfPanel();
  const key = rows.map((row) => row.name).join();
  const box = byId("knobs");
  if (box.dataset.key !== key) {
    const made = rows.map(rowOf);
    const more = document.createElement("details");
    const title = document.createElement("summary");
    title.textContent = `${rows.length - OPEN_ROWS} more`;
    more.append(title, ...made.splice(OPEN_ROWS));
    box.replaceChildren(...made, ...(rows.length > OPEN_ROWS ? [more] : []));
    box.dataset.key = key;
  }
  box.querySelectorAll(".knob").forEach((line, at) => line.renew(rows[at]));
}

function rowOf({ name, label }) {
  const line = document.createElement("div");
  const [text, slider, field, back, said] = ["label", "input", "input", "button", "small"].map((tag) => document.createElement(tag));
  const id = `knob-${name}`;
  line.className = label.length > LONG_LABEL ? "knob long" : "knob";
  Object.assign(text, { textContent: label, htmlFor: id });
  Object.assign(slider, { type: "range", min: 0, max: SLIDER, step: 1 });
  Object.assign(field, { type: "text", id, inputMode: "text", autocomplete: "off", spellcheck: false });
  Object.assign(back, { type: "button", textContent: "↺", title: "as in the sweep" });
  slider.setAttribute("aria-label", `${label}, slider`);
  back.setAttribute("aria-label", `${label} as in the sweep`);
  said.id = `${id}-said`;
  said.setAttribute("role", "status");
  field.setAttribute("aria-describedby", said.id);
  line.append(text, slider, field, back, said);
  let row;
  slider.addEventListener("input", () => (row.set(valueAt(row.range, slider.value / SLIDER, row.whole)), later()));
  slider.addEventListener("change", keepNow);
  field.addEventListener("change", () => typed(field, said, row));
  back.addEventListener("click", () => (row.set(row.own), field.focus()));
  line.renew = (now) => {
    row = now;
    const { value, own, range, locked } = row;
    slider.value = Math.round(shareOf(range, value) * SLIDER);
    slider.setAttribute("aria-valuetext", String(value));
    if (field.getAttribute("aria-invalid") !== "true" || Number(field.dataset.of) !== value) {
      field.value = String(value);
      field.removeAttribute("aria-invalid");
      said.textContent = locked || row.note || "";
    }
    field.dataset.of = value;
    slider.disabled = field.disabled = Boolean(locked);
    back.hidden = value === own;
  };
  return line;
}

// A number that was typed, or what is wrong with it.
function typed(field, said, row) {
  const { value, wrong } = constant(field.value);
  const why = wrong || (row.whole && !Number.isInteger(value) ? "a whole number is expected" : value < row.least ? `at least ${row.least}` : value > row.most ? `at most ${row.most}` : "");
  said.textContent = why;
  field.setAttribute("aria-invalid", String(why !== ""));
  if (why) return;
  field.removeAttribute("aria-invalid");
  row.set(value);
  keepNow();
}
