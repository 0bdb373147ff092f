"""What every contract test needs: the published documents. Where they are, none of them may be skipped."""

from typing import Final

import pytest

from tests.contract.corrections import CONTRACTS

REASON: Final = f"the providers' documents are not in {CONTRACTS} (CONTRACTS_DIR names another folder)"
CONTRACT_TEST: Final = [
    pytest.mark.contracts,
    pytest.mark.skipif(not CONTRACTS.is_dir(), reason=REASON),
    # The first run fetches Prism, 90 MB, perhaps over a slow line.
    pytest.mark.timeout(300),
]
