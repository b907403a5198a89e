"""The zero of a monotone function inside a bracket, in few evaluations."""

from __future__ import annotations

from collections.abc import Callable


def bracketed_root(
    f: Callable[[float], float],
    low: float,
    f_low: float,
    high: float,
    f_high: float,
    tolerance: float,
) -> float:
    """Find x in [low, high] with f(x) = 0, where f(low) <= 0 <= f(high) or the reverse.

    The answer is within twice `tolerance` of a change of sign. Inverse quadratic interpolation
    where it can be trusted, else bisection (Chandrupatla 1997, Adv. Eng. Software 28), so that it
    never needs many more steps than bisection and usually a fifth of them.
    """
    if f_low == 0:
        return low
    if f_high == 0:
        return high
    # a is the newest point, b the other end of the bracket, c the point before a.
    a, fa, b, fb = high, f_high, low, f_low
    t = 0.5
    while True:
        x = a + t * (b - a)
        fx = f(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = x, fx
        best, f_best = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        if f_best == 0 or abs(b - a) <= 2 * tolerance:
            return best
        least = tolerance / abs(b - a)
        t = min(1 - least, max(least, _step(a, fa, b, fb, c, fc)))


def _step(a: float, fa: float, b: float, fb: float, c: float, fc: float) -> float:
    """How far to go from a towards b, as a share of the way."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if phi * phi < xi and (1 - phi) ** 2 < 1 - xi:
        towards_b = fa / (fb - fa) * fc / (fb - fc)
        return towards_b + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return 0.5
