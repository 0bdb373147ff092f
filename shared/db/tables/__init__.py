"""Every table; importing this package fills ``Base.metadata``."""

from shared.db.tables.base import Base
from shared.db.tables.billing import Invoice, Subscription
from shared.db.tables.calls import (
    Appointment,
    AppointmentCode,
    Booking,
    Call,
    Callback,
    Consent,
    Customer,
    Notification,
    RepairPosition,
    SlotHold,
    SlotOffer,
)
from shared.db.tables.companies import (
    Branch,
    Company,
    OpeningHours,
    PhoneNumber,
    Provisioning,
    ProvisioningStep,
    Service,
    ServiceAlias,
    ServiceStaffEventType,
    SpecialDay,
    Staff,
)
from shared.db.tables.delivery import Circuit, Delivery, LoggedEvent, Outbox, RateBudget, Route
from shared.db.tables.operators import AuditEntry, Operator, OperatorSession

__all__ = [
    "Appointment",
    "AppointmentCode",
    "AuditEntry",
    "Base",
    "Booking",
    "Branch",
    "Call",
    "Callback",
    "Circuit",
    "Company",
    "Consent",
    "Customer",
    "Delivery",
    "Invoice",
    "LoggedEvent",
    "Notification",
    "OpeningHours",
    "Operator",
    "OperatorSession",
    "Outbox",
    "PhoneNumber",
    "Provisioning",
    "ProvisioningStep",
    "RateBudget",
    "RepairPosition",
    "Route",
    "Service",
    "ServiceAlias",
    "ServiceStaffEventType",
    "SlotHold",
    "SlotOffer",
    "SpecialDay",
    "Staff",
    "Subscription",
]
