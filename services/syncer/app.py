"""The map of the syncer: which queue, which event, which handler."""

from starlette.applications import Starlette

from services.syncer import handlers
from services.syncer.providers import CalcomCalendar, StripeInvoices, StripeSubscriptions
from services.syncer.settings import SyncerSettings
from services.syncer.store.billing import Invoices, Subscriptions
from services.syncer.store.bookings import Bookings
from services.syncer.store.calls import Calls
from services.syncer.store.customers import Customers
from services.syncer.store.wishes import Wishes
from shared.clients.stripe import Stripe
from shared.contracts import names
from shared.contracts.events import BookingHinted, BookingObserved, BookingRequested, CallObserved
from shared.db.credentials import Credentials
from shared.health.endpoints import health_routes
from shared.health.platform import Platform
from shared.messaging.consumers import On

NAME = "syncer"


def build(settings: SyncerSettings) -> tuple[Platform, Starlette]:
    """Wire the service; nothing connects yet."""
    platform = Platform(NAME, settings)
    calendar = CalcomCalendar(platform.providers, Credentials(platform.database, platform.vault))
    platform.subscribe(_table(platform, calendar, settings))
    return platform, Starlette(routes=health_routes(NAME, platform.readiness))


def _table(
    platform: Platform, calendar: CalcomCalendar, settings: SyncerSettings
) -> dict[str, tuple[On, ...]]:
    database = platform.database
    customers = Customers.with_domain(settings.booking_email_domain)
    bookings = Bookings(database, source=NAME, customers=customers)
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
        ),
        names.SYNCER_BILLING: _billing(platform, settings),
        names.SYNCER_BOOKING_REQUESTS: (On(BookingRequested, handlers.BookWish(calendar, wishes, bookings)),),
    }


def _billing(platform: Platform, settings: SyncerSettings) -> tuple[On, ...]:
    key = settings.stripe_api_key
    stripe: Stripe | None = platform.providers.stripe(key.get_secret_value()) if key else None
    subscriptions = Subscriptions(platform.database, source=NAME)
    invoices = Invoices(platform.database)
    return (
        On(
            "stripe.customer.subscription.*",
            handlers.SyncSubscription(subscriptions, StripeSubscriptions(stripe)),
        ),
        On("stripe.invoice.*", handlers.SyncInvoice(invoices, StripeInvoices(stripe))),
        On("stripe.checkout.session.completed", handlers.SyncCheckout(subscriptions)),
    )
