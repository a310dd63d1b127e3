"""The token buckets: what they let through, and that their memory ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.platform.api.rates import Buckets, address_of, refuse_over
from tanso.platform.errors import RateLimited


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    clock = Clock()
    buckets = Buckets("test", 10, 50, clock=clock)
    assert [buckets.take("a").wait for _ in range(60)] == [0] * 50 + [1] * 10
    assert buckets.take("b").wait == 0
    clock.now += 0.3
    assert [buckets.take("a").wait for _ in range(5)] == [0, 0, 0, 1, 1]
    clock.now += 100
    assert buckets.take("a").left == 49


def test_what_is_refused_costs_nothing_and_says_when_to_come_again() -> None:
    clock = Clock()
    buckets = Buckets("test", 1 / 60, 2, clock=clock)
    assert [buckets.take("a").wait for _ in range(2)] == [0, 0]
    assert {buckets.take("a").wait for _ in range(100)} == {60}
    assert buckets.look("a").wait == 60
    with pytest.raises(RateLimited) as refused:
        refuse_over(buckets.take("a"))
    assert refused.value.headers == {
        "Retry-After": "60",
        "RateLimit-Policy": '"test";q=2;w=120',
        "RateLimit": '"test";r=0;t=60',
    }
    clock.now += 60
    assert (buckets.look("a").wait, buckets.look("a").left) == (0, 1)
    assert buckets.take("a").wait == 0


@given(
    rate=st.integers(1, 1000),
    burst=st.integers(1, 1000),
    pauses=st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=300),
)
def test_never_more_than_the_burst_and_what_the_time_allows(
    rate: int, burst: int, pauses: list[float]
) -> None:
    clock = Clock()
    buckets = Buckets("test", rate, burst, clock=clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += buckets.take("a").wait == 0
        assert taken <= burst + (clock.now - 1000) * rate + 0.01


def test_memory_is_bounded_whoever_asks() -> None:
    buckets = Buckets("test", 1, 1, most=100, clock=Clock())
    for number in range(1000):
        buckets.take(str(number))
        buckets.take("steady")
    assert len(buckets) == 100
    assert buckets.take("steady").wait > 0, "who asks all the time is never forgotten"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_subscriber_counts_once(host: str, counted: str) -> None:
    assert address_of({"client": (host, 1234)}) == counted
    assert address_of({"client": None}) == "unknown"
