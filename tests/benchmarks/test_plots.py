"""What is drawn is there, in its place, and told in words as well."""

import re
from copy import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from benchmarks import plots
from benchmarks.case import Curve, Part, Result
from benchmarks.plots.canvas import WIDTH
from benchmarks.plots.scales import LogScale, NinesScale
from tests.benchmarks import samples

SVG = "{http://www.w3.org/2000/svg}"
ABSURD = replace(
    samples.GROWTH,
    curves=(
        Curve(subject="deskhand", quantity="one point", points=((7, 7),)),
        Curve(subject="deskhand", quantity="nothing", points=((0, 0), (10, 0))),
        *(Curve(subject=f"<{n}> & one more", quantity="crowd", points=((1, 5), (9, 5))) for n in range(9)),
    ),
    breakdown=(Part(name="all of it", milliseconds=1e-6), Part(name="none", milliseconds=0)),
)
RESULTS = pytest.mark.parametrize(
    "result", [samples.LATENCY, samples.GROWTH, ABSURD], ids=["latency", "growth", "absurd"]
)


def drawn(result: Result) -> dict[str, ET.Element]:
    return {plot.name: ET.fromstring(plot.svg) for plot in plots.of(result)}


def numbers(element: ET.Element) -> list[float]:
    places = [element.get(name, "") for name in ("x", "y", "cx", "cy", "d")]
    return [float(found) for place in places for found in re.findall(r"-?[\d.]+", place)]


def test_each_quantity_has_a_plot() -> None:
    """Curves of one quantity share one, wherever they stand; distributions likewise; and one shows the breakdown."""
    assert {"trigger-latency-latency-percentiles.svg", "trigger-latency-breakdown.svg"} == set(
        drawn(samples.LATENCY)
    )
    assert {"poll-between-dataverse-operations.svg", "poll-between-time.svg"} == set(drawn(samples.GROWTH))


@RESULTS
def test_everything_is_within_the_picture(result: Result) -> None:
    """Also where there is one point, nothing but zeros, or more lines than colours."""
    for svg in drawn(result).values():
        height = float(svg.get("height", "0"))
        shapes = [each for tag in ("path", "circle", "rect", "text") for each in svg.iter(f"{SVG}{tag}")]
        assert shapes
        for each in shapes:
            assert all(0 <= number <= max(WIDTH, height) for number in numbers(each)), each.attrib


@RESULTS
def test_the_same_result_gives_the_same_bytes(result: Result) -> None:
    """A plot changes only with what it shows."""
    assert [plot.svg for plot in plots.of(result)] == [plot.svg for plot in plots.of(result)]


@RESULTS
def test_a_plot_is_readable_in_both_schemes_and_by_a_screen_reader(result: Result) -> None:
    """It has a title, says its values in words, keeps text as text, has no background and another set of colours for the dark."""
    for svg in drawn(result).values():
        words = {each.tag.removeprefix(SVG): each.text or "" for each in svg if each.get("id") in {"t", "d"}}
        assert words["title"].startswith(result.title)
        assert len(words["desc"]) > 10
        assert "prefers-color-scheme:dark" in (svg.findtext(f"{SVG}style") or "")
        assert "img" == svg.get("role")


def test_values_are_told_in_words() -> None:
    """Whoever cannot see a plot hears the same."""
    growth = drawn(samples.GROWTH)["poll-between-dataverse-operations.svg"]
    latency = drawn(samples.LATENCY)["trigger-latency-breakdown.svg"]

    assert "In() with 200 ids: 0 at 0, 1 at 100, 5 at 1,000" in (growth.findtext(f"{SVG}desc") or "")
    assert "RunDesktopFlow: 61.2 (73%)" in (latency.findtext(f"{SVG}desc") or "")


def test_names_at_the_lines_ends_do_not_cover_each_other() -> None:
    """However close the lines end, their names stand apart and stay in the picture."""
    crowd = drawn(ABSURD)["poll-between-crowd.svg"]
    heights = sorted(
        float(each.get("y", "")) for each in crowd.iter(f"{SVG}text") if "one more" in (each.text or "")
    )

    assert 9 == len(heights)
    assert min(b - a for a, b in pairwise(heights)) >= 15


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((100, 100_000), (100, 1_000, 10_000, 100_000)),
        ((3, 60), (2, 5, 10, 20, 50, 100)),
        ((78, 140), (70, 80, 90, 100, 150)),
        ((0, 1_000, 2_000), (0, 1_000, 1_500, 2_000)),
        ((5, 5), (5, 6)),
    ],
)
def test_a_log_axis_ends_at_ticks(values: tuple[float, ...], ticks: tuple[float, ...]) -> None:
    """Few ticks, and none far beyond what there is to show."""
    assert ticks == pytest.approx(LogScale.over(values, 0, 100).ticks)


def test_equal_ratios_are_equal_distances_and_zero_stands_apart() -> None:
    """On the log axis; a zero, which has no place on it, begins it."""
    scale = LogScale.over((0, 1, 10_000), 300, 0)
    places = [scale.place(value) for value in (0, 1, 10, 100, 1_000, 10_000)]

    assert (300, 0) == (places[0], places[-1])
    steps = [a - b for a, b in pairwise(places[1:])]
    assert [steps[0]] * 4 == pytest.approx(steps)


def test_each_nine_has_the_same_room() -> None:
    """From 90 to 99 is as far as from 99 to 99.9; 100 ends the axis."""
    scale = NinesScale(0, 350)

    assert [0, 100, 200, 300, 350] == pytest.approx([scale.place(each) for each in (0, 90, 99, 99.9, 100)])
