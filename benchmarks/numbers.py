"""How numbers are written: as many digits as mean something."""

_DIGITS = 3


def number(value: float, unit: str = "") -> str:
    """Three digits, or all of a whole number: 0.0123, 1.05x, 12.3 ms, 45,678."""
    if unit == "x":
        return f"{value:.2f}x"
    text = f"{value:,.0f}" if value == int(value) else _short(value)
    return f"{text} {unit}".rstrip()


def _short(value: float) -> str:
    rounded = float(f"{value:.{_DIGITS}g}")
    if abs(rounded) >= 10 ** (_DIGITS - 1):
        return f"{rounded:,.0f}"
    return f"{rounded:.{_DIGITS}g}"
