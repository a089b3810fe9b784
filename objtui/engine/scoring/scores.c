/* Scores of one member that follow from its logits and their targets alone.

   Nothing here depends on other members, nor on threads. Rows are not sorted: the positives are,
   and every row is counted between the logits that any score asks for (`struct places`). Sums are
   taken in vectors over chunks of rows, and of chunks in double.

   Before this file: VECTOR_MATH where libmvec is to be used. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if VECTOR_MATH /* glibc has these for whole vectors, and does not say so without -ffast-math */
#define FOR_VECTORS __attribute__((simd("notinbranch"), const))
FOR_VECTORS float expf(float);
FOR_VECTORS float log1pf(float);
FOR_VECTORS double exp(double);
FOR_VECTORS double log(double);
FOR_VECTORS double log1p(double);
#endif

#define SIMD _Pragma("omp simd")
#define CHUNK 512
#define ECE_BINS 15
#define NEWTON_STEPS 50
#define NEAR_ENOUGH 4e-4 /* of s, before a last step that cubes it */
#define BISECTIONS 20

enum { FLOAT32, BFLOAT16, FLOAT16 };

typedef uint32_t key; /* in the order of float: NaN is the last, -0 is 0 */

static const key KEY_OF_ZERO = 0x80000000u, KEY_OF_INF = 0xff800000u, KEY_OF_NAN = 0xfffffffeu;
static const key NO_KEY = 0xffffffffu; /* behind all of them */

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline key key_of(float z) {
    const uint32_t bits = bits_of(z), size = bits & 0x7fffffffu;
    const key ordered = size == 0 ? KEY_OF_ZERO : bits >> 31 ? ~bits : bits | 0x80000000u;
    return size > 0x7f800000u ? KEY_OF_NAN : ordered;
}

static inline float of_key(key k) {
    return of_bits(k >> 31 ? k & 0x7fffffffu : ~k);
}

/* ---- Memory ---- */

struct room { /* of memory that is all let go at the end */
    void *parts[24];
    int used;
};

static void *take(struct room *room, const int64_t bytes) {
    return room->parts[room->used++] = calloc(bytes ? bytes : 1, 1);
}

static void let_go(struct room *room) {
    while (room->used) free(room->parts[--room->used]);
}

/* ---- Sorting of positives ---- */

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

static void sort_few(key *keys, const int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        const key k = keys[i];
        int64_t j = i;
        for (; j > 0 && keys[j - 1] > k; j--) keys[j] = keys[j - 1];
        keys[j] = k;
    }
}

/* Sort n keys, digit by digit; `room` holds as many. The sorted ones are where it returns. */
static key *sort_keys(key *keys, key *room, const int64_t n) {
    static const int64_t FEW = 48;
    if (n <= FEW) {
        sort_few(keys, n);
        return keys;
    }
    uint32_t starts[3][DIGITS];
    memset(starts, 0, sizeof starts);
    for (int64_t i = 0; i < n; i++)
        for (int digit = 0; digit < 3; digit++)
            starts[digit][keys[i] >> digit * DIGIT & (DIGITS - 1)]++;
    for (int digit = 0; digit < 3; digit++) {
        uint32_t *const start = starts[digit];
        const int shift = digit * DIGIT;
        if (start[keys[0] >> shift & (DIGITS - 1)] == n) continue; /* all have the same */
        uint32_t below = 0;
        for (int i = 0; i < DIGITS; i++) {
            const uint32_t here = start[i];
            start[i] = below;
            below += here;
        }
        for (int64_t i = 0; i < n; i++) {
            const key k = keys[i];
            room[start[k >> shift & (DIGITS - 1)]++] = k;
        }
        key *const sorted = room;
        room = keys;
        keys = sorted;
    }
    return keys;
}

/* ---- Ranking by p ---- */

/* p in float32, as it is before it is rounded further. */
static inline float p_of(float z) {
    return (float)(1 / (1 + exp(-(double)z)));
}

static inline float rounded(float p, const int kind) {
    uint32_t bits = bits_of(p);
    if (kind == BFLOAT16) return of_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
    if (kind == FLOAT16) {
        const float fine = rintf(p * 0x1p24f) * 0x1p-24f; /* where numbers are evenly spaced */
        return p < 0x1p-14f ? fine : of_bits((bits + 0xfff + (bits >> 13 & 1)) & 0xffffe000u);
    }
    return p;
}

