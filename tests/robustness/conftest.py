import pytest
from yellow import FILLED, REGIONS, REGISTER, VALUES, YELLOW

from coordination.robustness import multiverse


@pytest.fixture(scope="session")
def made():
    """The multiverse of a cheap half of the choices."""
    vary = ("zeros", "weighting", "aggregation", "coupling", "left_out", "spatial_weights")
    own = YELLOW.model_copy(update={"robustness": YELLOW.robustness.model_copy(update={"vary": vary})})
    spatial = multiverse.spatial_choices(own, REGIONS, None, None)
    return multiverse.multiverse(VALUES, FILLED, own, REGIONS, spatial, REGISTER)
