"""The story, settlement and credits once more, with the node's tables in PostgreSQL."""

from collections.abc import Iterator

import pytest

from ...databases import Server
from .test_credits import test_small_reductions_become_whole_tonnes_and_are_retired
from .test_many import test_every_bad_use_is_named_and_none_is_recorded
from .test_policy import (
    test_a_lot_that_cannot_be_settled_keeps_no_other_waiting_and_is_given_up_at_last,
    undone,
)
from .test_repeats import (
    test_a_refused_request_leaves_its_key_free,
    test_a_shipment_sent_again_under_its_key_ships_once,
    test_two_at_once_under_one_key_are_one,
)
from .test_settlement import test_lots_of_a_batch_share_inputs_exactly_and_left_overs_take_the_rest
from .test_story import (
    test_a_lot_goes_from_registration_to_the_customers_enquiry,
    test_a_material_lot_carries_its_co2_into_the_next_lot_and_the_trace_finds_it,
)

pytestmark = pytest.mark.postgres

__all__ = [
    "test_a_lot_goes_from_registration_to_the_customers_enquiry",
    "test_a_lot_that_cannot_be_settled_keeps_no_other_waiting_and_is_given_up_at_last",
    "test_a_material_lot_carries_its_co2_into_the_next_lot_and_the_trace_finds_it",
    "test_a_refused_request_leaves_its_key_free",
    "test_a_shipment_sent_again_under_its_key_ships_once",
    "test_every_bad_use_is_named_and_none_is_recorded",
    "test_lots_of_a_batch_share_inputs_exactly_and_left_overs_take_the_rest",
    "test_small_reductions_become_whole_tonnes_and_are_retired",
    "test_two_at_once_under_one_key_are_one",
    "undone",
]


@pytest.fixture(scope="module")
def database_url(server: Server) -> Iterator[str]:
    with server.new() as url:
        yield url
