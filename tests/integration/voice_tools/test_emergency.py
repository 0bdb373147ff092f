"""Who asks what to do in an emergency hears a number, never that we do not know."""

from tests.integration.voice_tools.salon import Salon


async def test_an_emergency_is_answered_where_nobody_has_entered_what_to_say(salon: Salon) -> None:
    answer = await salon.ask("branch_information", {"topic": "notfall"})
    assert answer["status"] == "information"
    assert "112" in answer["say"]
