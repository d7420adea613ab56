import Logging
import NIOCore
import NIOSSL
import TransparencyLog

/// What all sessions of a gateway share. Immutable, or guarded by itself.
struct GatewayCore: Sendable {
    let options: GatewayOptions
    /// As all ask it; ``ConnectionAuthority`` for a connection's sessions.
    var authority: any SessionAuthority
    /// As all append to it; ``LaneLedger`` for a connection's sessions.
    var ledger: any LedgerAppending
    let registry: SessionRegistry
    let dialer: UpstreamDialer
    let tls: ClientTLSMaterial?
    /// From which the salts of users that do not exist are made; of this process only.
    let mockSecret: [UInt8]
    let log: Logger
}
