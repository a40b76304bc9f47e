import Yams
import ServiceLifecycle
enum GatehousePlaceholder {}