/* The least float32 that is rounded to p or more. */
static inline float least_rounded(float p, const int kind) {
    if (kind == FLOAT32 || p <= 0) return p;
    const uint32_t bits = bits_of(p);
    float before;
    uint32_t odd;
    if (kind == BFLOAT16) {
        before = of_bits(bits - 0x10000u);
        odd = bits >> 16 & 1;
    } else {
        const int fine = p <= 0x1p-14f;
        before = fine ? p - 0x1p-24f : of_bits(bits - 0x2000u);
        odd = fine ? (uint32_t)(p * 0x1p24f) & 1 : bits >> 13 & 1;
    }
    return of_bits(bits_of((p + before) / 2) + odd); /* what lies halfway goes to the even one */
}

/* For each p, rounded, the least key whose p is rounded to it or more. */
static void keys_of_p(const float *p, key *least, const int64_t n, const int kind) {
    SIMD for (int64_t i = 0; i < n; i++) {
        const float own = least_rounded(p[i], kind);
        const uint32_t bits = bits_of(own);
        const double half = ((double)own + (double)of_bits(bits - (bits != 0))) / 2;
        const float z = (float)(log(half) - log1p(-half));
        const key k = key_of(z);
        const key first = p_of(of_key(k - 1)) >= own ? k - 1 : p_of(z) >= own ? k : k + 1;
        least[i] = own > 0 ? first : 0;
    }
}

