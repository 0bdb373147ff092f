"""What may be entered about a company."""

import pytest
from pydantic import ValidationError

from services.ops_console.routes.wishes import CompanyFields


def test_a_companys_list_of_targets_names_no_address_of_an_operator() -> None:
    assert CompanyFields(notify_urls="chat=https://hooks.example/x").notify_urls
    with pytest.raises(ValidationError, match="notification_email"):
        CompanyFields(notify_urls="mail=chef@salon.example")
