"""Whatever the broker brings to the provisioner has a handler: what has none would be a dead letter."""

from cryptography.fernet import Fernet
from pydantic import SecretStr

from services.provisioner.app import subscriptions
from services.provisioner.content import Addresses
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts import names
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.messaging.topology import WORK_QUEUES
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits


async def test_every_event_bound_to_the_queue_has_a_handler() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", application="test")
    guards = Guards(Circuits(None, process="test"), Limits(None))
    async with http_client() as http:
        providers = Providers(http, guards, calcom_base_url="http://a", retell_base_url="http://b")
        vault = Vault((SecretStr(Fernet.generate_key().decode()),))
        table = subscriptions(database, vault, providers, Addresses("http://c", "http://d"))
    bound = next(queue.bindings for queue in WORK_QUEUES if queue.name == names.PROVISIONER_BRANCHES)
    assert [event for event in bound if not any(line.matches(event) for line in table)] == []
    await database.close()