/* How many of ascending keys lie below one. */
static int64_t below(const key *keys, const int64_t number, const key k) {
    int64_t low = 0, high = number;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (keys[middle] < k) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* ---- Counting rows between keys ---- */

/* Where a key lies among others, ascending and each once, in a few steps whatever they are.

   The first bits of a key name an area; its next ones, as many as the area has keys for, a cell;
   `first` has for each cell how many of the others lie below it. Where these tables are too large
   for the caches that are near, rows wait in groups of areas next to one another. */
struct area {
    uint32_t cells;
    uint32_t shift;
};

enum { NEAR_KEYS = 32768, GROUPS = 256, WAITING = 16384 };
static const uint32_t IS_FULL = 1u << 31; /* of a cell with more than two keys */

struct places {
    const key *keys; /* 0 before them, NO_KEY behind them twice */
    int64_t number;
    int area_shift;
    struct area *areas;
    uint32_t *first;
    uint32_t *counts; /* by twice the keys at or below, and 1 less of rows that have the last */
    uint32_t *others; /* of every second row, where keys are few: to add to one again is slow */
    uint8_t *groups;  /* of each area */
    key (*waiting)[WAITING];
    uint32_t waits[GROUPS];
};

static inline uint32_t cell_of(const struct area *areas, const int area_shift, const key k) {
    const struct area area = areas[k >> area_shift];
    return area.cells + (k >> area.shift);
}

static int make_places(struct places *p, const key *keys, const int64_t number, struct room *room) {
    p->keys = keys;
    p->number = number;
    p->area_shift = 22;
    while (p->area_shift > 16 && number >> (32 - p->area_shift)) p->area_shift--;
    const int64_t areas = (int64_t)1 << (32 - p->area_shift);
    p->areas = take(room, areas * sizeof *p->areas);
    p->groups = take(room, areas);
    p->waiting = take(room, number < NEAR_KEYS ? 0 : GROUPS * sizeof *p->waiting);
    p->counts = take(room, (2 * number + 2) * sizeof *p->counts);
    p->others = number < NEAR_KEYS ? take(room, (2 * number + 2) * sizeof *p->others) : p->counts;
    if (!p->areas || !p->groups || !p->waiting || !p->counts || !p->others) return 0;
    for (int64_t i = 0; i < number; i++) p->areas[keys[i] >> p->area_shift].cells++;
    int64_t cells = 0, passed = 0, group = 0;
    for (int64_t i = 0; i < areas; i++) {
        const uint32_t held = p->areas[i].cells;
        int bits = held ? 1 : 0;
        while (bits < p->area_shift && held > 1u << bits) bits++;
        while (passed * GROUPS >= (group + 1) * (number + 1)) group++;
        p->groups[i] = group;
        p->areas[i].cells = (uint32_t)cells - ((uint32_t)i << bits); /* the area itself is in a key */
        p->areas[i].shift = p->area_shift - bits;
        cells += (int64_t)1 << bits;
        passed += held;
    }
    p->first = take(room, (cells + 1) * sizeof *p->first);
    if (!p->first) return 0;
    for (int64_t i = 0; i < number; i++) p->first[cell_of(p->areas, p->area_shift, keys[i])]++;
    for (int64_t i = 0, lower = 0; i <= cells; i++) {
        const uint32_t here = p->first[i];
        p->first[i] = lower | (here > 2 ? IS_FULL : 0);
        lower += here;
    }
    return 1;
}

static void count_keys(struct places *p, const key *restrict rows, const int64_t n) {
    const struct area *const restrict areas = p->areas;
    const uint32_t *const restrict first = p->first;
    const key *const restrict keys = p->keys;
    const int shift = p->area_shift;
    uint32_t at[CHUNK], full[CHUNK];
    int64_t fulls = 0;
    for (int64_t i = 0; i < n; i++) { /* without branches, which nothing would foretell */
        const key k = rows[i];
        const uint32_t cell = first[cell_of(areas, shift, k)], place = cell & ~IS_FULL;
        const uint32_t last = place + (keys[place] <= k) + (keys[place + 1] <= k);
        full[fulls] = i;
        fulls += cell >> 31;
        at[i] = 2 * last - (keys[(int64_t)last - 1] == k);
    }
    for (int64_t i = 0; i < fulls; i++) {
        const key k = rows[full[i]];
        const uint32_t *const cell = &first[cell_of(areas, shift, k)];
        const int64_t from = cell[0] & ~IS_FULL, to = cell[1] & ~IS_FULL;
        const int64_t last = from + below(keys + from, to - from, k + 1);
        at[full[i]] = 2 * last - (keys[last - 1] == k);
    }
    uint32_t *const counts = p->counts, *const others = p->others;
    for (int64_t i = 0; i + 1 < n; i += 2) {
        counts[at[i]]++;
        others[at[i + 1]]++;
    }
    if (n & 1) counts[at[n - 1]]++;
}

static void count_group(struct places *p, const int group) {
    const uint32_t n = p->waits[group];
    for (uint32_t start = 0; start < n; start += CHUNK)
        count_keys(p, p->waiting[group] + start, n - start < CHUNK ? n - start : CHUNK);
    p->waits[group] = 0;
}

/* Count n ≤ CHUNK rows, now or when others of their group have come. */
static void add_keys(struct places *p, const key *restrict rows, const int64_t n) {
    if (p->number < NEAR_KEYS) {
        count_keys(p, rows, n);
        return;
    }
    const uint8_t *const restrict groups = p->groups;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t group = groups[rows[i] >> p->area_shift], waits = p->waits[group];
        p->waiting[group][waits] = rows[i];
        p->waits[group] = waits + 1;
        if (waits + 1 == WAITING) count_group(p, group);
    }
}

/* Count those that wait, and make each count that of the rows at or below it. */
static void finish_counting(struct places *p) {
    if (p->number >= NEAR_KEYS)
        for (int group = 0; group < GROUPS; group++) count_group(p, group);
    const int apart = p->others != p->counts;
    uint32_t total = 0;
    for (int64_t i = 0; i <= 2 * p->number; i++)
        p->counts[i] = total += p->counts[i] + (apart ? p->others[i] : 0);
}

/* Rows below the key at a place, and with that key. */
static inline int64_t rows_below(const struct places *p, const int64_t place) {
    return p->counts[2 * place];
}

static inline int64_t rows_at(const struct places *p, const int64_t place) {
    return p->counts[2 * place + 1] - p->counts[2 * place];
}

/* ---- Sums over rows ---- */

struct sums {
    double nll, brier, size, square, drift, mean;
    double p[2], z[2];
    double surplus[ECE_BINS]; /* positives less p, of rows with 15 p of so much or more */
};

/* log(1 + e) of 0 ≤ e ≤ 1, to two of its last digits. */
static inline float log_of_one_and(float e) {
    static const float OF_POWERS[] = {
        1.0f,          -0.499998897f, 0.333296657f,  -0.249511674f, 0.196610183f,
        -0.152632743f, 0.105329506f,  -0.0562695265f, 0.0194876865f, -0.00316399941f,
    };
    float sum = OF_POWERS[9];
    for (int power = 8; power >= 0; power--) sum = sum * e + OF_POWERS[power];
    return sum * e;
}

