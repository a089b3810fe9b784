"""Numbers in few letters: counts, and scores as far as their spread over seeds is certain."""

from __future__ import annotations

import math

from objtui.measures.spread import Spread, are_alike
from objtui.ui.theme import Theme

_SIGNIFICANT = 4
_FEW_PERCENT = 0.1


def short_count(count: float) -> str:
    """A count in at most four characters, at least 1."""
    number = max(1.0, float(round(count)))
    for unit in ("", "k", "M", "G"):
        if number < 999.5:
            return f"{number:.0f}{unit}" if unit == "" or number >= 9.95 else f"{number:.1f}{unit}"
        number = number / 1000
    return f"{number:.0f}T"


def share_words(beyond: float, rows: float) -> list[str]:
    """How many of some rows lie beyond an axis, from long to short; a count where they are few."""
    if not beyond:
        return []
    percent = 100 * beyond / rows
    if percent < _FEW_PERCENT:
        return [f"{short_count(beyond)} beyond", short_count(beyond)]
    shown = f"{percent:.{int(percent < 1)}f}"
    return [f"{_leading_dot(shown)} % beyond", f"{_leading_dot(shown)}%"]


def short_number(value: float, most: int, theme: Theme) -> str:
    """A value in at most `most` letters, at least 6: .0315, 6.724, 2.6e-7."""
    if math.isnan(value):
        return theme.nothing
    if math.isinf(value):
        return "inf" if value > 0 else f"{theme.minus}inf"
    return _signed(_digits(abs(value), most - (value < 0)), value, theme)


def apart_numbers(low: float, high: float, most: int, theme: Theme) -> tuple[str, str]:
    """Two values as `short_number` has them, with more digits where they would look alike."""
    texts = short_number(low, most, theme), short_number(high, most, theme)
    for digits in range(_SIGNIFICANT + 1, 8):
        if texts[0] != texts[1] or are_alike((low, high)):
            break
        low_text, high_text = (_leading_dot(f"{abs(x):.{digits}g}") for x in (low, high))
        texts = _signed(low_text, low, theme), _signed(high_text, high, theme)
    return texts


def short_deviation(size: float, most: int) -> str:
    """A deviation in at most `most` letters, at least 4: .0010, 2.3, 1e-7.

    With a dot wherever it has a digit there, so that a column is of one form.
    """
    if math.isinf(size):
        return "inf"
    if size == 0:
        return "0"
    for places in range(4, -1, -1):
        text = _leading_dot(f"{size:.{places}f}")
        if len(text) <= most and float(text) > 0:
            return text
    text = _exponent(size, 0)
    return text if len(text) <= most else "0"


def _digits(size: float, most: int) -> str:
    if size == 0:
        return "0"
    if 1e-3 <= size < 10.0 ** min(most, 5) - 0.5:
        if size < 1:
            text = _leading_dot(f"{size:.4f}")
        else:
            whole = math.floor(math.log10(size)) + 1
            text = f"{size:.{max(0, min(_SIGNIFICANT, most - 1) - whole)}f}"
        if len(text) <= most:
            return text
    return next((text for d in (2, 1, 0) if len(text := _exponent(size, d)) <= most), "0")


def compact(spread: Spread, most: int, theme: Theme) -> str:
    """Mean and deviation in one, the latter in units of the last digit: .0229±10 is .0229 ± .0010.

    The deviation has one digit, or two from 10 to 19. Without one, or where the whole does not
    fit into `most` letters, the mean alone.
    """
    mean, sd = spread.mean, spread.sd
    if not (math.isfinite(mean) and math.isfinite(sd)) or sd <= 0:
        return short_number(mean, min(most, 6), theme)
    power = math.floor(math.log10(sd))
    decimals = -power + (1 if sd < 1.95 * 10.0**power else 0)
    last = round(sd * 10.0**decimals) if decimals < 300 else 0
    if last == 0 or decimals < -5:
        return short_number(mean, min(most, 6), theme)
    deviation = f"{theme.plus_minus}{last}"
    size = abs(mean)
    if decimals <= 5:
        rounded = round(size, decimals)
        text = _leading_dot(f"{rounded:.{max(decimals, 0)}f}")
        if decimals < 0:
            deviation = f"{theme.plus_minus}{round(sd, decimals):.0f}"
        text = _signed(text, mean, theme) + deviation
    else:
        exponent = max(math.floor(math.log10(size)) if size else power, power)
        shown = f"{size / 10.0**exponent:.{max(decimals + exponent, 0)}f}"
        if float(shown) >= 10:
            exponent += 1
            shown = f"{size / 10.0**exponent:.{max(decimals + exponent, 0)}f}"
        behind = f"e{exponent}" if exponent else ""
        text = f"{_signed(shown, mean, theme)}{deviation}{behind}"
    return text if len(text) <= most else short_number(mean, min(most, 6), theme)


def _signed(text: str, value: float, theme: Theme) -> str:
    return f"{theme.minus}{text}" if value < 0 and text.strip("0.") else text


def _leading_dot(text: str) -> str:
    return text[1:] if text.startswith("0.") else text


def _exponent(size: float, digits: int) -> str:
    mantissa, _, exponent = f"{size:.{digits}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
