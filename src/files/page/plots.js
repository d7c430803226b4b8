// Drawing on canvases: sharp on every screen, in the colours of the page's style.

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A canvas in the units of the page, cleared.
function sheet(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "13px system-ui, sans-serif";
  context.fillStyle = style("--ink");
  context.strokeStyle = style("--line");
  context.lineWidth = 1;
  return { context, width, height, ratio };
}

function horizontalMarks(context, frame, marks) {
  context.textAlign = "center";
  context.textBaseline = "top";
  const bottom = frame.top + frame.height;
  // Labels that would run into the one before are left out.
  let free = -Infinity;
  for (const { at, label } of marks) {
    context.fillRect(Math.round(at), bottom, 1, label ? 6 : 3);
    const half = label ? context.measureText(label).width / 2 : 0;
    if (!label || at - half < free) continue;
    context.fillText(label, at, bottom + 9);
    free = at + half + 6;
  }
}

function verticalMarks(context, frame, marks) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, label } of marks) {
    const length = label ? 6 : 3;
    context.fillRect(frame.left - length, Math.round(at), length, 1);
    if (label) context.fillText(label, frame.left - 9, at);
  }
}

function labels(context, frame, across, up, room) {
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(across, frame.left + frame.width / 2, frame.top + frame.height + 42);
  context.save();
  context.translate(frame.left - room + 14, frame.top + frame.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(up, 0, 0);
  context.restore();
}

function extent(values) {
  let lo = Infinity;
  let hi = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
  }
  if (lo > hi) return [0, 1];
  return lo === hi ? [lo - (Math.abs(lo) || 1) * 0.5, hi + (Math.abs(hi) || 1) * 0.5] : [lo, hi];
}

// How numbers lie between two pixels: by their logarithm where `log`.
function scaleOf(values, log, from, to) {
  let [lo, hi] = extent(log ? values.filter((value) => value > 0) : values);
  if (log && !(lo > 0)) lo = hi > 0 ? hi / 10 : 0.1;
  if (log && !(hi > lo)) hi = lo * 10;
  const place = (value) => (log ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo));
  return { lo, hi, log, pixel: (value) => from + place(value) * (to - from) };
}

// Axes over numbers along and up, and within them what `draw` makes of the two scales. An axis has its own `range`, or that of
// the numbers.
function plot(canvas, [xs, ys], across, up, draw) {
  const { context, width, height } = sheet(canvas);
  const frame = { left: 86, top: 10, width: width - 104, height: height - 62 };
  const logUp = up.log && ys.some((y) => y > 0) && ys.every((y) => y >= 0);
  const x = scaleOf(across.range || xs, false, frame.left + 6, frame.left + frame.width - 6);
  const y = scaleOf(up.range || ys, logUp, frame.top + frame.height - 6, frame.top + 6);
  context.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.width + 1, frame.height + 1);
  const onto = (scale, most) =>
    marksOf(scale.lo, scale.hi, scale.log, most).map((mark) => ({ at: scale.pixel(mark.value), label: mark.label }));
  horizontalMarks(context, frame, onto(x, Math.max(2, Math.floor(frame.width / 55))));
  verticalMarks(context, frame, onto(y, Math.max(2, Math.floor(frame.height / 32))));
  labels(context, frame, across.label, up.label, 86);
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.width, frame.height);
  context.clip();
  draw(context, x, y);
  context.restore();
}

function dot(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function line(context, x, y, points) {
  context.beginPath();
  for (const point of points) context.lineTo(x.pixel(point.x), y.pixel(point.y));
  context.stroke();
}

// Curves of points (x, y) with start (ring) and end (dot) marked, each as far as it is `shown`; `ground` draws what lies beneath.
function plotCurves(canvas, curves, across, up, ground = null) {
  const all = curves.flatMap(({ points }) => points);
  plot(canvas, [all.map((point) => point.x), all.map((point) => point.y)], across, up, (context, x, y) => {
    if (ground) ground(context, x, y);
    for (const { points, colour, shown } of curves) {
      const visible = points.slice(0, shown).filter((point) => Number.isFinite(point.y) && (!y.log || point.y > 0));
      if (visible.length === 0) continue;
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = 1.5;
      context.lineJoin = "round";
      line(context, x, y, visible);
      const round = (point, radius) => dot(context, x.pixel(point.x), y.pixel(point.y), radius);
      if (visible.length <= 60) visible.forEach((point) => (round(point, 2), context.fill()));
      round(visible[0], 5);
      context.stroke();
      round(visible[visible.length - 1], 4.5);
      context.fill();
    }
  });
}