/* Vectors of the size that the processor has: comparisons of longer ones are made number by number.
   Lanes are added up in one order whatever it is. */
#if defined(__AVX512F__)
#define VECTOR 64
#elif defined(__AVX__)
#define VECTOR 32
#else
#define VECTOR 16
#endif
typedef float floats __attribute__((vector_size(VECTOR)));
typedef int32_t ints __attribute__((vector_size(VECTOR)));
enum { LANES = 16, WIDTH = VECTOR / sizeof(float), PARTS = LANES / WIDTH };
enum { TOGETHER = PARTS == 1 ? 15 : PARTS == 2 ? 5 : 3 }; /* bins whose sums fit in registers */
_Static_assert(ECE_BINS % TOGETHER == 0, "add_surplus sums whole groups of bins");

/* Sums of `excess` over rows that have so many `fifteenths` or more; both are 0 from n on. */
static void add_surplus(const float *excess, const float *fifteenths, const int64_t n,
                        double *surplus) {
    for (int first = 0; first < ECE_BINS; first += TOGETHER) {
        floats sums[TOGETHER][PARTS] = {0};
        for (int64_t i = 0; i < n; i += LANES)
            _Pragma("GCC unroll 4") for (int part = 0; part < PARTS; part++) {
                const int64_t at = i + part * WIDTH;
                const floats here = *(const floats *)(excess + at);
                const floats of_p = *(const floats *)(fifteenths + at);
                _Pragma("GCC unroll 16") for (int bin = 0; bin < TOGETHER; bin++)
                    sums[bin][part] += (floats)((ints)here & (of_p >= (float)(first + bin)));
            }
        for (int bin = 0; bin < TOGETHER; bin++) {
            float total = 0;
            for (int lane = 0; lane < LANES; lane++) total += sums[bin][lane / WIDTH][lane % WIDTH];
            surplus[first + bin] += total;
        }
    }
}

static void add_chunk(const float *z, const float *target, const uint8_t *positive,
                      const int64_t n, struct sums *sums) {
    _Alignas(64) float excess[CHUNK], fifteenths[CHUNK];
    float nll = 0, brier = 0, size = 0, square = 0, drift = 0, mean = 0;
    float p_positive = 0, p_negative = 0, z_positive = 0, z_negative = 0;
    SIMD for (int64_t i = 0; i < n; i++) {
        const float logit = z[i], t = target[i];
        const float high = logit > 0 ? logit : 0, apart = fabsf(logit);
        const float e = expf(-apart), most = 1 / (1 + e);
        const float p = logit >= 0 ? most : e * most;
        nll += high - t * logit + log_of_one_and(e);
        brier += (p - t) * (p - t);
        size += apart;
        square += logit * logit;
        drift += t * logit;
        mean += logit;
        p_positive += positive[i] ? p : 0;
        p_negative += positive[i] ? 0 : p;
        z_positive += positive[i] ? logit : 0;
        z_negative += positive[i] ? 0 : logit;
        excess[i] = (positive[i] ? 1 : 0) - p;
        fifteenths[i] = p * ECE_BINS;
    }
    sums->nll += nll;
    sums->brier += brier;
    sums->size += size;
    sums->square += square;
    sums->drift += drift;
    sums->mean += mean;
    sums->p[0] += p_negative;
    sums->p[1] += p_positive;
    sums->z[0] += z_negative;
    sums->z[1] += z_positive;
    for (int64_t i = n; i % LANES; i++) excess[i] = fifteenths[i] = 0;
    add_surplus(excess, fifteenths, n, sums->surplus);
}

/* ---- Temperature ---- */

/* First three derivatives by s of the mean log loss of s z. */
struct slopes {
    double first, second, third;
};

