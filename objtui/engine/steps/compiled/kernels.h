/* What every compiled step is made of: products of small matrices, and functions of numbers.

   A matrix has rows of whole vectors: `real` numbers, padded to a multiple of LANES. What is in the
   padding stays there: columns of a product are apart.
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

/* Vectors that the processor has: of longer ones compilers make memory, not registers. */
#ifdef __AVX512F__
#define VECTOR_BYTES 64
enum { REGISTERS = 32 };
#elif defined __AVX__
#define VECTOR_BYTES 32
enum { REGISTERS = 16 };
#else
#define VECTOR_BYTES 16
#ifdef __aarch64__
enum { REGISTERS = 32 };
#else
enum { REGISTERS = 16 };
#endif
#endif
#define VECTOR_LANES ((int)(VECTOR_BYTES / sizeof(real)))

typedef real vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

/* A tile's sums stay in registers, beside a row of vectors and a factor: three quarters of them. */
enum { TILE_SUMS = REGISTERS * 3 / 4, TILE_ROWS = 6, TILE_VECTORS = 4 };

#define UNROLLED _Pragma("GCC unroll 8")

/* c[rows][vectors] += a[rows][k] · b[k][vectors] for one tile. */
INLINE void add_tile(const int rows, const int vectors, const int ks, const real *a,
                     const int a_row, const int a_k, const real *b, const int b_row, real *c,
                     const int c_row) {
    vector sums[TILE_ROWS][TILE_VECTORS];
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            sums[i][v] = *(vector *)(c + i * c_row + v * VECTOR_LANES);
    for (int k = 0; k < ks; k++) {
        vector of_b[TILE_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++)
            of_b[v] = *(const vector *)(b + k * b_row + v * VECTOR_LANES);
        UNROLLED for (int i = 0; i < rows; i++) {
            const vector factor = a[i * a_row + k * a_k] - (vector){0};
            UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] += factor * of_b[v];
        }
    }
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            *(vector *)(c + i * c_row + v * VECTOR_LANES) = sums[i][v];
}

/* Of few rows the tiles are wide: every sum waits for the one before. */
INLINE void add_rows(const int rows, const int columns, const int ks, const real *a,
                     const int a_row, const int a_k, const real *b, const int b_row, real *c,
                     const int c_row) {
    const int vectors = TILE_SUMS / rows >= TILE_VECTORS ? TILE_VECTORS : 2;
    int j = 0;
    for (; j + vectors * VECTOR_LANES <= columns; j += vectors * VECTOR_LANES)
        add_tile(rows, vectors, ks, a, a_row, a_k, b + j, b_row, c + j, c_row);
    if (vectors > 2 && j + 2 * VECTOR_LANES <= columns) {
        add_tile(rows, 2, ks, a, a_row, a_k, b + j, b_row, c + j, c_row);
        j += 2 * VECTOR_LANES;
    }
    if (j < columns) add_tile(rows, 1, ks, a, a_row, a_k, b + j, b_row, c + j, c_row);
}

/* c[rows][columns] += a[rows][ks] · b[ks][columns]. Element (i, k) of a lies at i · a_row + k ·
   a_k; rows of b and c are padded, and b_row and c_row apart. */
INLINE void add_product(const int rows, const int columns, const int ks, const real *a,
                        const int a_row, const int a_k, const real *b, const int b_row, real *c,
                        const int c_row) {
    int i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS)
        add_rows(TILE_ROWS, columns, ks, a + i * a_row, a_row, a_k, b, b_row, c + i * c_row, c_row);
#define REST(n) \
    case n: \
        add_rows(n, columns, ks, a + i * a_row, a_row, a_k, b, b_row, c + i * c_row, c_row); \
        break;
    switch (rows % TILE_ROWS) { REST(5) REST(4) REST(3) REST(2) REST(1) }
#undef REST
}

/* A square of numbers with sides of one short vector, which every processor has. */
enum { SQUARE = 16 / sizeof(real) };
typedef real side __attribute__((vector_size(16), aligned(sizeof(real)), may_alias));

#ifdef __clang__
#define PICKED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t picks __attribute__((vector_size(16)));
#define PICKED(a, b, ...) __builtin_shuffle(a, b, (picks){__VA_ARGS__})
#endif

INLINE void transpose_square(const side *from, side *to) {
#if REAL_IS_DOUBLE
    to[0] = (side){from[0][0], from[1][0]};
    to[1] = (side){from[0][1], from[1][1]};
#else
    const side left = PICKED(from[0], from[1], 0, 4, 1, 5);
    const side right = PICKED(from[0], from[1], 2, 6, 3, 7);
    const side lower_left = PICKED(from[2], from[3], 0, 4, 1, 5);
    const side lower_right = PICKED(from[2], from[3], 2, 6, 3, 7);
    to[0] = PICKED(left, lower_left, 0, 1, 4, 5);
    to[1] = PICKED(left, lower_left, 2, 3, 6, 7);
    to[2] = PICKED(right, lower_right, 0, 1, 4, 5);
    to[3] = PICKED(right, lower_right, 2, 3, 6, 7);
#endif
}

/* c[columns][rows] = the columns of b[rows][columns], by whole squares. */
INLINE void transpose(const int rows, const int columns, const real *b, const int b_row, real *c,
                      const int c_row) {
    for (int j = 0; j < columns; j += SQUARE)
        for (int i = 0; i < rows; i += SQUARE) {
            side from[SQUARE], to[SQUARE];
            UNROLLED for (int n = 0; n < SQUARE; n++)
                from[n] = *(const side *)(b + (i + n) * b_row + j);
            transpose_square(from, to);
            UNROLLED for (int n = 0; n < SQUARE; n++) *(side *)(c + (j + n) * c_row + i) = to[n];
        }
}

/* Have a row in the cache by the time it is read. */
INLINE void fetch(const int columns, const real *row) {
    for (int j = 0; j < columns; j += LANES) __builtin_prefetch(row + j);
}

/* The sum of the products of two rows. */
INLINE real dot(const int columns, const real *a, const real *b) {
    real total = 0;
#pragma omp simd reduction(+ : total)
    for (int j = 0; j < columns; j++) total += a[j] * b[j];
    return total;
}
