// `lecture` as a loop in C: what a compiler makes of it, as the limit for other forms.
//
// A thread takes row after row. Some descents of the row are in lanes side by side; they make a few steps that nobody looks at
// but for the least slope and the largest loss, and where one of these passed its limit the lane makes the steps again, one by
// one. A lane whose descent has ended takes the next of the row. All four outputs are written. c_lecture.py calls this.
#include <math.h>

#ifndef REAL
#define REAL float
#endif
#define LANES 64
#define UNSEEN 8
// As in outcomes.py.
enum { CONVERGED, OUT_OF_STEPS, DIVERGED, GOES_ON };

typedef struct { REAL b[LANES], alpha[LANES]; int step[LANES]; long cell[LANES]; } Lanes;
typedef struct { REAL gtol, diverge; int steps; } Limits;
typedef struct { REAL *loss, *beta; int *steps; signed char *outcome; } Outputs;

static inline REAL slope(REAL b) { return b * (REAL)0.5 - (REAL)1; }

// Makes up to UNSEEN steps of one descent with all tests; what it is then.
static int walk(REAL *b, int *step, REAL alpha, REAL bar, const Limits *limits, REAL *loss) {
    for (int left = UNSEEN;; left--) {
        REAL h = slope(*b);
        *loss = h * h;
        if (!(*loss <= bar)) return DIVERGED;
        if (fabs(h) < limits->gtol) return CONVERGED;
        if (*step == limits->steps) return OUT_OF_STEPS;
        if (left == 0) return GOES_ON;
        *b -= alpha * h;
        ++*step;
    }
}

// Puts the next descent of the row in a lane; one that stands still far from both limits where there are no more.
static int fill(Lanes *l, int lane, long *next, long nx, const REAL *alpha, REAL start) {
    int is_there = *next < nx;
    l->cell[lane] = is_there ? (*next)++ : -1;
    l->b[lane] = is_there ? start : (REAL)3;
    l->alpha[lane] = is_there ? alpha[l->cell[lane]] : (REAL)0;
    l->step[lane] = 0;
    return is_there;
}

static void row(long nx, const REAL *alpha, REAL start, const Limits *limits, Outputs out) {
    Lanes l;
    long next = 0;
    int live = 0;
    REAL h0 = slope(start), bar = limits->diverge * ((REAL)1 + h0 * h0);
    for (int i = 0; i < LANES; i++) live += fill(&l, i, &next, nx, alpha, start);
    while (live > 0) {
        REAL before[LANES], least[LANES], most[LANES];
        for (int i = 0; i < LANES; i++) {
            before[i] = l.b[i];
            least[i] = INFINITY;
            most[i] = 0;
        }
        for (int s = 0; s < UNSEEN; s++)
            for (int i = 0; i < LANES; i++) {
                REAL h = slope(l.b[i]), f = h * h, size = h < 0 ? -h : h;
                least[i] = size < least[i] ? size : least[i];
                most[i] = f > most[i] ? f : most[i];
                l.b[i] -= l.alpha[i] * h;
            }
        int passed = 0;
        for (int i = 0; i < LANES; i++) {
            l.step[i] += UNSEEN;
            passed |= (least[i] < limits->gtol) | !(most[i] <= bar) | (l.step[i] > limits->steps) | !(l.b[i] == l.b[i]);
        }
        if (!passed) continue;
        for (int i = 0; i < LANES; i++) {
            if (l.cell[i] < 0) {
                l.step[i] = 0;
                continue;
            }
            REAL loss;
            l.b[i] = before[i];
            l.step[i] -= UNSEEN;
            int what = walk(&l.b[i], &l.step[i], l.alpha[i], bar, limits, &loss);
            if (what == GOES_ON) continue;
            long cell = l.cell[i];
            out.loss[cell] = loss, out.beta[cell] = l.b[i], out.steps[cell] = l.step[i], out.outcome[cell] = what;
            live -= !fill(&l, i, &next, nx, alpha, start);
        }
    }
}

void sweep(long nx, long ny, int steps, REAL gtol, REAL diverge, const REAL *alpha, const REAL *start, REAL *loss, REAL *beta,
           int *ended, signed char *outcome) {
    Limits limits = {gtol, diverge, steps};
#pragma omp parallel for schedule(dynamic, 1)
    for (long y = 0; y < ny; y++) {
        Outputs out = {loss + y * nx, beta + y * nx, ended + y * nx, outcome + y * nx};
        row(nx, alpha, start[y], &limits, out);
    }
}
