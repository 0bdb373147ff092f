"""Teams: made by control, or implied by an event type that belongs to one; and who is in them."""

from infra.simulators.calcom.errors import Refusal
from infra.simulators.store import Document, Store


def add_team(store: Store, wanted: Document) -> Document:
    """Seeds a team with `members`, which are ids of accounts; `id` can be given."""
    number = int(wanted.get("id") or store.next_number("teams", 101))
    return store.put("teams", str(number), {"id": number, "members": list(wanted.get("members") or [])})


def teams_of(store: Store, account: Document) -> list[int]:
    """The ids of the teams that the account is in, in order."""
    made = {team["id"] for team in store.all("teams") if account["id"] in team["members"]}
    implied = {
        event_type["teamId"]
        for event_type in store.all("event-types")
        if event_type["teamId"] is not None and _takes_part(account, event_type)
    }
    return sorted(made | implied)


def _takes_part(account: Document, event_type: Document) -> bool:
    hosts = {host["userId"] for host in event_type["hosts"]}
    return account["id"] == event_type["ownerId"] or account["id"] in hosts


def check_member(store: Store, account: Document, team: int) -> None:
    """403 for who is not in the team, and for a team that does not exist."""
    if team not in teams_of(store, account):
        raise Refusal(403, f"User is not a member of the team with id {team}")


def shown_team(account: Document, team: int) -> Document:
    """A team of an organization's account is its organization's."""
    parent = account["organizationId"]
    return {
        "id": team,
        **({} if parent is None else {"parentId": parent}),
        "name": f"Team {team}",
        "slug": f"team-{team}",
        "hideBranding": False,
        "isOrganization": False,
        "isPrivate": False,
        "metadata": {},
        "timeZone": "Europe/London",
        "weekStart": "Sunday",
    }
