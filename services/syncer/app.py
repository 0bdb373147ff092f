"""The map of the syncer: which queue, which event, which handler."""

from typing import Final

from starlette.applications import Starlette

from services.syncer import handlers
from services.syncer.event_types import CalcomEventTypes
from services.syncer.providers import CalcomCalendar, RetellRecords, StripeInvoices, StripeSubscriptions
from services.syncer.reports import report_billing_repair, report_call_repair, report_catalogue, report_repair
from services.syncer.settings import SyncerSettings
from services.syncer.store.billing import Invoices, Subscriptions
from services.syncer.store.bookings import Bookings
from services.syncer.store.calls import Calls
from services.syncer.store.catalogue import Catalogues
from services.syncer.store.customers import Customers
from services.syncer.store.doubtful import Doubtful
from services.syncer.store.payers import Payers
from services.syncer.store.repairs import Repairs
from services.syncer.store.standings import Standings
from services.syncer.store.wishes import Wishes
from shared.clients.providers import Providers
from shared.clients.stripe import Stripe
from shared.contracts import names
from shared.contracts.events import (
    BookingHinted,
    BookingObserved,
    BookingRequested,
    CallAuditDue,
    CallObserved,
    CompanySuspensionDue,
    RecordingRefused,
)
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.consumers import On

NAME = "syncer"
#: Each subscription in doubt is looked at once an hour, however often somebody looks for one.
_DOUBTS_SECONDS: Final = 300.0
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR


def build(settings: SyncerSettings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    key = settings.stripe_api_key
    companies = Credentials(platform.database, platform.vault)
    platform.circuits.listen(companies.heed)
    stripe = platform.providers.stripe(key.get_secret_value()) if key else None
    grace = settings.suspension_grace_days * _DAY
    table = subscriptions(
        platform.database,
        platform.providers,
        companies,
        stripe=stripe,
        booking_email_domain=settings.booking_email_domain,
        grace=grace,
    )
    platform.subscribe(table)
    _repair(platform, companies, settings.repair_seconds)
    catalogue = handlers.SyncCatalogue(
        Catalogues(platform.database, source=NAME),
        CalcomEventTypes(platform.providers, companies),
        report_catalogue,
        settings.catalogue_seconds,
    )
    platform.every("sync catalogue", min(settings.catalogue_seconds, 5.0), catalogue)
    if stripe is not None:
        repair = repair_subscriptions(platform.database, stripe, grace=grace)
        platform.every("repair subscriptions", _DOUBTS_SECONDS, repair)
        find = find_subscriptions(platform.database, stripe, grace=grace)
        platform.every("find subscriptions", _DOUBTS_SECONDS, find)
    return platform, Starlette(routes=health_routes(NAME, platform.readiness))


def _repair(platform: Platform, companies: Credentials, seconds: float) -> None:
    """Read regularly what lost webhooks left out; a turn is looked for every 5 s at most."""
    bookings = handlers.RepairBookings(
        Repairs(platform.database, source=NAME),
        CalcomCalendar(platform.providers, companies),
        report_repair,
        seconds,
    )
    calls = handlers.RepairCalls(
        Repairs(platform.database, source=NAME, provider="retell"),
        RetellRecords(platform.providers, companies),
        report_call_repair,
        seconds,
    )
    platform.every("repair bookings", min(seconds, 5.0), bookings)
    platform.every("repair calls", min(seconds, 5.0), calls)


def repair_subscriptions(database: Database, stripe: Stripe, *, grace: float) -> handlers.RepairSubscriptions:
    """Stripe gives up after three days: what should have changed by now is asked for."""
    return handlers.RepairSubscriptions(
        Doubtful(database),
        Subscriptions(database, Standings(source=NAME, grace=grace), source=NAME),
        StripeSubscriptions(stripe),
        report_billing_repair,
    )


def find_subscriptions(database: Database, stripe: Stripe, *, grace: float) -> handlers.FindSubscriptions:
    """What Stripe has of our customers, and nobody has told us."""
    return handlers.FindSubscriptions(
        Payers(database),
        Subscriptions(database, Standings(source=NAME, grace=grace), source=NAME),
        StripeSubscriptions(stripe),
        report_billing_repair,
        _HOUR,
    )


def subscriptions(
    database: Database,
    providers: Providers,
    companies: Credentials,
    *,
    stripe: Stripe | None = None,
    booking_email_domain: str | None = None,
    grace: float = 14 * _DAY,
) -> dict[str, tuple[On, ...]]:
    """Which event of which queue runs which handler. Without ``stripe`` nothing is fetched there.

    ``grace``: seconds until a company that has stopped paying is suspended.
    """
    calendar = CalcomCalendar(providers, companies)
    bookings = Bookings(database, source=NAME, customers=Customers.with_domain(booking_email_domain))
    calls = Calls(database, source=NAME)
    wishes = Wishes(database, source=NAME)
    return {
        names.SYNCER_BOOKINGS: (
            On("calcom.*", handlers.SyncBooking(bookings)),
            On(BookingObserved, handlers.SyncObservedBooking(bookings)),
            On(BookingHinted, handlers.LookAtBooking(calendar, bookings)),
        ),
        names.SYNCER_CALLS: (
            On("retell.*", handlers.SyncCall(calls)),
            On(CallObserved, handlers.SyncObservedCall(calls)),
            On(CallAuditDue, handlers.AuditCall(calls)),
            On(RecordingRefused, handlers.SilenceCall(calls)),
        ),
        names.SYNCER_RECORDINGS: (
            On(RecordingRefused, handlers.TightenCall(calls, RetellRecords(providers, companies))),
        ),
        names.SYNCER_BILLING: _billing(database, stripe, grace),
        names.SYNCER_BOOKING_REQUESTS: (On(BookingRequested, handlers.BookWish(calendar, wishes, bookings)),),
    }


def _billing(database: Database, stripe: Stripe | None, grace: float) -> tuple[On, ...]:
    paid_for = Subscriptions(database, Standings(source=NAME, grace=grace), source=NAME)
    invoices, originals = Invoices(database), StripeSubscriptions(stripe)
    subscription = handlers.SyncSubscription(paid_for, originals)
    return (
        On("stripe.customer.subscription.*", subscription),
        On("stripe.invoice.*", handlers.SyncInvoice(invoices, StripeInvoices(stripe))),
        On("stripe.checkout.session.completed", handlers.SyncCheckout(paid_for)),
        On(CompanySuspensionDue, handlers.EndGrace(paid_for, originals)),
    )
