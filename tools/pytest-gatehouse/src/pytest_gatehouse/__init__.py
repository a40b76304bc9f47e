"""pytest fixtures for Gatehouse; what tests may want to name is here."""

from .app import PushApp
from .errors import GatehouseError, NotSatisfied, Refused
from .server import Server

__all__ = ["GatehouseError", "NotSatisfied", "PushApp", "Refused", "Server"]
