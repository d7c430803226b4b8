#!/usr/bin/env bash
# Opens pages of `sweep --html` and `explore` in a headless Chromium and uses them. Screenshots: target/page/*.png.
#
# Without Chromium, Node.js or npm it says SKIPPED and why; with ALPHASWEEP_BROWSER=require that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

source tests/common/shell.sh
test_of "pages in a browser" ALPHASWEEP_BROWSER
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "there is no Chromium"
for program in node npm; do command -v $program >/dev/null || skip "there is no $program"; done

build
files=target/page
rm -rf $files && mkdir -p $files
sweep() {
    name=$1 && shift
    "$alphasweep" sweep "$@" --engine cpu --no-png --quiet --out $files/$name --html $files/$name.html
}
sweep lecture lecture --precision f64 --alpha lin:0.05:5:120 --start lin:-10:10:80
sweep rosenbrock rosenbrock --precision compensated --alpha log:1e-5:0.1:160 --start lin:-2:2:100
sweep line line --precision f64 --alpha log:1e-4:1:60 --start lin:-5:5:40 --batch 10 --seed 7
sweep styled lecture --precision compensated --alpha lin:0.05:5:120 --start lin:-10:10:80 --palette dark --shade log --no-theory
sweep valleys himmelblau --precision f64 --alpha log:1e-3:0.1:60 --start lin:-5:5:40
# 2500 rows of two columns of unlike size, and a class that one of them decides.
awk 'BEGIN { print "x,z,y"; for (i = 0; i < 2500; i++) { x = 100 + (i * 7919 % 2503) / 50; z = (i * 104729 % 997) / 997
    print x "," z "," (x + 6 * sin(i) > 125 ? 1 : 0) } }' > $files/classes.csv
sweep classes "mean(softplus(v*z+w*x+b)-y*(v*z+w*x+b))" --precision f64 --data $files/classes.csv --standardize --steps 60 \
    --alpha log:0.01:10:20 --vary w_start=lin:-3:3:10
sweep one lecture --precision compensated --set beta_start=-10
map="--precision f64 --steps 200"
sweep adam rosenbrock $map --rule adam --alpha log:1e-3:10:24 --start lin:-2:2:16
sweep central "(x^2-1)^2/4 + max(x, 0)" $map --gradient central:1e-4 --rule momentum --alpha log:1e-3:10:24 --start lin:-2:2:16
sweep each line $map --batch each --alpha log:1e-3:1:24 --start lin:-2:2:16
sweep shuffled line $map --batch 7 --shuffle --seed 3 --alpha log:1e-3:1:24 --start lin:-2:2:16
sweep moves rosenbrock $map --stop "change + move < 1e-4" --alpha log:1e-5:0.01:24 --start lin:-2:2:16
wells="(x^2-1)^2/4 $map --alpha=-0.001,1e-10,0.01,0.2,0.5,1.1,1.7,3 --start lin:-1.5:1.5:31"
sweep wells $wells
sweep tired $wells --rule "delta = -alpha*g*select(t <= 5, 1, 0)"
sweep scheduled rosenbrock $map --rule clipped-gd --schedule "warmup:20*linear" --set alpha@x1=0.002 --alpha log:1e-3:10:24 --start lin:-2:2:16
sweep noisy line $map --rule langevin --set temperature=0.1 --batch 5 --seed 3 --alpha log:1e-3:1:24 --start lin:-2:2:16
sweep functions "tanh(x)^2 + softplus(y-x) + abs(y)^1.5 + exp(-x^2)*sin(y)" $map --alpha log:1e-3:10:24 --start lin:-2:2:16

sweep network two-layer --net 64-6-10 --steps 40 --history 5 --alpha log:0.01:30:6 --vary seed=1,2,3
npm ci --prefix tests/page --no-audit --no-fund --silent
for stories in page live gpu use everyone; do node tests/page/$stories.mjs "$browser" $files "$alphasweep"; done
node tests/page/explore.mjs "$browser" $files "$alphasweep"
