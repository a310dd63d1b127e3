"""What use of equipment is charged, by what was measured and by a baseline."""

import pytest

from tanso.platform.equipment.charge import charged_pg


@pytest.mark.parametrize(
    ("baseline", "charged"),
    [
        pytest.param(None, 70, id="not enrolled"),
        pytest.param((100, 49), 100, id="the batch ends once the baseline counts"),
        pytest.param((100, 50), 70, id="the batch ends when it begins to count"),
        pytest.param((100, 0), 100, id="enrolled before anything was reported"),
        pytest.param((60, 0), 70, id="more was measured than the baseline"),
    ],
)
def test_use_is_charged_the_baseline_where_it_counts_and_is_more(
    baseline: tuple[int, int] | None, charged: int
) -> None:
    assert charged_pg(70, 50, baseline) == charged
