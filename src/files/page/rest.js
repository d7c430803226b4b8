// Which descents that came to rest could not have stayed: twin of `GradientDerivative::unstable` in the engines, which says why. K,
// how the gradient changes with the parameters, comes of a program of its own; what follows from it is here.

// What is asked of matrices, which are lists of rows.
function matrices() {
  // An eigenvalue this far below zero, relative to the largest, is shape and no rounding.
  const BELOW_ZERO = 1e-6;

  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const most = (values) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const columnOf = (rows, j) => rows.map((row) => row[j]);
  const transposed = (rows) => rows.map((_, j) => columnOf(rows, j));

  // Whether a symmetric matrix is positive definite.
  function isDefinite(rows) {
    const l = rows.map((row) => row.map(() => 0));
    for (let j = 0; j < rows.length; j++) {
      for (let i = j; i < rows.length; i++) {
        const rest = rows[i][j] - dot(l[i].slice(0, j), l[j]);
        if (i === j && !(rest > 0)) return false;
        l[i][j] = i === j ? Math.sqrt(rest) : rest / l[j][j];
      }
    }
    return true;
  }

  // Eigenvalues of a symmetric matrix and their vectors, by Jacobi's rotations.
  function symmetric(rows) {
    const a = rows.map((row) => [...row]);
    const vectors = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
    for (let sweep = 0; sweep < 60; sweep++) {
      let turned = false;
      for (let p = 0; p < a.length; p++) {
        for (let q = p + 1; q < a.length; q++) {
          if (Math.abs(a[p][q]) <= 1e-17 * (Math.abs(a[p][p]) + Math.abs(a[q][q]))) continue;
          turned = true;
          const slope = (a[q][q] - a[p][p]) / (2 * a[p][q]);
          const t = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
          const [c, s] = [1 / Math.hypot(1, t), t / Math.hypot(1, t)];
          const turn = (x, y) => [c * x - s * y, s * x + c * y];
          for (const row of a) [row[p], row[q]] = turn(row[p], row[q]);
          for (let k = 0; k < a.length; k++) [a[p][k], a[q][k]] = turn(a[p][k], a[q][k]);
          for (const row of vectors) [row[p], row[q]] = turn(row[p], row[q]);
        }
      }
      if (!turned) break;
    }
    return { values: a.map((row, i) => row[i]), vectors: transposed(vectors) };
  }

  // Eigenvalues [real, imaginary] of any matrix, by QR iterations with a shift that may be complex; null where they do not end.
  function spectrum(rows) {
    const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
    const plus = ([a, b], [c, d]) => [a + c, b + d];
    const minus = ([a, b], [c, d]) => [a - c, b - d];
    const root = ([a, b]) => {
      const size = Math.sqrt(Math.hypot(a, b));
      const angle = Math.atan2(b, a) / 2;
      return [size * Math.cos(angle), size * Math.sin(angle)];
    };
    let a = rows.map((row) => row.map((value) => [value, 0]));
    const size = most(rows.flat());
    const found = [];
    for (let round = 0; a.length > 0; round++) {
      const n = a.length;
      const last = a[n - 1].slice(0, n - 1);
      if (last.every(([x, y]) => Math.hypot(x, y) <= 1e-15 * size)) {
        found.push(a[n - 1][n - 1]);
        a = a.slice(0, n - 1).map((row) => row.slice(0, n - 1));
        round = 0;
        continue;
      }
      if (round > 500) return null;
      // The eigenvalue of the last two rows that is nearer to the last number, now and then another one.
      const [[p, q], [r, s]] = [a[n - 2].slice(n - 2), a[n - 1].slice(n - 2)];
      const half = times(minus(p, s), [0.5, 0]);
      const wide = root(plus(times(half, half), times(q, r)));
      const [one, other] = [plus(half, wide), minus(half, wide)];
      const near = plus(s, Math.hypot(...one) < Math.hypot(...other) ? one : other);
      const shift = round % 11 === 10 ? plus(near, [size * 0.3, size * 0.2]) : near;
      const shifted = a.map((row, i) => row.map((value, j) => (i === j ? minus(value, shift) : value)));
      // Columns of Q by Gram and Schmidt, twice for their digits; R is what they have of the columns.
      const q_columns = [];
      const upper = a.map((row) => row.map(() => [0, 0]));
      for (let j = 0; j < n; j++) {
        let column = columnOf(shifted, j);
        for (const again of [0, 1]) {
          q_columns.forEach((unit, i) => {
            const share = unit.reduce((sum, [x, y], k) => plus(sum, times([x, -y], column[k])), [0, 0]);
            upper[i][j] = again ? plus(upper[i][j], share) : share;
            column = column.map((value, k) => minus(value, times(unit[k], share)));
          });
        }
        const length = Math.hypot(...column.flat());
        upper[j][j] = [length, 0];
        // A column of nothing: any direction will do, as R has none of it.
        q_columns.push(length > 0 ? column.map((value) => times(value, [1 / length, 0])) : column.map((_, k) => [k === j ? 1 : 0, 0]));
      }
      a = upper.map((row, i) => row.map((_, j) => {
        const product = row.reduce((sum, value, k) => plus(sum, times(value, q_columns[j][k])), [0, 0]);
        return i === j ? plus(product, shift) : product;
      }));
    }
    return found;
  }

  // Whether some eigenvalue of K has a real part below zero by more than rounding.
  function fallsAway(k) {
    if (!k.flat().every(Number.isFinite)) return false;
    if (isDefinite(k.map((row, i) => row.map((value, j) => value + k[j][i])))) return false;
    const isEven = k.every((row, i) => row.every((value, j) => Math.abs(value - k[j][i]) <= 1e-15 * most(k.flat())));
    const all = isEven ? symmetric(k).values.map((value) => [value, 0]) : spectrum(k);
    if (!all) return false;
    const largest = Math.max(...all.map((value) => Math.hypot(...value)));
    return Math.min(...all.map(([real]) => real)) < -BELOW_ZERO * largest;
  }

  return { dot, most, transposed, symmetric, spectrum, fallsAway };
}