static struct slopes slopes_at(const double s, const float *z, const int64_t rows,
                               const double drift) {
    struct slopes all = {0, 0, 0};
    const float factor = s;
    for (int64_t start = 0; start < rows; start += CHUNK) {
        const int64_t n = rows - start < CHUNK ? rows - start : CHUNK;
        float first = 0, second = 0, third = 0;
        SIMD for (int64_t i = 0; i < n; i++) {
            const float logit = z[start + i], scaled = factor * logit;
            const float e = expf(-fabsf(scaled)), most = 1 / (1 + e);
            const float p = scaled >= 0 ? most : e * most;
            const float bent = logit * logit * (e * most * most);
            first += p * logit;
            second += bent;
            third += bent * logit * (1 - 2 * p);
        }
        all.first += first;
        all.second += second;
        all.third += third;
    }
    all.first = all.first / rows - drift;
    all.second /= rows;
    all.third /= rows;
    return all;
}

/* The best s if every logit stood at the middle of its bin. */
static double binned_guess(double low, double high, const double *edges, const int64_t *counts,
                           const int bins, const int64_t rows, const double drift) {
    for (int step = 0; step < BISECTIONS; step++) {
        const double s = sqrt(low * high);
        double slope = 0;
        SIMD for (int bin = 0; bin < bins; bin++) {
            const double middle = (edges[bin] + edges[bin + 1]) / 2;
            const int64_t held = counts[bin + 1] + counts[bins + 2 + bin + 1];
            slope += held * middle / (1 + exp(-s * middle));
        }
        if (slope / rows < drift) low = s;
        else high = s;
    }
    return sqrt(low * high);
}

/* As `best_temperature` of calibration.py, with a step of Halley's in place of Newton's. */
static double best_temperature(const float *z, const int64_t rows, const struct sums *sums,
                               const double *edges, const int64_t *counts, const int bins,
                               double low, double high) {
    const double size = sums->size / rows, mean = sums->mean / rows, drift = sums->drift / rows;
    if (size == 0 || !isfinite(size)) return NAN;
    const double rounding = 8 * 0x1p-23 * size;
    if ((size + mean) / 2 - 0.2785 / high - drift <= rounding &&
        slopes_at(high, z, rows, drift).first <= rounding) return 0;
    if (mean / 2 + low * (sums->square / rows) / 4 - drift >= 0 &&
        slopes_at(low, z, rows, drift).first >= 0) return INFINITY;
    double s = binned_guess(low, high, edges, counts, bins, rows, drift);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        const struct slopes at = slopes_at(s, z, rows, drift);
        if (at.first < 0) low = s;
        if (at.first > 0) high = s;
        const double following = s - 2 * at.first * at.second /
                                         (2 * at.second * at.second - at.first * at.third);
        const int inside = following > low && following < high;
        const double next = inside ? following : sqrt(low * high);
        const int near = fabs(next - s) <= NEAR_ENOUGH * s;
        s = next;
        if (near || at.first == 0) break;
    }
    return 1 / s;
}

/* ---- A member ---- */

enum { /* `values` of a member, in the order of compiled_scores.py */
    NLL, BRIER, AUC, AP, AP_P, ECE, TEMPERATURE, SATURATED, SATURATED_POS, SATURATED_NEG,
    P_POS, P_NEG, Z_POS, Z_NEG, BEST_LOGIT, F1, RECALL, VALUES
};

/* Ascending keys that are the borders of cells of histograms, and of what is saturated. */
static int take_marks(key *marks, const double *edges, const int bins, const float saturated) {
    int n = 0;
    for (; n <= bins; n++) marks[n] = key_of(edges[n]);
    marks[n++] = key_of(-saturated);
    marks[n++] = key_of(saturated) + 1;
    marks[n++] = KEY_OF_INF + 1;
    sort_few(marks, n);
    return n;
}

/* Both ascending, merged, each key once; how many they are. */
static int64_t merge(const key *a, const int64_t of_a, const key *b, const int64_t of_b, key *all) {
    int64_t i = 0, j = 0, n = 0;
    while (i < of_a || j < of_b) {
        const key k = j == of_b || (i < of_a && a[i] <= b[j]) ? a[i++] : b[j++];
        if (n == 0 || all[n - 1] != k) all[n++] = k;
    }
    return n;
}

