"""The documents as they are used: every correction there is, made anew for each test run."""

from typing import Final

from tests.contract.case import Case
from tests.contract.cases_of_calcom import CALCOM_CASES
from tests.contract.cases_of_conversations import CONVERSATION_CASES
from tests.contract.cases_of_retell import RETELL_CASES
from tests.contract.closing import close_requests
from tests.contract.corrections import CALCOM, RETELL, Correction, Schema, corrected, published
from tests.contract.corrections_of_calcom import CALCOM_CORRECTIONS
from tests.contract.corrections_of_retell import RETELL_CORRECTIONS

CASES: Final[tuple[Case, ...]] = (*CALCOM_CASES, *RETELL_CASES, *CONVERSATION_CASES)


def _closing(document: str) -> Correction:
    operations = [case.operation for case in CASES if case.document == document]
    reason = "a field that is not described passes unread, so that a misspelt one is never noticed"
    return Correction(
        document, "requests that we send", reason, lambda schema: close_requests(schema, operations)
    )


CORRECTIONS: Final = {
    CALCOM: (*CALCOM_CORRECTIONS, _closing(CALCOM)),
    RETELL: (*RETELL_CORRECTIONS, _closing(RETELL)),
}


def corrected_document(name: str) -> Schema:
    """A copy without its known errors."""
    return corrected(published(name), CORRECTIONS[name])
