"""How much one transaction takes."""

from hypothesis import given
from hypothesis import strategies as st

from shared.db.batches import within

sizes = st.lists(st.integers(min_value=0, max_value=50))


@given(sizes, st.integers(min_value=1, max_value=100))
def test_a_batch_is_the_longest_beginning_that_fits_or_a_single_one(bodies: list[int], most: int) -> None:
    taken = within(enumerate(bodies), most)
    assert taken == list(range(len(taken)))
    assert sum(bodies[: len(taken)]) <= most or len(taken) == 1
    rest = bodies[len(taken) :]
    assert not rest or (taken and sum(bodies[: len(taken) + 1]) > most)
