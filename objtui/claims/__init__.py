"""Claims: sentences with a test over scores, which a run confirms or refutes.

`objtui.claims.language` lists every form that a test may have. Its grammar:

    test      comparisons joined by `and`, `or`, `not`
    compare   number (< | <= | > | >=) number …          may be chained
    number    1e-2, score, + - * /, unary -, ( ), or a call
    score     head.score[@step | @start]                 at the end of the run; within first()
                                                         at the frame looked at

A test is evaluated seed by seed, over scheduled frames only, in float64: 1 / 0
is inf, log(0) -inf, log(-1) NaN, and NaN passes through every operator. A seed
for which any comparison meets a NaN refutes the claim, also under `not` and
`or`: nothing is confirmed by a number that is not there.
"""

from objtui.claims.evaluate import evaluate_claim, evaluate_claims
from objtui.claims.parse import check_claim
from objtui.claims.tokens import ClaimError
from objtui.claims.verdict import Verdict

__all__ = ["ClaimError", "Verdict", "check_claim", "evaluate_claim", "evaluate_claims"]
