"""Claims: sentences with a test over scores, which a run confirms or refutes.

    test      comparisons joined by `and`, `or`, `not`
    compare   number (< | <= | > | >=) number …          may be chained
    number    1e-2, head.score, + - * /, unary -, ( ),
              abs(x), log(x), min(a, b, …), max(a, b, …)
    score     head.score         at the end; within first() at the frame looked at
              head.score@100     at the last frame up to step 100, also within first()
              head.score@start   at the first frame, also within first()
    steps     first(COND)                 first step whose frame satisfies COND; if none does,
                                          inf, or NaN where COND meets a NaN at the last frame
              slope(head.score, lo, hi)   least-squares slope against ln(step), over the
                                          frames from step lo to step hi, both included

A test is evaluated seed by seed, over scheduled frames only, in float64: 1 / 0
is inf, log(0) -inf, log(-1) NaN, and NaN passes through every operator. A seed
for which any comparison meets a NaN refutes the claim, also under `not` and
`or`: nothing is confirmed by a number that is not there.
"""

from objtui.claims.error import ClaimError
from objtui.claims.evaluate import evaluate_claim, evaluate_claims
from objtui.claims.parse import check_claim
from objtui.claims.verdict import Verdict

__all__ = ["ClaimError", "Verdict", "check_claim", "evaluate_claim", "evaluate_claims"]
