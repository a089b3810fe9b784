/* What every compiled step is made of: products of small matrices, and functions of numbers.

   A matrix has rows of whole vectors: `real` numbers, padded with zeros to a multiple of LANES.
   Before this file: REAL_IS_DOUBLE, VECTOR_MATH where libmvec is to be used. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#if REAL_IS_DOUBLE
typedef double real;
#define OF_KIND(name) name
#else
typedef float real;
#define OF_KIND(name) name##f
#endif

#if VECTOR_MATH /* glibc has these for whole vectors, and does not say so without -ffast-math */
#define FOR_VECTORS __attribute__((simd("notinbranch"), const))
FOR_VECTORS real OF_KIND(exp)(real);
FOR_VECTORS real OF_KIND(log)(real);
FOR_VECTORS real OF_KIND(log1p)(real);
FOR_VECTORS real OF_KIND(tanh)(real);
FOR_VECTORS real OF_KIND(erf)(real);
FOR_VECTORS real OF_KIND(pow)(real, real);
#endif

#define EXP(x) OF_KIND(exp)(x)
#define LOG(x) OF_KIND(log)(x)
#define LOG1P(x) OF_KIND(log1p)(x)
#define TANH(x) OF_KIND(tanh)(x)
#define ERF(x) OF_KIND(erf)(x)
#define SQRT(x) OF_KIND(sqrt)(x)
#define ABS(x) OF_KIND(fabs)(x)
#define POW(x, y) OF_KIND(pow)(x, y)
#define LOGADDEXP(x, y) logaddexp(x, y)
#define HALF ((real)0.5)
#define SQRT_HALF ((real)0.70710678118654752440)

static inline real logaddexp(real x, real y) {
    const real most = x > y || x != x ? x : y, apart = x - y;
    return most + LOG1P(EXP(apart < 0 ? apart : -apart));
}

#define INLINE static inline __attribute__((always_inline))
#define LANES ((int)(64 / sizeof(real)))
#define PADDED(n) (((n) + LANES - 1) / LANES * LANES)

typedef real vector __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));

#ifdef __AVX512F__
enum { TILE_ROWS = 4, TILE_VECTORS = 2 };
#else
enum { TILE_ROWS = 4, TILE_VECTORS = 1 };
#endif

#define UNROLLED _Pragma("GCC unroll 8")

/* c[rows][vectors] += a[rows][k] · b[k][vectors] for one tile that stays in registers. */
INLINE void add_tile(const int rows, const int vectors, const int ks, const real *a,
                     const int a_row, const int a_k, const real *b, const int b_row, real *c,
                     const int c_row) {
    vector sums[TILE_ROWS][TILE_VECTORS];
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            sums[i][v] = *(vector *)(c + i * c_row + v * LANES);
    for (int k = 0; k < ks; k++) {
        vector of_b[TILE_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++)
            of_b[v] = *(const vector *)(b + k * b_row + v * LANES);
        UNROLLED for (int i = 0; i < rows; i++) {
            const vector factor = a[i * a_row + k * a_k] - (vector){0};
            UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] += factor * of_b[v];
        }
    }
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            *(vector *)(c + i * c_row + v * LANES) = sums[i][v];
}

INLINE void add_rows(const int rows, const int columns, const int ks, const real *a,
                     const int a_row, const int a_k, const real *b, const int b_row, real *c,
                     const int c_row) {
    int j = 0;
    for (; j + TILE_VECTORS * LANES <= columns; j += TILE_VECTORS * LANES)
        add_tile(rows, TILE_VECTORS, ks, a, a_row, a_k, b + j, b_row, c + j, c_row);
    for (; j < columns; j += LANES)
        add_tile(rows, 1, ks, a, a_row, a_k, b + j, b_row, c + j, c_row);
}

/* c[rows][columns] += a[rows][ks] · b[ks][columns]. Element (i, k) of a lies at i · a_row + k ·
   a_k; rows of b and c are padded, and b_row and c_row apart. */
INLINE void add_product(const int rows, const int columns, const int ks, const real *a,
                        const int a_row, const int a_k, const real *b, const int b_row, real *c,
                        const int c_row) {
    int i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS)
        add_rows(TILE_ROWS, columns, ks, a + i * a_row, a_row, a_k, b, b_row, c + i * c_row, c_row);
    for (; i < rows; i++)
        add_rows(1, columns, ks, a + i * a_row, a_row, a_k, b, b_row, c + i * c_row, c_row);
}

/* The sum of the products of two rows of `columns` numbers, padded. */
INLINE real dot(const int columns, const real *a, const real *b) {
    vector sums = {0};
    for (int j = 0; j < columns; j += LANES) sums += *(const vector *)(a + j) * *(const vector *)(b + j);
    real total = 0;
    for (int lane = 0; lane < LANES; lane++) total += sums[lane];
    return total;
}
