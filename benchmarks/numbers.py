"""How numbers are written: as many digits as mean something."""

from math import floor, log10

_DIGITS = 3


def number(value: float, unit: str = "") -> str:
    """Three digits, or all of a whole number, never an exponent: 0.0123, 1.05x, 12.3 ms, 45,678."""
    if unit == "x":
        return f"{value:.2f}x"
    text = f"{value:,.0f}" if value == int(value) else _short(value)
    return f"{text} {unit}".rstrip()


def _short(value: float) -> str:
    decimals = max(0, _DIGITS - 1 - floor(log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
