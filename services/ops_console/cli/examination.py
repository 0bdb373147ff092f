"""What ``askpro doctor`` looks at, each finding with what to do next."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from pydantic import SecretStr

from services.ops_console.cli.environment import CliSettings
from shared.clients.reachability import reach_http, reach_redis, reach_smtp
from shared.contracts.targets import InvalidTargetError, is_hook, label_of, parse_targets
from shared.health.examination import Examination
from shared.health.findings import Finding, probed

Check = Callable[[CliSettings], Awaitable[list[Finding]]]


async def examine(known: CliSettings) -> list[Finding]:
    """Everything at once; what is away is a finding, never an error."""
    checks: tuple[Check, ...] = (_servers, _cache, _mail, _chat)
    found = await asyncio.gather(*(check(known) for check in checks))
    return [finding for findings in found for finding in findings]


async def _servers(known: CliSettings) -> list[Finding]:
    servers = (known.database_url, known.rabbitmq_url, known.rabbitmq_management_url)
    database, broker, management = map(_revealed, servers)
    return await Examination(database, broker, management, known.provider_urls)()


async def _cache(known: CliSettings) -> list[Finding]:
    if known.redis_url is None:
        return [Finding("cache", ok=None, found="not configured", advice="optional: set REDIS_URL")]
    url = known.redis_url.get_secret_value()
    return [await probed("cache", partial(reach_redis, url), "start Valkey or Redis, check REDIS_URL")]


async def _mail(known: CliSettings) -> list[Finding]:
    if known.smtp_url is None:
        return [Finding("mail", ok=None, found="not configured", advice="set SMTP_URL to send mail")]
    return [await probed("mail", partial(reach_smtp, known.smtp_url.get_secret_value()), "check SMTP_URL")]


async def _chat(known: CliSettings) -> list[Finding]:
    """The operators' hooks: only the server is asked, for whoever posts to a hook writes into the chat."""
    if known.notify_urls is None:
        return [Finding("chat", ok=None, found="not configured", advice="set NOTIFY_URLS to tell operators")]
    try:
        targets = parse_targets(known.notify_urls.get_secret_value())
    except InvalidTargetError as error:
        return [Finding("chat", ok=False, found=str(error), advice="check NOTIFY_URLS")]
    return list(await asyncio.gather(*map(_hook, targets.chat)))


async def _hook(url: str) -> Finding:
    name = f"chat {label_of(url)}"
    if not is_hook(url):
        return Finding(name, ok=None, found="not asked: only a message would tell", advice="")
    parts = urlsplit(url)
    server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return await probed(name, partial(reach_http, server), "check NOTIFY_URLS and the network")


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
