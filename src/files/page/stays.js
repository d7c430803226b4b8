// Whether a descent could stay where it came to rest, at places that the engines were not asked about: the derivative of its slopes
// there, by differences. Twin of what the engines ask (engine/rest), in the worker.

// Parameters up to which it is asked; how far the least eigenvalue is below 0 beside the largest.
const [MOST_ASKED, BELOW] = [16, -1e-6];
const DIFFERENCE = 1e-5;

// `slopes` are a function of the parameters.
function staysAt(slopes, values) {
  if (values.length > MOST_ASKED) return true;
  const columns = values.map((value, at) => {
    const by = DIFFERENCE * (1 + Math.abs(value));
    const [ahead, behind] = [by, -by].map((by) => slopes(values.map((other, i) => (i === at ? value + by : other))));
    return ahead.map((slope, i) => (slope - behind[i]) / (2 * by));
  });
  const sizes = eigenvalues(columns.map((column, i) => column.map((slope, j) => (slope + columns[j][i]) / 2)));
  const largest = Math.max(...sizes.map(Math.abs));
  return !(Math.min(...sizes) < BELOW * largest);
}

// Of a symmetric matrix, by turns that make one pair of its numbers 0 at a time (Jacobi 1846).
function eigenvalues(matrix) {
  const n = matrix.length;
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (matrix[p][q] === 0) continue;
        const ratio = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
        const cosine = 1 / Math.hypot(tangent, 1);
        const turn = (a, b) => [cosine * (a - tangent * b), cosine * (tangent * a + b)];
        for (let i = 0; i < n; i++) [matrix[i][p], matrix[i][q]] = turn(matrix[i][p], matrix[i][q]);
        for (let i = 0; i < n; i++) [matrix[p][i], matrix[q][i]] = turn(matrix[p][i], matrix[q][i]);
        matrix[p][q] = matrix[q][p] = 0;
      }
    }
  }
  return matrix.map((row, at) => row[at]);
}

// Judges places where descents came to rest; what is near to one that was judged is like it, unless the formula itself differs from
// cell to cell.
function judgeOfRests(problem, { knobs, rests, constants }, xs, ys) {
  const slopesAt = (cell) => {
    const [x, y] = [xs[cell % xs.length], ys[Math.floor(cell / xs.length)]];
    const k = knobs.map((knob) => (knob.fixed !== undefined ? knob.fixed : knob.x !== undefined ? x : y));
    const c = problem.initial.map((knob) => (knob === null ? 0 : k[knob]));
    return (values) => {
      problem.parameters.forEach((p, i) => {
        c[p.hi] = values[i];
        if (p.lo !== null) c[p.lo] = 0;
      });
      return judge(k, c, problem.tables[0] || [], 0).slopes;
    };
  };
  const isOneFormula = knobs.every((knob, at) => knob.fixed !== undefined || !constants[at]);
  const found = [];
  return (cell, values, known) => {
    if (known !== NOWHERE) return rests[known].stays;
    const near = isOneFormula ? nearest(found, values) : NOWHERE;
    if (near !== NOWHERE) return found[near].stays;
    const stays = staysAt(slopesAt(cell), values);
    if (isOneFormula && found.length < NOWHERE) found.push({ point: values, stays });
    return stays;
  };
}
