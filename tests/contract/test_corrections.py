"""The exceptions: what of the published documents is not believed, told in the output of every run."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.corrections import RETELL, Correction, NeedlessCorrectionError, Schema, corrected
from tests.contract.documents import CORRECTIONS
from tests.contract.needs import CONTRACT_TEST

pytestmark = CONTRACT_TEST
UNCHECKED = "stripe  everything: there is no document of Stripe's here, its simulator is spoken to directly"


def test_each_correction_is_told_with_its_reason(
    documents: dict[str, Schema], record_property: Callable[[str, Any], None]
) -> None:
    told = [str(each) for name in documents for each in CORRECTIONS[name]]
    assert len(set(told)) == len(told)
    for line in [*told, UNCHECKED]:
        record_property("correction", line)


def test_what_is_corrected_is_a_copy() -> None:
    document = {"openapi": "3.0.3"}
    newer = Correction(RETELL, "openapi", "is newer", lambda copy: copy.update(openapi="3.1.0"))
    assert corrected(document, [newer]) == {"openapi": "3.1.0"}
    assert document == {"openapi": "3.0.3"}


def test_a_correction_that_changes_nothing_has_to_go() -> None:
    needless = Correction(RETELL, "openapi", "is right already", lambda copy: copy.update(openapi="3.0.3"))
    with pytest.raises(NeedlessCorrectionError, match="is right already"):
        corrected({"openapi": "3.0.3"}, [needless])
