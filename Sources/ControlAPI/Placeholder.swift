import Hummingbird
import NIOCore
enum ControlAPIPlaceholder {}