// What `instance` tells at places: of each whether none would stay there, and whether that is the same everywhere.
function restOf(instance, { layout, constant, parameters }, problem) {
  const { dot, most, transposed, symmetric, fallsAway } = matrices();
  // Directions with less than this share of the largest curvature run along a valley.
  const ACROSS = 1e-3;
  const numbers = new Float64Array(instance.exports.memory.buffer);
  const { lanes } = layout;
  const size = parameters.length;
  const place = (slot) => slot / 8;
  let table = null;

  // Of so many places at once, all with the same data: K and the gradient.
  function at(places) {
    problem.knobs.forEach((_, knob) => {
      for (let lane = 0; lane < lanes; lane++) {
        numbers[place(layout.knobs[knob]) + lane] = knobAt(problem, knob, places[Math.min(lane, places.length - 1)].cell);
      }
    });
    const own = tableOf(layout, problem, places[0].cell);
    if (own !== table) {
      table = own;
      layout.columns.forEach(({ at, data }) => numbers.set(problem.tables[table][data], place(at)));
    }
    for (let i = 0; i < size; i++) {
      const slot = place(layout.carried[parameters[i]]);
      for (let lane = 0; lane < lanes; lane++) numbers[slot + lane] = places[Math.min(lane, places.length - 1)].point[i];
    }
    instance.exports.asked(0, 0);
    return places.map((_, lane) => {
      const asked = layout.asked.map((slot) => numbers[place(slot) + lane]);
      const k = Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => asked[column * size + row]));
      return { k, gradient: asked.slice(size * size) };
    });
  }

  // Onto the set where the gradient is 0, by Newton's steps across the valley; K there.
  function settled({ cell, point }, here) {
    const start = most(point);
    let now = point;
    for (let round = 0; round < 60; round++) {
      const least = ACROSS * most(here.k.flat());
      if (most(here.gradient) === 0 || !here.k.flat().concat(here.gradient).every(Number.isFinite) || least === 0) break;
      // The step of least size, from the squares of K: those below the square of `least` are none.
      const columns = transposed(here.k);
      const { values, vectors } = symmetric(columns.map((a) => columns.map((b) => dot(a, b))));
      const wanted = columns.map((column) => dot(column, here.gradient));
      const shares = vectors.map((vector, i) => (values[i] > least * least ? dot(vector, wanted) / values[i] : 0));
      const next = now.map((value, i) => value - shares.reduce((sum, share, j) => sum + share * vectors[j][i], 0));
      const [there] = at([{ cell, point: next }]);
      const isFar = most(next.map((value, i) => value - point[i])) > 0.05 * (start + 1);
      const isFinite = there.k.flat().concat(there.gradient).every(Number.isFinite);
      if (isFar || !isFinite || !(most(there.gradient) < most(here.gradient))) break;
      [now, here] = [next, there];
    }
    return here.k;
  }

  function unstable(places) {
    if (constant) return places.map((place) => fallsAway(at([place])[0].k));
    const answers = [];
    const key = ({ cell }) => tableOf(layout, problem, cell);
    for (let from = 0; from < places.length; ) {
      let until = from + 1;
      while (until < places.length && until - from < lanes && key(places[until]) === key(places[from])) until++;
      const together = places.slice(from, until);
      at(together).forEach((here, lane) => answers.push(fallsAway(here.k) && fallsAway(settled(together[lane], here))));
      from = until;
    }
    return answers;
  }

  // Seeds have data of their own.
  return { constant: constant && layout.table_knob === null, unstable };
}
