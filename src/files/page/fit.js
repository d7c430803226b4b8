// The rows of the data, and how the model of the followed descent comes to lie among them. Only pages of a model have this part.

// Rows that are drawn; of more, as many at equal distances.
const MOST_SHOWN_ROWS = 2000;
const MODEL_PLACES = 160;

const thinned = (rows) => {
  const shown = Math.min(rows, MOST_SHOWN_ROWS);
  return Array.from({ length: shown }, (_, at) => Math.floor((at * rows) / shown));
};
const standardized = (moments, value) => (!moments ? value : moments[1] > 0 ? (value - moments[0]) / moments[1] : 0);
const restored = (moments, value) => (moments ? value * moments[1] + moments[0] : value);

// What the model predicts of a row where the parameters have these values; both in the scale of the data.
function predicted(values, row) {
  const { inputs, target } = D.fit;
  const scaled = row.map((value, i) => standardized(inputs[i].moments[path.table], value));
  return restored(target.moments[path.table], predict([...path.k, ...scaled], carriedAt(values), path.d, 0));
}

// Rows of a column in the scale of the data.
const rowsOf = (column) => Array.from(path.d[column.at], (value) => restored(column.moments[path.table], value));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

// The row where one input has this value, and all others are at their means.
const rowAt = (means, input, value) => means.map((mean, at) => (at === input ? value : mean));

// The input whose values change the predictions most where the descent ended.
function mostInfluential(columns, means) {
  const { values } = followed.points[followed.points.length - 1];
  const variance = (column, input) => {
    const told = thinned(column.length).map((row) => predicted(values, rowAt(means, input, column[row])));
    const known = told.filter(Number.isFinite);
    const middle = mean(known);
    return mean(known.map((value) => (value - middle) ** 2));
  };
  const all = columns.map(variance);
  return all.indexOf(Math.max(...all));
}

// The model as points of a curve.
function modelAt(values) {
  const { input, means, across } = path.fit;
  const at = Array.from({ length: MODEL_PLACES + 1 }, (_, n) => between(across, n / MODEL_PLACES));
  const points = at.map((x) => ({ x, y: predicted(values, rowAt(means, input, x)) }));
  return points.filter((point) => Number.isFinite(point.y));
}

layFit = function () {
  const { inputs, target, formula, is_probability: isProbability } = D.fit;
  const columns = inputs.map(rowsOf);
  const means = columns.map(mean);
  const input = Math.max(0, mostInfluential(columns, means));
  const y = rowsOf(target);
  const shown = thinned(y.length).map((row) => ({ x: columns[input][row], y: y[row] }));
  path.fit = { input, means, shown, across: extent(columns[input]) };
  // As high as the rows, and predictions as far as the rows are apart.
  const [lo, hi] = extent(isProbability ? [...y, 0, 1] : y);
  const ends = followed.outcome === DIVERGED ? [0] : [0, followed.points.length - 1];
  const near = ends.flatMap((at) => modelAt(followed.points[at].values)).map((point) => point.y);
  path.fit.up = extent([lo, hi, ...near.map((value) => Math.min(hi + (hi - lo), Math.max(lo - (hi - lo), value)))]);
  const thin = shown.length < y.length ? `; ${shown.length} of ${y.length} rows` : "";
  const others = inputs.length > 1 ? "; other columns at their means" : "";
  const what = isProbability ? `the probability that ${target.label} is 1` : target.label;
  byId("path-model").textContent = `The fit: ${formula} predicts ${what}, pale at the start${others}${thin}.`;
  for (const id of ["path-fit", "path-model"]) byId(id).hidden = false;
};

drawFit = function (at) {
  const { input, shown, across, up } = path.fit;
  const { target, inputs, is_probability: isProbability } = D.fit;
  const label = isProbability ? `probability that ${target.label} = 1` : target.label;
  plot(byId("path-fit"), [[], []], { label: inputs[input].label, range: across }, { label, range: up }, (context, x, y) => {
    context.fillStyle = style("--ink");
    context.globalAlpha = 0.55;
    shown.forEach((row) => (dot(context, x.pixel(row.x), y.pixel(row.y), shown.length > 300 ? 1.5 : 3), context.fill()));
    context.strokeStyle = style("--accent");
    [[0, 0.45, 1.5], [at, 1, 2.5]].forEach(([step, alpha, wide]) => {
      Object.assign(context, { globalAlpha: alpha, lineWidth: wide });
      line(context, x, y, modelAt(followed.points[step].values));
    });
  });
  byId("path-fit").dataset.step = followed.points[at].step;
};
