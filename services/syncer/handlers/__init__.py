"""What the syncer does with each event. Plain Python: no broker, no SQL, no retry."""

from services.syncer.handlers.billing import SyncCheckout, SyncInvoice, SyncSubscription
from services.syncer.handlers.billing_repair import FindSubscriptions, RepairSubscriptions
from services.syncer.handlers.bookings import LookAtBooking, SyncBooking, SyncObservedBooking
from services.syncer.handlers.call_repair import RepairCalls
from services.syncer.handlers.calls import AuditCall, SilenceCall, SyncCall, SyncObservedCall
from services.syncer.handlers.catalogue import SyncCatalogue
from services.syncer.handlers.recordings import TightenCall
from services.syncer.handlers.repair import RepairBookings
from services.syncer.handlers.standing import EndGrace
from services.syncer.handlers.wishes import BookWish

__all__ = [
    "AuditCall",
    "BookWish",
    "EndGrace",
    "FindSubscriptions",
    "LookAtBooking",
    "RepairBookings",
    "RepairCalls",
    "RepairSubscriptions",
    "SilenceCall",
    "SyncBooking",
    "SyncCall",
    "SyncCatalogue",
    "SyncCheckout",
    "SyncInvoice",
    "SyncObservedBooking",
    "SyncObservedCall",
    "SyncSubscription",
    "TightenCall",
]
