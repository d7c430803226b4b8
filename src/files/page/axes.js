// Where values lie along an axis of cells, and which of them get marks. A place counts cells: cell i is [i, i + 1).

const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (n) => String(n).replace("-", "⁻").replace(/\d/g, (digit) => SUPER[digit]);
const decade = (n) => (n === 0 ? "1" : n === 1 ? "10" : "10" + raised(n));

// A number for people: four significant digits, powers of ten where it is far from 1.
function figure(value) {
  if (value === 0 || !Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : String(value);
  let exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -3 && exponent < 6) return String(Number(value.toPrecision(4))).replace("-", "−");
  const [digits, power] = value.toExponential(3).split("e");
  exponent = Number(power);
  const leading = String(Number(digits)).replace("-", "−");
  return (leading === "1" ? "" : leading === "−1" ? "−" : leading + "·") + "10" + raised(exponent);
}

// The shortest text that reads back to the same number, of an f32 where that is what it is.
function exact(value, wide) {
  if (wide || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

// A number of few digits that is where the other is, as far as its neighbours, so far apart, can tell.
function short(value, gap) {
  const decimals = Math.ceil(-Math.log10(0.02 * gap));
  const digits = decimals + Math.ceil(Math.log10(Math.abs(value) || 1)) + 1;
  return value !== 0 && digits > 0 && digits < 17 ? Number(value.toPrecision(digits)) : digits >= 17 ? value : 0;
}

class Axis {
  constructor(document, values) {
    Object.assign(this, document, { values, length: values.length });
  }

  // The place of a value, which may be off the axis; null where it has none.
  place(value) {
    const { lo, hi, length } = this;
    if (this.scale === "listed") {
      const at = this.values.findIndex((known) => Math.abs(known - value) <= 1e-6 * Math.abs(known));
      if (at >= 0) return at + 0.5;
      const gap = this.values.findIndex((known, i) => i > 0 && this.values[i - 1] < value && value < known);
      const sorted = this.values.every((known, i) => i === 0 || this.values[i - 1] <= known);
      if (gap < 0 || !sorted) return null;
      return gap - 0.5 + (value - this.values[gap - 1]) / (this.values[gap] - this.values[gap - 1]);
    }
    const share = this.scale === "log" ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
    const place = 0.5 + share * (length - 1);
    return Number.isFinite(place) ? place : null;
  }

  // The value at a place, on a scale that goes on between the cells and beyond them; where there is nothing between, that of the cell.
  at(place) {
    if (this.each) return this.values[Math.min(this.length - 1, Math.max(0, Math.floor(place)))];
    const share = (place - 0.5) / Math.max(1, this.length - 1);
    return this.scale === "log" ? this.lo * Math.pow(this.hi / this.lo, share) : this.lo + share * (this.hi - this.lo);
  }

  // Marks between two places, with at most about `most` labels.
  marks(from, to, most) {
    if (this.scale === "listed") {
      const first = Math.max(0, Math.ceil(from - 0.5));
      const last = Math.min(this.length - 1, Math.floor(to - 0.5));
      const every = Math.max(1, Math.ceil((last - first + 1) / most));
      const marks = [];
      for (let at = first; at <= last; at++) {
        if (at % every === 0) marks.push({ place: at + 0.5, label: figure(this.values[at]) });
      }
      return marks;
    }
    const [lo, hi] = [this.at(from), this.at(to)];
    const marks = marksOf(lo, hi, this.scale === "log", most);
    this.offset = fromOffset(marks, lo, hi);
    return marks.map((mark) => ({ place: this.place(mark.value), label: mark.label })).filter((m) => m.place !== null);
  }
}

// Where labels would be long, or the same, marks count in a power of ten, and where they are near to each other from the first of
// them; both are returned, in words.
function fromOffset(marks, lo, hi) {
  const [FINE, SMALL] = [1e-5, 1e-4];
  const size = Math.max(Math.abs(lo), Math.abs(hi));
  const isNear = hi - lo < FINE * size;
  const isEven = marks.length > 1 && marks.every((mark) => mark.label !== null);
  if (!isEven || !(isNear || size < SMALL)) return "";
  const first = isNear ? marks[0].value : 0;
  const power = Math.floor(Math.log10(marks[1].value - marks[0].value) + 1e-9);
  for (const mark of marks) mark.label = figure(Math.round((mark.value - first) / Math.pow(10, power)));
  return `${isNear ? ` − ${first}` : ""}, in ${decade(power)}`;
}

// Round values between two.
function marksOf(lo, hi, log, most) {
  return log && Math.log10(hi / lo) >= 1.5 ? logMarks(lo, hi, most) : linearMarks(lo, hi, most);
}

function logMarks(lo, hi, most) {
  const first = Math.floor(Math.log10(lo) + 1e-9);
  const last = Math.ceil(Math.log10(hi) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / Math.max(2, most)));
  const marks = [];
  for (let power = first; power <= last; power++) {
    for (let leading = 1; leading < 10; leading++) {
      const value = Number(`${leading}e${power}`);
      if (value < lo * (1 - 1e-9) || value > hi * (1 + 1e-9) || (leading > 1 && every > 1)) continue;
      marks.push({ value, label: leading === 1 && power % every === 0 ? decade(power) : null });
    }
  }
  return marks;
}

function linearMarks(lo, hi, most) {
  if (!(hi > lo) || !Number.isFinite(hi - lo)) return [{ value: lo, label: figure(lo) }];
  const rough = (hi - lo) / Math.max(2, most);
  const base = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((leading) => leading * base).find((choice) => choice >= rough * (1 - 1e-9));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const marks = [];
  for (let n = Math.ceil(lo / step - 1e-9); n <= Math.floor(hi / step + 1e-9) && marks.length < 200; n++) {
    const value = n * step;
    const plain = decimals <= 6 && Math.abs(value) < 1e6;
    const text = plain ? value.toFixed(decimals).replace(/^-(?=[0.]*$)/, "").replace("-", "−") : figure(value);
    marks.push({ value, label: text });
  }
  return marks;
}