static void rank(const key *positives, const int64_t number, const int64_t rows,
                 const struct places *places, double *values) {
    const int64_t negatives = rows - number;
    double twice = 0, precisions = 0, best = 0;
    float at_best = NAN;
    for (int64_t first = 0, place = 0, next; first < number; first = next) {
        for (next = first + 1; next < number && positives[next] == positives[first];) next++;
        while (places->keys[place] < positives[first]) place++;
        const int64_t same = next - first, at_or_above = number - first;
        const int64_t lower = rows_below(places, place) - first;
        const int64_t tied = rows_at(places, place) - same;
        const int64_t predicted = at_or_above + negatives - lower;
        const double f1 = 2.0 * at_or_above / (predicted + number);
        twice += (double)same * (2 * lower + tied);
        precisions += (double)same * at_or_above / predicted;
        if (f1 > best) {
            best = f1;
            at_best = of_key(positives[first]);
        }
    }
    values[AUC] = number && negatives ? twice / number / (2.0 * negatives) : NAN;
    values[AP] = precisions / number;
    values[F1] = number ? best : NAN;
    values[BEST_LOGIT] = at_best;
}

/* Precision at each positive by p: `least` is the least key that has its p. */
static double precision_by_p(const key *least, const int64_t number, const int64_t rows,
                             const struct places *places) {
    double precisions = 0;
    for (int64_t first = 0, place = 0, next; first < number; first = next) {
        for (next = first + 1; next < number && least[next] == least[first];) next++;
        while (places->keys[place] < least[first]) place++;
        precisions += (double)(next - first) * (number - first) / (rows - rows_below(places, place));
    }
    return precisions / number;
}

/* For each positive the least key with its p, rounded. */
static void take_least(const key *positives, float *p, key *least, const int64_t n, const int kind) {
    SIMD for (int64_t i = 0; i < n; i++) p[i] = rounded(p_of(of_key(positives[i])), kind);
    keys_of_p(p, least, n, kind);
    for (int64_t i = 0, first = 0; i < n; i++) { /* ascending, whatever the last digits of exp are */
        if (i && p[i] > p[first]) first = i;
        const key lowest = first ? positives[first - 1] + 1 : 0;
        const key own = least[first] < positives[first] ? least[first] : positives[first];
        least[i] = i > first ? least[first] : own > lowest ? own : lowest;
    }
}

/* Histograms of both classes, and values that follow from counts alone. */
static void take_counts(const key *positives, const int64_t number, const int64_t rows,
                        const struct places *places, const double *edges, const int bins,
                        const float saturated, double *values, int64_t *counts) {
    int64_t last_of_all = 0, last_positive = 0;
    for (int cell = 0; cell < bins + 2; cell++) {
        const key border = cell <= bins ? key_of(edges[cell]) : KEY_OF_INF + 1;
        const int64_t positive = below(positives, number, border);
        const int64_t all = rows_below(places, below(places->keys, places->number, border));
        counts[bins + 2 + cell] = positive - last_positive;
        counts[cell] = all - last_of_all - counts[bins + 2 + cell];
        last_positive = positive;
        last_of_all = all;
    }
    const key unsure = key_of(-saturated), sure = key_of(saturated) + 1;
    const int64_t sure_positives =
        below(positives, number, unsure) + number - below(positives, number, sure);
    const int64_t sure_rows =
        rows_below(places, below(places->keys, places->number, unsure)) + rows -
        rows_below(places, below(places->keys, places->number, sure));
    values[SATURATED] = (double)sure_rows / rows;
    values[SATURATED_POS] = (double)sure_positives / number;
    values[SATURATED_NEG] = (double)(sure_rows - sure_positives) / (rows - number);
    values[RECALL] = 1 - (double)below(positives, number, KEY_OF_ZERO) / number;
}

static void take_means(const struct sums *sums, const int64_t number, const int64_t rows,
                       double *values) {
    values[NLL] = sums->nll / rows;
    values[BRIER] = sums->brier / rows;
    values[P_NEG] = sums->p[0] / (rows - number);
    values[P_POS] = sums->p[1] / number;
    values[Z_NEG] = sums->z[0] / (rows - number);
    values[Z_POS] = sums->z[1] / number;
    double error = 0;
    for (int bin = 0; bin < ECE_BINS; bin++)
        error += fabs(sums->surplus[bin] - (bin + 1 < ECE_BINS ? sums->surplus[bin + 1] : 0));
    values[ECE] = error / rows;
}

/* Values, (VALUES,), and counts by class, (2, bins + 2), of a member; 0 where memory lacks.

   `target` is in [0, 1]; `positions`, of the `number` positives; `kind`, what p is rounded to before AP_P
   ranks by it; `edges`, (bins + 1,), of the histograms; `low` and `high`, the bounds of 1 / T. */
