// Numbers as people write them: 2/3, 1e-3, -pi/2, 10^-4. Formulas without names; what is wrong with others is said.

const CONSTANTS = { pi: Math.PI, π: Math.PI, e: Math.E };
const FUNCTIONS = {
  sqrt: Math.sqrt, exp: Math.exp, ln: Math.log, log: Math.log, log10: Math.log10, abs: Math.abs, sin: Math.sin, cos: Math.cos, tan: Math.tan,
};
// Deeper than this nobody nests by hand.
const DEEPEST = 40;

// The value of a text, or `wrong`: what is wrong with it, in a few words.
function constant(text) {
  const tokens = text.replaceAll("−", "-").replaceAll("×", "*").replaceAll("·", "*").replaceAll("÷", "/").replaceAll("**", "^").replaceAll("√", "sqrt")
    .match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-zπ]\w*|\S/gi) || [];
  let [at, depth] = [0, 0];
  const fail = (why) => {
    throw new SyntaxError(why);
  };
  const found = () => (at < tokens.length ? `“${tokens[at].slice(0, 12)}”` : "the end");
  const take = (sign) => tokens[at] === sign && (at += 1) > 0;

  // Signs of equal weight, from the left.
  function chain(next, signs) {
    let value = next();
    for (;;) {
      const sign = signs.find(([sign]) => take(sign));
      if (!sign) return value;
      value = sign[1](value, next());
    }
  }
  const sum = () => chain(product, [["+", (a, b) => a + b], ["-", (a, b) => a - b]]);
  const product = () => chain(signed, [["*", (a, b) => a * b], ["/", (a, b) => a / b]]);
  function signed() {
    if ((depth += 1) > DEEPEST) fail("too deep");
    const value = take("-") ? -signed() : take("+") ? signed() : raised();
    depth -= 1;
    return value;
  }
  function raised() {
    const base = single();
    return take("^") ? Math.pow(base, signed()) : base;
  }
  function single() {
    const token = tokens[at] || "";
    if (/^[\d.]/.test(token)) return (at += 1), Number(token);
    if (take("(")) return closed();
    const name = token.toLowerCase();
    if (Object.hasOwn(CONSTANTS, name)) return (at += 1), CONSTANTS[name];
    if (Object.hasOwn(FUNCTIONS, name)) {
      at += 1;
      if (!take("(")) fail(`( expected after ${name}`);
      return FUNCTIONS[name](closed());
    }
    return fail(/^[a-zπ]/i.test(token) ? `${found()} is no number` : `a number is expected, not ${found()}`);
  }
  function closed() {
    const value = sum();
    return take(")") ? value : fail(`) expected, not ${found()}`);
  }

  try {
    if (tokens.length === 0) fail("a number is expected");
    const value = sum();
    if (at < tokens.length) fail(`${found()} is one too many`);
    return Number.isFinite(value) ? { value } : { wrong: "that is no finite number" };
  } catch (error) {
    if (error instanceof SyntaxError) return { wrong: error.message };
    throw error;
  }
}