int score_member(const float *z, const float *target, const uint8_t *positive, const int64_t rows,
                 const int64_t *positions, const int64_t number, const int kind,
                 const double *edges, const int bins, const double saturated, const double low,
                 const double high, double *values, int64_t *counts) {
    struct room room = {{0}, 0};
    struct places places = {0};
    struct sums sums = {0};
    const int64_t most = 2 * number + bins + 4;
    key *const taken = take(&room, number * sizeof(key));
    key *const other = take(&room, number * sizeof(key));
    float *const p = take(&room, number * sizeof *p);
    key *const least = take(&room, number * sizeof(key));
    key *const marks = take(&room, (bins + 4) * sizeof(key));
    key *const of_positives = take(&room, 2 * number * sizeof(key));
    key *const before = take(&room, (most + 3) * sizeof(key));
    if (!taken || !other || !p || !least || !marks || !of_positives || !before) goto full;
    key *const keys = before + 1;
    for (int64_t i = 0; i < number; i++) taken[i] = key_of(z[positions[i]]);
    const key *const positives = sort_keys(taken, other, number);
    take_least(positives, p, least, number, kind);
    const int of_marks = take_marks(marks, edges, bins, saturated);
    const int64_t asked = merge(positives, number, least, number, of_positives);
    const int64_t all = merge(of_positives, asked, marks, of_marks, keys);
    keys[all] = keys[all + 1] = NO_KEY;
    if (!make_places(&places, keys, all, &room)) goto full;
    for (int64_t start = 0; start < rows; start += CHUNK) {
        const int64_t n = rows - start < CHUNK ? rows - start : CHUNK;
        key chunk[CHUNK];
        SIMD for (int64_t i = 0; i < n; i++) chunk[i] = key_of(z[start + i]);
        add_keys(&places, chunk, n);
        add_chunk(z + start, target + start, positive + start, n, &sums);
    }
    finish_counting(&places);
    take_counts(positives, number, rows, &places, edges, bins, saturated, values, counts);
    take_means(&sums, number, rows, values);
    rank(positives, number, rows, &places, values);
    values[AP_P] = precision_by_p(least, number, rows, &places);
    values[TEMPERATURE] = best_temperature(z, rows, &sums, edges, counts, bins, low, high);
    let_go(&room);
    return 1;
full:
    let_go(&room);
    return 0;
}

/* Counts by class, (2, bins + 2), of the rows of a member that are `chosen`; 0 where memory lacks. */
int count_member(const float *z, const uint8_t *positive, const uint8_t *chosen,
                 const int64_t rows, const double *edges, const int bins, int64_t *counts) {
    struct room room = {{0}, 0};
    struct places classes[2] = {0};
    key *const keys = (key *)take(&room, (bins + 5) * sizeof(key)) + 1;
    int done = room.parts[0] != 0;
    if (done) {
        for (int i = 0; i <= bins; i++) keys[i] = key_of(edges[i]);
        keys[bins + 1] = KEY_OF_INF + 1;
        keys[bins + 2] = keys[bins + 3] = NO_KEY;
        for (int class = 0; class < 2; class++)
            done = done && make_places(&classes[class], keys, bins + 2, &room);
    }
    for (int64_t start = 0; done && start < rows; start += CHUNK) {
        const int64_t n = rows - start < CHUNK ? rows - start : CHUNK;
        key of_class[2][CHUNK + 1];
        int64_t taken[2] = {0, 0};
        for (int64_t i = start; i < start + n; i++) {
            const key k = key_of(z[i]);
            of_class[0][taken[0]] = of_class[1][taken[1]] = k;
            taken[0] += chosen[i] & !positive[i];
            taken[1] += chosen[i] & positive[i];
        }
        for (int class = 0; class < 2; class++)
            count_keys(&classes[class], of_class[class], taken[class]);
    }
    for (int class = 0; done && class < 2; class++) {
        finish_counting(&classes[class]);
        for (int cell = 0; cell < bins + 2; cell++)
            counts[class * (bins + 2) + cell] =
                rows_below(&classes[class], cell) - (cell ? rows_below(&classes[class], cell - 1) : 0);
    }
    let_go(&room);
    return done;
}
